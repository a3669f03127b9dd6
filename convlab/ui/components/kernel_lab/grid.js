// Numbers in coloured cells on one canvas: for a 7x7 kernel on RGB, elements would take longer than a frame.

const GRID_FONT_PX = 13;
const GRID_CHARACTER_PX = 7.9; // of a fixed-width font at that size
const GRID_CELL_PX = 25; // high
const GRID_GAP_PX = 2;
const GRID_APART_PX = 8; // between channels

class NumberGrid {
  constructor(caption) {
    this.caption = caption;
    this.canvas = element("canvas.values.numbers", { role: "img" });
    this.node = element("div.column", {}, element("span.caption", {}, caption), this.canvas);
    this.context = this.canvas.getContext("2d");
  }

  // Make room for [channels, rows, columns] numbers of an ordinary length.
  reset(shape) {
    this.shape = shape;
    this.characters = 6;
  }

  // Columns only ever grow while one points: they would jump from pixel to pixel.
  fit(texts) {
    for (const text of texts) this.characters = Math.max(this.characters, text.length);
    const [channels, rows, columns] = this.shape;
    const ratio = window.devicePixelRatio || 1;
    this.wide = Math.ceil(this.characters * GRID_CHARACTER_PX) + 10;
    const width = columns * (this.wide + GRID_GAP_PX) - GRID_GAP_PX;
    const height = channels * (rows * (GRID_CELL_PX + GRID_GAP_PX) - GRID_GAP_PX + GRID_APART_PX) - GRID_APART_PX;
    const size = `${width},${height},${ratio}`;
    if (size === this.size) return;
    this.size = size;
    sized(this.canvas, Math.round(width * ratio), Math.round(height * ratio));
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.context.scale(ratio, ratio);
    this.context.font = `${GRID_FONT_PX}px ${getComputedStyle(this.canvas).fontFamily}`;
    this.context.textAlign = "right";
    this.context.textBaseline = "middle";
  }

  // One of each a cell, in channel, row, column order: its text, its [r, g, b], and whether it is no real data.
  show(texts, colours, hatched = []) {
    const words = this.words(texts);
    const identity = `${words}|${colours}|${hatched}`;
    if (identity === this.identity) return;
    this.identity = identity;
    this.fit(texts);
    this.canvas.setAttribute("aria-label", words);
    const [, rows, columns] = this.shape;
    const { context, wide } = this;
    texts.forEach((text, n) => {
      const row = Math.floor(n / columns);
      const left = (n % columns) * (wide + GRID_GAP_PX);
      const top = row * (GRID_CELL_PX + GRID_GAP_PX) + Math.floor(row / rows) * (GRID_APART_PX - GRID_GAP_PX);
      context.fillStyle = `rgb(${colours[n]})`;
      context.fillRect(left, top, wide, GRID_CELL_PX);
      if (hatched[n]) this.hatch(left, top, wide);
      context.fillStyle = readableOn(colours[n]);
      context.fillText(text, left + wide - 5, top + GRID_CELL_PX / 2 + 1);
    });
  }

  // Along the edges: lines through the digits would hide them.
  hatch(left, top, wide) {
    const { context } = this;
    context.fillStyle = "#808080";
    for (let x = left + 2; x < left + wide - 2; x += 6) {
      context.fillRect(x, top, 3, 3);
      context.fillRect(x, top + GRID_CELL_PX - 3, 3, 3);
    }
  }

  // The numbers as a kernel is written: rows parted by semicolons, channels by bars.
  words(texts) {
    const [, rows, columns] = this.shape;
    let text = `${this.caption}:`;
    for (let n = 0; n < texts.length; n++) {
      if (n && n % columns === 0) text += n % (rows * columns) ? ";" : " |";
      text += ` ${texts[n]}`;
    }
    return text;
  }
}
