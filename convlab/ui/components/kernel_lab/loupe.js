// A part of a picture, large: the cells around the cursor with their numbers, where the picture's own are too small for them.

const MOST_LOUPE_COLS = 9;
const LOUPE_CELL_PX = 42; // wide, at least
const LOUPE_LINE_PX = { 1: 28, 3: 13 }; // by lines in a cell
const LOUPE_FONT_PX = { 1: 13, 3: 12.5 };

// The first of so many cells in view, of `size` in all, around the middle.
const firstInView = (middle, count, size) => clamp(Math.round(middle - (count - 1) / 2), 0, Math.max(0, size - count));

class Loupe {
  constructor() {
    this.canvas = element("canvas.magnified", { "aria-hidden": "true" });
    this.frame = element("div", {}, this.canvas);
    this.title = element("p.quiet");
    this.node = element("div.loupe", {}, this.title, this.frame);
    this.context = this.canvas.getContext("2d");
    this.rows = 5;
    this.wide = 0; // of the page
    this.scale = 1; // pixels of the screen to one of the page
    this.font = "";
    this.of = null; // what ``renew`` has drawn
    this.identity = "";
    watchPixels(this.frame, () => this.resize());
  }

  resize() {
    this.wide = this.frame.clientWidth;
    if (!this.wide) return;
    this.scale = pixelsOf(this.frame);
    sized(this.canvas, ...pixelSize(this.frame));
    this.show(this.seen);
  }

  // So many rows at most.
  limit(rows) {
    if (rows === this.rows) return;
    this.rows = rows;
    this.show(this.seen);
  }

  // As ``show``, but nothing is drawn while `of`, what the cells are of, stays, and so do middle, boxes and what is covered.
  renew(of, seen) {
    const identity = JSON.stringify([seen.middle, seen.boxes, seen.covered]);
    if (this.seen && of === this.of && identity === this.identity) return;
    [this.of, this.identity] = [of, identity];
    this.show(seen);
  }

  // seen: {rows, cols, rgba: 4 bytes a cell, lines: in a cell, title(rows, cols), values(row, col) -> numbers, ghost(row, col),
  // hidden(row, col), covered: how much of it, beyond(row, col): of the scale, middle: [row, col], boxes: [{row, col, height, width, thick}]}
  show(seen) {
    this.seen = seen;
    if (!seen) {
      this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      writeInto(this.title, "\u00a0"); // its line stays
      return;
    }
    this.frame.style.height = `${this.rows * LOUPE_LINE_PX[seen.lines] * seen.lines}px`;
    if (!this.wide || this.node.hidden) return;
    const most = Math.min(MOST_LOUPE_COLS, seen.cols, Math.floor(this.wide / LOUPE_CELL_PX));
    const cols = Math.max(1, most % 2 ? most : most - 1);
    const rows = Math.min(this.rows, seen.rows);
    const [row, col] = [firstInView(seen.middle[0], rows, seen.rows), firstInView(seen.middle[1], cols, seen.cols)];
    writeInto(this.title, seen.title(rows, cols));
    const view = { row, col, rows, cols, wide: this.canvas.width / cols, tall: this.canvas.height / this.rows };
    this.drawCells(seen, view);
    this.context.save();
    this.context.beginPath();
    this.context.rect(0, 0, view.wide * cols, view.tall * rows);
    this.context.clip();
    for (const box of seen.boxes) this.drawBox(box, view);
    this.context.restore();
  }

  drawCells(seen, view) {
    const { context, scale } = this;
    const { wide, tall } = view;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.font = `${LOUPE_FONT_PX[seen.lines] * scale}px ${this.font ||= getComputedStyle(this.canvas).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const write = cellWriter([], charactersIn(wide / scale, LOUPE_FONT_PX[seen.lines]));
    for (let y = 0; y < view.rows; y++) {
      for (let x = 0; x < view.cols; x++) {
        const [row, col] = [view.row + y, view.col + x];
        if (seen.hidden?.(row, col)) continue;
        const i = 4 * (row * seen.cols + col);
        const colour = [seen.rgba[i], seen.rgba[i + 1], seen.rgba[i + 2]];
        const [left, top] = [Math.round(x * wide), Math.round(y * tall)];
        const [width, height] = [Math.round((x + 1) * wide) - left, Math.round((y + 1) * tall) - top];
        context.fillStyle = `rgb(${colour})`;
        context.fillRect(left, top, width, height);
        if (seen.ghost?.(row, col)) this.hatch(left, top, width, height, seen.lines > 1);
        if (seen.beyond?.(row, col)) this.stripe(left, top, width, height, colour);
        const texts = seen.values(row, col).map(write);
        texts.forEach((text, n) => {
          const middle = top + height * ((n + 0.5) / texts.length);
          channelBar(context, left, middle, n, texts.length, scale);
          context.fillStyle = readableOn(colour);
          context.fillText(text, left + width / 2, middle + scale, width - 2 * scale);
        });
      }
    }
  }

  // As the picture's own stripes, but where the digits are.
  stripe(left, top, width, height, colour) {
    const { context, scale } = this;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.strokeStyle = `rgb(${readableOn(colour) === "#000" ? STRIPES_ON_LIGHT : STRIPES_ON_DARK})`;
    context.lineWidth = 1.5 * scale;
    context.beginPath();
    for (let x = -height; x < width; x += 8 * scale) {
      context.moveTo(left + x, top);
      context.lineTo(left + x + height, top + height);
    }
    context.stroke();
    context.fillStyle = `rgb(${colour})`;
    context.fillRect(left + 3 * scale, top + height / 2 - 8 * scale, width - 6 * scale, 16 * scale);
    context.restore();
  }

  // Along the edges where no digits are: lines through them would hide them.
  hatch(left, top, width, height, sides) {
    const { context } = this;
    const mark = 3 * this.scale;
    context.fillStyle = "#808080";
    for (let at = 0; at < (sides ? height : width); at += 2 * mark) {
      for (const edge of [0, (sides ? width : height) - mark]) {
        context.fillRect(...(sides ? [left + edge, top + at] : [left + at, top + edge]), mark, mark);
      }
    }
  }

  drawBox({ row, col, height = 1, width = 1, thick = 2, light = false }, view) {
    const [x, y] = [(col - view.col) * view.wide, (row - view.row) * view.tall].map(Math.round);
    const box = [x, y, Math.round(width * view.wide), Math.round(height * view.tall)];
    if (light) lightFrame(this.context, box, this.scale);
    else frame(this.context, box, thick * this.scale, 2.5 * this.scale);
  }
}
