// One output pixel, taken apart: window x weights = products, their sum, the bias, the activation.

const DECIMALS = 3;

class Arithmetic {
  constructor(labels, tables) {
    this.labels = labels;
    this.tables = tables;
    this.title = element("h3");
    this.equation = element("p.equation.numbers");
    this.window = new NumberGrid(labels.window);
    this.weights = new NumberGrid(labels.weights);
    this.products = new NumberGrid(labels.products);
    const sign = (text) => element("span.sign", {}, text);
    this.grids = element(
      "div.grids", { tabindex: 0, role: "group", "aria-label": labels.arithmetic },
      this.window.node, sign("\u00d7"), this.weights.node, sign("="), this.products.node,
    );
    this.node = element("section.arithmetic", {}, this.title, this.grids, this.equation);
  }

  // taps: [{value, weight, ghost, grey}] in channel, row, column order; grey is the pixel as the picture shows it.
  show(row, col, shape, taps, { bias, activation }, result) {
    // Pointing changes no weight: 147 cells fewer to draw for a 7x7 kernel on RGB.
    const weights = `${shape}|${taps.map((tap) => tap.weight).join()}`;
    if (weights !== this.shown) {
      this.shown = weights;
      for (const grid of [this.window, this.weights, this.products]) grid.reset(shape);
      this.paint(this.weights, taps.map((tap) => tap.weight), this.tables.weights);
    }
    const products = taps.map((tap) => tap.value * tap.weight);
    const greys = taps.map(({ grey }) => [grey, grey, grey]);
    this.window.show(taps.map((tap) => fixed(tap.value, DECIMALS)), greys, taps.map((tap) => tap.ghost));
    this.paint(this.products, products, this.tables.diverging);
    const sum = products.reduce((a, b) => a + b, 0);
    this.title.textContent = fill(this.labels.arithmetic_at, { row, column: col });
    this.equation.textContent = this.sentence(products, sum, bias, activation, result);
    return this.equation.textContent;
  }

  paint(grid, values, table) {
    const largest = Math.max(...values.map(Math.abs)) || 1;
    const colours = values.map((value) => colourAt(table, 0.5 + value / largest / 2));
    grid.show(values.map((value) => fixed(value, DECIMALS)), colours);
  }

  // Rounded terms need not add up to the rounded sum: then the sign is "about equal".
  sentence(products, sum, bias, activation, result) {
    const round = (v) => Number(v.toFixed(DECIMALS));
    const agrees = (parts, whole) => Math.abs(parts.reduce((a, v) => a + round(v), 0) - round(whole)) < 10 ** -DECIMALS / 2;
    const equals = agrees(products, sum) && agrees([sum, bias], sum + bias) ? "=" : "\u2248";
    const before = sum + bias;
    let text = `${fill(this.labels.sum_of, { count: products.length })} ${equals} ${fixed(sum, DECIMALS)}`;
    text += ` ${bias < 0 ? MINUS : "+"} ${this.labels.bias} ${fixed(Math.abs(bias), DECIMALS)} ${equals} ${fixed(before, DECIMALS)}`;
    if (activation !== "none") text += ` \u2192 ${this.labels.activations[activation]} \u2192 ${fixed(result, DECIMALS)}`;
    return text;
  }
}
