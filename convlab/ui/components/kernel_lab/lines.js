// Lines over the lab: from the window in the input to the sum's window, and from the sum's result to its output pixel.

// Lines run along the edges of cells, where no numbers are, and from column to column only between the columns.
// window, grid: {left, top, right, bottom}; edge: where the window's column ends. -> two curves, above and below.
const funnel = (window, edge, grid) => [bow([edge, window.top], [grid.left, grid.top]), bow([edge, window.bottom], [grid.left, grid.bottom])];

class Lines {
  // Draws between two stages and an Arithmetic.
  constructor(input, output, arithmetic) {
    this.input = input;
    this.output = output;
    this.arithmetic = arithmetic;
    this.area = element("path.area");
    this.halo = element("path.halo");
    this.line = element("path.line");
    this.node = element("svg.lines", { "aria-hidden": "true" }, this.area, this.halo, this.line);
    const moved = new ResizeObserver(() => this.draw());
    for (const node of [this.node, input.node, output.node, arithmetic.grids]) moved.observe(node);
    arithmetic.grids.addEventListener("scroll", () => this.draw());
    document.fonts.addEventListener("loadingdone", () => this.draw()); // the result moves with its letters
  }

  // From this window of the input, {row, col, height, width}, to this one cell {row, col} of the output. Asks for a layout.
  show(window, cell) {
    this.shown = { window, cell };
    this.draw();
  }

  draw() {
    if (!this.shown || !this.node.clientWidth) return; // none where the sum is not between the pictures
    const { input, output, arithmetic, shown } = this;
    const box = (node) => node.getBoundingClientRect();
    const { left: x, top: y } = box(this.node);
    const [window, cell, result] = [input.boxOf(shown.window), output.boxOf(shown.cell), box(arithmetic.result)];
    const [above, below] = funnel(window, box(input.node.parentElement).right, arithmetic.windowBox());
    const middle = (result.top + result.bottom) / 2;
    const way = bow([box(arithmetic.node).right, middle], [box(output.node.parentElement).left, cell.bottom]);
    const zoom = zoomOf(this.node);
    const at = (/** @type {number[]} */ point) => `${((point[0] - x) / zoom).toFixed(1)} ${((point[1] - y) / zoom).toFixed(1)}`;
    const curve = (/** @type {number[][]} */ [first, ...others]) => `L${at(first)} C${others.map(at)}`;
    const from = (/** @type {number[]} */ point, points) => `M${at(point)} ${curve(points)}`;
    const lines = [from([window.right, window.top], above), from([window.right, window.bottom], below), from([result.right, middle], way)];
    const drawn = `${lines.join(" ")} L${at([cell.left, cell.bottom])}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.area.setAttribute("d", `${from(above[0], above)} ${curve([...below].reverse())} Z`);
    for (const path of [this.halo, this.line]) path.setAttribute("d", drawn);
  }
}
