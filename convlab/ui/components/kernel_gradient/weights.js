// The gradient of a kernel, a cell a weight: pointing, or the arrow keys, chooses one; a click or Enter keeps it.

const FIGURES = 4; // digits

class WeightGrid {
  // handlers: point(n), keep(n), free(event); n counts the weights in reading order.
  constructor(labels, table, handlers) {
    this.labels = labels;
    this.table = table;
    this.handlers = handlers;
    this.cells = [];
    this.node = element("div.gradients", { onkeydown: (event) => event.key === "Escape" && handlers.free(event) });
  }

  // shape: [channels, rows, columns]; gradient, kernel: a value a weight.
  show(shape, gradient, kernel) {
    if (`${shape}` !== `${this.shape}`) this.build(shape);
    const end = Math.abs(gradient[farthest(gradient)]) || 1;
    const digits = shape[2] > 3 ? 3 : FIGURES;
    this.cells.forEach((cell, n) => {
      const [value, weight] = [gradient, kernel].map((values) => brief(values[n], digits));
      if (cell.firstChild.textContent !== value) cell.firstChild.textContent = value;
      cell.lastChild.textContent = fill(this.labels.weight_is, { weight });
      const [channel, row, column] = this.weights[n];
      const name = fill(this.labels.weight, { row, column });
      const named = shape[0] > 1 ? `${this.labels.channels[channel]}: ${name}` : name;
      cell.setAttribute("aria-label", fill(this.labels.cell, { name: named, weight, gradient: value }));
      tint(cell, this.table, 0.5 + gradient[n] / end / 2);
    });
    return end;
  }

  build(shape) {
    const [channels, rows, cols] = shape;
    this.shape = shape;
    this.weights = weightsOf(shape);
    const { point, keep } = this.handlers;
    this.cells = this.weights.map(([channel, row, col], n) =>
      element("button.gradient.numbers", {
        type: "button", "data-place": `${channel},${row},${col}`, tabindex: -1,
        onpointermove: () => point(n), onfocus: () => point(n), onclick: () => keep(n), onkeydown: (event) => this.key(event, n),
      }, element("span"), element("span.own")));
    const grids = Array.from({ length: channels }, (_, c) => {
      const name = channels > 1 ? fill(this.labels.gradient_of, { channel: this.labels.channels[c] }) : this.labels.gradient;
      const grid = element("div.grid", { role: "group", "aria-label": fill(this.labels.with_keys, { name, keys: this.labels.keys }), style: `--columns:${cols}` },
        ...this.cells.slice(c * rows * cols, (c + 1) * rows * cols));
      return channels > 1 ? element("div", {}, element("span.channel-name", {}, this.labels.channels[c]), grid) : grid;
    });
    this.node.replaceChildren(...grids);
    this.node.classList.toggle("wide", cols > 3);
  }

  key(event, n) {
    const [channels, rows, cols] = this.shape;
    const cell = steered(event, [Math.floor(n / cols), n % cols], [channels * rows, cols]);
    if (!cell) return;
    taken(event);
    this.cells[cell[0] * cols + cell[1]].focus();
  }

  choose(chosen, kept) {
    this.cells.forEach((cell, n) => {
      cell.classList.toggle("chosen", n === chosen);
      cell.setAttribute("aria-pressed", n === kept);
      cell.tabIndex = n === chosen ? 0 : -1;
    });
  }
}
