// One output pixel, taken apart: window x weights = products, channel by channel, their sum, the bias, the activation.

// How to write some numbers: with decimals, or with powers of ten where all of them would be 0.
function writing(values, decimals) {
  const largest = Math.max(...values.map(Math.abs));
  const tiny = largest > 0 && largest < 10 ** -decimals;
  return (value) => (tiny && value ? value.toExponential(2).replaceAll("-", MINUS) : fixed(value, decimals));
}

// Weights have no more decimals than they need: -1 0 1 has none.
function weightTexts(weights, most) {
  const write = writing(weights, most);
  return weights.map((weight) => {
    let digits = 0;
    while (digits < most && rounded(weight, digits) !== rounded(weight, 6)) digits++;
    return digits < most ? fixed(weight, digits) : write(weight);
  });
}

const SUM_DECIMALS = 3; // of sum, bias and result
const GRIDS = ["window", "weights", "products"];

class Arithmetic {
  constructor(labels, tables) {
    this.labels = labels;
    this.tables = tables;
    this.room = [Infinity, Infinity]; // for the grids
    this.title = element("h3");
    this.blocks = []; // a channel's: {name, part, window, weights, products}
    this.captions = GRIDS.map((name) => element("span.caption", {}, labels[name]));
    this.grids = element("div.grids", { tabindex: 0, role: "group", "aria-label": labels.arithmetic });
    this.terms = Array.from({ length: 7 }, (_, n) => element(n % 2 ? "span.number" : "span"));
    this.arrow = element("span");
    this.result = element("span.result");
    this.activated = element("span.activated", {}, this.arrow); // a line of its own: the result stays at its place
    this.equation = element("p.equation.numbers", {}, ...this.terms, this.activated);
    this.node = element("section.arithmetic", {}, this.title, this.grids, this.equation);
  }

  // The room that the lab leaves to the grids; Infinity where the page may scroll.
  fit(room) {
    if (`${room}` === `${this.room}`) return;
    this.room = room;
    this.style = null;
    if (!this.last) return;
    this.show(...this.last);
    this.paint();
  }

  build(channels) {
    const sign = (text) => element("span.sign", {}, text);
    this.blocks = Array.from({ length: channels }, (_, c) => ({
      name: element("span.channel-name", {}, this.labels.channels[c]), part: element("span.part.numbers"),
      ...Object.fromEntries(GRIDS.map((name) => [name, new NumberGrid()])),
    }));
    const rows = this.blocks.flatMap(({ name, part, window, weights, products }) => [
      ...(channels > 1 ? [name, part] : []), window.canvas, sign("\u00d7"), weights.canvas, sign("="), products.canvas,
    ]);
    this.grids.replaceChildren(...this.captions, ...rows);
    this.grids.classList.toggle("parted", channels > 1);
  }

  // shape: [channels, rows, columns]. taps: [{value, weight, ghost, grey}] in channel, row, column order; grey is the pixel
  // as the picture shows it. result: the output there. scales: {span: the smallest and the largest pixel of the whole picture, end:
  // of the weights' colours}. colour: of the output cell. The grids are left to ``paint``, behind all texts of the page.
  show(row, col, shape, taps, settings, result, scales, colour) {
    this.last = [row, col, shape, taps, settings, result, scales, colour];
    const { span, end } = scales;
    if (this.blocks.length !== shape[0]) this.build(shape[0]);
    const products = taps.map((tap) => tap.value * tap.weight);
    const weights = taps.map((tap) => tap.weight);
    this.plan(shape, weights, span);
    const { decimals } = this.style;
    const values = { window: taps.map((tap) => tap.value), weights, products };
    const texts = {
      window: values.window.map((value) => fixed(value, decimals)), weights: weightTexts(weights, decimals), products: products.map(writing(products, decimals)),
    };
    const colours = {
      window: taps.map(({ grey }) => [grey, grey, grey]), weights: shades(weights, this.tables.weights, end), products: shades(products, this.tables.diverging, largestProduct([end], span)),
    };
    const ghosts = taps.map((tap) => tap.ghost);
    const part = (list, c) => list.slice((c * list.length) / shape[0], ((c + 1) * list.length) / shape[0]);
    this.blocks.forEach((block, c) => writeInto(block.part, fill(this.labels.part, { sum: fixed(total(part(products, c)), SUM_DECIMALS) })));
    this.paint = () => {
      for (const [c, block] of this.blocks.entries()) {
        for (const name of GRIDS) block[name].show(this.caption(name, c), part(texts[name], c), part(colours[name], c), name === "window" ? part(ghosts, c) : []);
      }
    };
    writeInto(this.title, fill(this.labels.arithmetic_at, { row, column: col }));
    this.write(texts.products, total(products), settings, result);
    this.result.style.setProperty("--ground", `rgb(${colour})`);
    this.result.style.setProperty("--ink", readableOn(colour));
    return this.equation.textContent;
  }

