// One output pixel, taken apart: window x weights = products, their sum, the bias, the activation.

const DECIMALS = 3;

class Arithmetic {
  constructor(labels, table) {
    this.labels = labels;
    this.table = table;
    this.title = element("h3");
    this.equation = element("p.equation.numbers");
    this.grids = element("div.grids", { tabindex: 0, role: "group", "aria-label": labels.arithmetic });
    this.node = element("section.arithmetic", {}, this.title, this.grids, this.equation);
  }

  build(channels, kh, kw) {
    const shape = `${channels},${kh},${kw}`;
    if (shape === this.shape) return;
    this.shape = shape;
    this.weights = null;
    this.cells = { window: [], weight: [], product: [] };
    const parts = [["window", this.labels.window, ""], ["weight", this.labels.weights, "\u00d7"], ["product", this.labels.products, "="]];
    this.grids.replaceChildren(
      ...parts.flatMap(([name, caption, sign]) => {
        const grids = Array.from({ length: channels }, () => {
          const grid = element("div.values.numbers", { style: `--columns:${kw}` });
          for (let n = 0; n < kh * kw; n++) {
            const cell = element("span");
            this.cells[name].push(cell);
            grid.append(cell);
          }
          return grid;
        });
        const column = element("div.column", {}, element("span.caption", {}, caption), ...grids);
        return sign ? [element("span.sign", {}, sign), column] : [column];
      }),
    );
  }

  // taps: [{value, weight, ghost}] in channel, row, column order; bias, activation and result of the same pixel.
  show(row, col, channels, kh, kw, taps, { bias, activation }, result) {
    this.build(channels, kh, kw);
    const largest = (list) => Math.max(...list.map(Math.abs)) || 1;
    const products = taps.map((tap) => tap.value * tap.weight);
    const [mostWeight, mostProduct] = [largest(taps.map((t) => t.weight)), largest(products)];
    // Pointing changes no weight: 147 cells fewer to draw for a 7x7 kernel on RGB.
    const weights = taps.map((tap) => tap.weight).join();
    const weightsChanged = weights !== this.weights;
    this.weights = weights;
    taps.forEach((tap, n) => {
      this.write(this.cells.window[n], tap.value, null, tap.ghost);
      if (weightsChanged) this.write(this.cells.weight[n], tap.weight, this.table.weights, false, mostWeight);
      this.write(this.cells.product[n], products[n], this.table.diverging, false, mostProduct);
    });
    const sum = products.reduce((a, b) => a + b, 0);
    this.title.textContent = fill(this.labels.arithmetic_at, { row, column: col });
    this.equation.textContent = this.sentence(products, sum, bias, activation, result);
    return this.equation.textContent;
  }

  write(cell, value, table, ghost, largest) {
    cell.textContent = fixed(value, DECIMALS);
    cell.className = ghost ? "ghost" : "";
    if (!table) return;
    const colour = colourAt(table, 0.5 + value / largest / 2);
    cell.style.background = `rgb(${colour})`;
    cell.style.color = readableOn(colour);
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
