// The head of the sheet stays in sight: each column's scale, what the entry under the cursor is in it, and the kernel that it is
// part of.

const KERNEL_PX = 36;

class SheetHead {
  constructor(labels) {
    this.labels = labels;
    this.entry = element("span.entry.numbers");
    this.formula = element("div.formula.numbers", { role: "cell" });
    this.first = element("div.head.corner", { role: "columnheader" }, this.entry);
    this.line = element("div.line.heads", { role: "row" });
    this.node = element("div.top", { role: "rowgroup" }, this.line, element("div", { role: "row" }, this.formula));
    this.columns = [];
  }

  show(columns, tables) {
    const titles = columns.map(({ title }) => title);
    if (`${titles}` !== this.titles) this.build(titles);
    columns.forEach(({ end, gradients }, n) => this.columns[n].legend.show({ signed: true, low: -end, high: end, table: gradients ? tables.diverging : tables.weights }));
  }

  build(titles) {
    this.titles = `${titles}`;
    this.columns = titles.map((title) => {
      const [legend, value, kernel] = [new Legend({}), element("output.value.numbers"), new KernelTile()];
      const said = element("div.said-of", {}, element("span.title", {}, title), value, legend.node);
      return { legend, value, kernel, node: element("div.column", { role: "columnheader" }, said, kernel.node) };
    });
    this.line.replaceChildren(this.first, ...this.columns.map(({ node }) => node));
  }

  // One scale for all of a column, or one for each tensor: then the ends stand at the tensors.
  own(own) {
    for (const { legend } of this.columns) legend.node.classList.toggle("own", own);
  }

  // Whether the sheet has kernels: there is room for them then.
  holdsKernels(holds) {
    this.node.classList.toggle("with-kernels", holds);
  }

  // The name of an entry, "" for none, its values by column, the formula that they fill, and its kernels.
  read(name, values, formula, kernels) {
    writeInto(this.entry, name || this.labels.hint);
    this.entry.classList.toggle("nothing", !name);
    this.columns.forEach(({ value, kernel }, n) => {
      writeInto(value, name ? values[n] : "\u00a0"); // as high as with a value: nothing moves while one points
      kernel.show(kernels[n]);
    });
    writeInto(this.formula, name && formula ? fill(formula, values) : formula && "\u00a0");
    this.formula.classList.toggle("wanted", Boolean(formula));
  }
}

// The kernel that an entry of a convolution's weight is part of, as it lies over a picture.
class KernelTile {
  constructor() {
    this.canvas = element("canvas");
    this.mark = element("div.mark");
    this.node = element("div.kernel", { "aria-hidden": "true", hidden: true }, this.canvas, this.mark);
  }

  // kernel: {rows, cols, values, at, end, table}; none for an entry of anything else.
  show(kernel) {
    this.node.hidden = !kernel;
    if (!kernel) return;
    const { rows, cols, values, at, end, table } = kernel;
    const cell = Math.max(1, Math.floor(KERNEL_PX / Math.max(rows, cols)));
    const layout = { outs: rows, per: cols, line: cols, tall: rows, rows };
    paint(this.canvas, drawnOut(values, layout, end, table), cols, rows);
    Object.assign(this.node.style, { width: `${cols * cell}px`, height: `${rows * cell}px` });
    Object.assign(this.mark.style, { left: `${(at % cols) * cell}px`, top: `${Math.floor(at / cols) * cell}px`, width: `${cell}px`, height: `${cell}px` });
  }
}