  // What flies while the kernel slides: the products into the sum, and that on.
  flying() {
    const { result, blocks } = this;
    return { products: blocks.flatMap(({ products }) => products.boxes()), sum: { text: result.textContent, box: result.getBoundingClientRect() } };
  }

  // Where the window's numbers are on the screen, all channels of them.
  windowBox() {
    const boxes = this.blocks.map((block) => block.window.canvas.getBoundingClientRect());
    const { left, top, right } = boxes[0];
    return { left, top, right, bottom: boxes.at(-1).bottom };
  }

  caption(name, channel) {
    const { labels, blocks } = this;
    return blocks.length > 1 ? `${labels[name]}, ${labels.channels[channel]}` : labels[name];
  }

  // Cells are as wide as the longest number that the picture can bring: nothing moves while one points.
  plan(shape, weights, span) {
    const identity = `${shape}|${weights}|${span}`;
    if (identity === this.planned && this.style) return;
    this.planned = identity;
    const most = largestProduct(weights, span);
    const signed = span[0] < 0 || weights.some((weight) => weight < 0);
    const longest = (decimals) => [
      longestOf(span.map((value) => fixed(value, decimals))), longestOf(weightTexts(weights, decimals)),
      longestOf([most, signed ? -most : 0].map(writing([most], decimals))),
    ];
    this.style = sumStyle(shape, longest, this.room);
    this.grids.classList.toggle("tight", this.style.font < 13);
    for (const block of this.blocks) GRIDS.forEach((name, n) => block[name].fit(shape.slice(1), { ...this.style, wide: this.style.wide[n] }));
  }

  // Rounded terms need not add up to the rounded sum: then the sign is "about equal".
  write(products, sum, { bias, activation }, result) {
    const activated = activation !== "none";
    const before = activated ? sum + bias : result; // what PyTorch says of it where it is on the screen
    const written = writing([sum, bias, before], SUM_DECIMALS);
    const equals = addUp(products, written(sum)) && addUp([written(sum), written(bias)], written(before)) ? "=" : "\u2248";
    const texts = [
      `${fill(this.labels.sum_of, { count: products.length })} ${equals} `, written(sum),
      ` ${bias < 0 ? MINUS : "+"} ${this.labels.bias} `, written(Math.abs(bias)), ` ${equals} `, ...(activated ? [written(before), " "] : ["", ""]),
    ];
    this.terms.forEach((term, n) => writeInto(term, texts[n]));
    this.equation.classList.toggle("activates", activated);
    writeInto(this.arrow, activated ? `\u2192 ${this.labels.activations[activation]} \u2192 ` : "");
    const line = activated ? this.activated : this.equation;
    if (this.result.parentNode !== line) line.append(this.result);
    writeInto(this.result, written(result));
  }
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);
const rounded = (value, digits) => Number(value.toFixed(digits));
const longestOf = (texts) => Math.max(...texts.map((text) => text.length));

// Whether numbers as they are written add up to another, to the last digit.
function addUp(parts, whole) {
  const read = (text) => Number(text.replaceAll(MINUS, "-"));
  const values = parts.map(read);
  return Math.abs(total(values) - read(whole)) <= 1e-9 * Math.max(...values.map(Math.abs));
}

// No window's products are larger: span is of the whole picture. So a number has one colour wherever one points.
const largestProduct = (weights, span) => largestOfAll(span) * largestOfAll(weights);
const largestOfAll = (values) => Math.max(...values.map(Math.abs));

// The colours of a table, zero in its middle.
function shades(values, table, largest) {
  return values.map((value) => colourAt(table, 0.5 + value / (largest || 1) / 2));
}
