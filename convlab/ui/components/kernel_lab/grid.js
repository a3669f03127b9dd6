// Numbers in coloured cells on one canvas: for a 7x7 kernel on RGB, elements would take longer than a frame.

const GRID_GAP_PX = 2;
const HATCH_PX = 3;

class NumberGrid {
  constructor() {
    this.canvas = element("canvas.values.numbers", { role: "img" });
    this.context = this.canvas.getContext("2d");
    this.family = ""; // of the type
    this.ratio = window.devicePixelRatio || 1;
    watchPixels(this.canvas, () => {
      const ratio = pixelsOf(this.canvas);
      if (ratio === this.ratio) return;
      this.ratio = ratio;
      if (!this.shape) return;
      this.fit(this.shape, this.cell);
      this.redraw?.();
    });
  }

  // Make room for [rows, columns] cells of `wide` x `high` pixels; the type has `font` pixels.
  fit(/** @type {number[]} */ [rows, columns], { wide, high, font }) {
    this.shape = [rows, columns];
    this.cell = { wide, high, font };
    const { ratio } = this;
    const size = `${rows},${columns},${wide},${high},${font},${ratio}`;
    if (size === this.size) return;
    this.size = size;
    this.columns = columns;
    this.wide = wide;
    this.high = high;
    const [width, height] = [columns * (wide + GRID_GAP_PX) - GRID_GAP_PX, rows * (high + GRID_GAP_PX) - GRID_GAP_PX];
    this.canvas.width = Math.round(width * ratio); // also clears it
    this.canvas.height = Math.round(height * ratio);
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.identity = "";
  }

  // One of each a cell, row by row: its text, its [r, g, b], and whether it is no real data.
  show(caption, texts, colours, hatched = []) {
    const words = this.words(caption, texts);
    const identity = `${words}|${colours}|${hatched}`;
    if (identity === this.identity) return;
    this.identity = identity;
    this.shown = texts.map((text, n) => ({ text, colour: colours[n] }));
    this.redraw = () => this.show(caption, texts, colours, hatched);
    this.canvas.setAttribute("aria-label", words);
    const { context, wide, high } = this;
    this.write();
    texts.forEach((text, n) => {
      const [left, top] = this.placeOf(n);
      context.fillStyle = `rgb(${colours[n]})`;
      context.fillRect(left, top, wide, high);
      if (hatched[n]) this.hatch(left, top);
      context.fillStyle = readableOn(colours[n]);
      context.fillText(text, left + wide / 2, top + high / 2 + 1);
    });
  }

  // How the context writes; not in ``fit``: all grids are fitted before the first one asks for a layout.
  write() {
    const { context, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `${this.cell.font}px ${(this.family ||= getComputedStyle(this.canvas).fontFamily)}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
  }

  // Left and top of a cell.
  placeOf(n) {
    return [(n % this.columns) * (this.wide + GRID_GAP_PX), Math.floor(n / this.columns) * (this.high + GRID_GAP_PX)];
  }

  // What is in the cells, {text, colour}, and where each is in the window, box.
  boxes() {
    const own = this.canvas.getBoundingClientRect();
    const zoom = zoomOf(this.canvas);
    return this.shown.map((shown, n) => {
      const [left, top] = this.placeOf(n);
      return { ...shown, box: { left: own.left + left * zoom, top: own.top + top * zoom, width: this.wide * zoom, height: this.high * zoom } };
    });
  }

  // Along the edges: lines through the digits would hide them.
  hatch(left, top) {
    const { context, wide, high } = this;
    context.fillStyle = "#808080";
    for (let x = left + 2; x < left + wide - 2; x += 2 * HATCH_PX) {
      context.fillRect(x, top, HATCH_PX, HATCH_PX - 1);
      context.fillRect(x, top + high - HATCH_PX + 1, HATCH_PX, HATCH_PX - 1);
    }
  }

  // The numbers as a kernel is written: rows parted by semicolons.
  words(caption, texts) {
    let text = `${caption}:`;
    texts.forEach((number, n) => {
      text += `${n && n % this.columns === 0 ? ";" : ""} ${number}`;
    });
    return text;
  }
}
