// A picture on screen: crisp cells, a layer of marks that belong to the picture, and a layer for the cursor.
// Pointing and the arrow keys move one cursor; nothing here speaks to Python.

const MARK_DARK = "#000";
const MARK_LIGHT = "#ffd60a";

// A frame in two colours: one of them shows on any picture.
function frame(context, box, thick, rim) {
  context.lineJoin = "round";
  for (const [colour, width] of [[MARK_DARK, thick + rim], [MARK_LIGHT, thick]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(...box);
  }
}

// In pixels of the page: of the numbers in cells of a size.
const stageFont = (cell) => clamp(cell / 4, 12.5, 14);

// How large a cell is that so many numbers fit into.
const leastForNumbers = (lines) => (lines === 1 ? 36 : 14 * lines);

const CHANNEL_INKS = ["#d00", "#080", "#00d"];

// In front of one of three numbers of a cell: a bar in its channel's colour, edged with white to be seen on any ground.
function channelBar(context, left, middle, channel, channels, ratio) {
  if (channels !== CHANNEL_INKS.length) return;
  for (const edge of [1, 0]) {
    context.fillStyle = edge ? "#fff" : CHANNEL_INKS[channel];
    context.fillRect(left + (2 - edge) * ratio, middle - (4 + edge) * ratio, (2 + 2 * edge) * ratio, (8 + 2 * edge) * ratio);
  }
}

class Stage {
  // handlers, all but key where they are wanted: point(row, col); leave(); key(event) -> true when handled;
  // draw(context, stage): what belongs to the picture; steady: it is as large for any picture of a shape, and is not asked again,
  // which may cost a layout. attributes: more of the cursor's, listeners too.
  constructor(label, description, handlers, attributes = {}) {
    this.handlers = handlers;
    this.rows = this.cols = 1;
    this.pixels = element("canvas.pixels");
    this.marks = element("canvas.marks");
    const pointed = (event) => {
      const cell = this.cellAt(event);
      if (this.holds(cell)) handlers.point?.(...cell);
    };
    this.cursor = element("canvas.cursor", {
      tabindex: 0, role: "application", "aria-label": label, "aria-description": description,
      onpointermove: pointed, onpointerdown: pointed, onpointerleave: () => handlers.leave?.(),
      onkeydown: (event) => handlers.key(event) && event.preventDefault(), ...attributes,
    });
    this.node = element("div.stage", {}, this.pixels, this.marks, this.cursor);
    watchPixels(this.node, () => this.resize());
  }

  // rgba: 4 bytes a cell, row by row.
  show(rows, cols, rgba) {
    const resized = rows !== this.rows || cols !== this.cols || this.pixels.width !== cols;
    const reshaped = !this.handlers.steady || !this.cell || cols * this.rows !== rows * this.cols;
    [this.rows, this.cols] = [rows, cols];
    paint(this.pixels, rgba, cols, rows);
    this.node.style.aspectRatio = `${cols} / ${rows}`;
    if (resized && reshaped) this.resize();
    else if (resized) this.refit();
    else this.redraw();
  }

  resize() {
    const pixels = pixelSize(this.node);
    this.scale = pixelsOf(this.node); // of what is as large as text
    for (const layer of [this.marks, this.cursor]) sized(layer, ...pixels);
    this.refit();
  }

  // More or fewer cells in the same pixels.
  refit() {
    this.cell = this.cursor.width / this.cols;
    this.redraw();
    this.drawCursor(this.cursorDrawing);
  }

  redraw() {
    if (!this.cell) return;
    const context = this.marks.getContext("2d");
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    this.handlers.draw?.(context, this);
  }

  drawCursor(drawing) {
    this.cursorDrawing = drawing;
    const context = this.cursor.getContext("2d");
    context.clearRect(0, 0, this.cursor.width, this.cursor.height);
    if (drawing && this.cell) drawing(context, this);
  }

  // [row, column] under the pointer, which may be beyond the picture's edge.
  cellAt(event) {
    const box = this.cursor.getBoundingClientRect();
    return [
      Math.floor(((event.clientY - box.top) / box.height) * this.rows),
      Math.floor(((event.clientX - box.left) / box.width) * this.cols),
    ];
  }

  // Where cells [row, row + height) x [col, col + width) are in the window.
  boxOf({ row, col, height = 1, width = 1 }) {
    const box = this.cursor.getBoundingClientRect();
    const [wide, tall] = [box.width / this.cols, box.height / this.rows];
    const [left, top] = [box.left + col * wide, box.top + row * tall];
    return { left, top, right: left + width * wide, bottom: top + height * tall, width: width * wide, height: height * tall };
  }

  holds(/** @type {number[]} */ [row, col]) {
    return row >= 0 && col >= 0 && row < this.rows && col < this.cols;
  }

  // A box around cells [row, row + height) x [col, col + width), readable on any picture.
  box(context, row, col, height, width, thick = 2) {
    const ratio = this.scale;
    // A line of odd width is sharp only when it runs through the middle of a row of pixels.
    const snap = (place) => Math.round(place * this.cell) + (Math.round(thick * ratio) % 2 ? 0.5 : 0);
    const [x, y] = [snap(col), snap(row)];
    const [w, h] = [snap(col + width) - x, snap(row + height) - y];
    frame(context, [x, y, w, h], Math.round(thick * ratio), 2.5 * ratio);
  }

  // Ghost pixels, and what no window reaches: ``layout`` in kernel_lab says where they are.
  hatchUnreal(context, { rows, cols, padding: [left, right, top, bottom], ignored }) {
    this.hatchAround(context, top, left, rows.length - top - bottom, cols.length - left - right);
    this.hatchAround(context, 0, 0, rows.length - ignored[0], cols.length - ignored[1]);
  }

  // Hatched: all but the real data in [row, row + height) x [col, col + width): ghost pixels, cells no window reaches.
  hatchAround(context, row, col, height, width) {
    if (height === this.rows && width === this.cols) return;
    const ratio = this.scale;
    context.save();
    context.beginPath();
    context.rect(0, 0, this.cols * this.cell, this.rows * this.cell);
    context.rect(col * this.cell, row * this.cell, width * this.cell, height * this.cell);
    context.clip("evenodd");
    const gap = clamp(this.cell / 2, 4 * ratio, 9 * ratio);
    for (const shift of [0, 1.2 * ratio]) {
      context.strokeStyle = shift ? "rgba(255,255,255,.75)" : "rgba(0,0,0,.75)";
      context.lineWidth = 1.2 * ratio;
      context.beginPath();
      for (let x = -this.marks.height; x < this.marks.width; x += gap) {
        context.moveTo(x + shift, this.marks.height);
        context.lineTo(x + shift + this.marks.height, 0);
      }
      context.stroke();
    }
    context.restore();
  }

  // Each cell's number, or several below each other, where cells are large enough to read them.
  numbers(context, text, rgba, lines = 1) {
    const ratio = this.scale;
    if (Math.round(this.cell / ratio) < leastForNumbers(lines)) return;
    context.font = `${stageFont(this.cell / ratio) * ratio}px ${getComputedStyle(this.node).getPropertyValue("--st-code-font") || "monospace"}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4 * ratio;
    context.lineJoin = "round";
    for (let row = 0; row < this.rows; row++) {
      for (let col = 0; col < this.cols; col++) {
        const i = 4 * (row * this.cols + col);
        const ink = readableOn([rgba[i], rgba[i + 1], rgba[i + 2]]);
        context.strokeStyle = `rgb(${rgba[i]}, ${rgba[i + 1]}, ${rgba[i + 2]})`; // hatching must not run through the digits
        [text(row, col)].flat().forEach((words, line) => {
          const place = [words, (col + 0.5) * this.cell, (row + (line + 0.5) / lines) * this.cell, this.cell];
          channelBar(context, col * this.cell, place[2], line, lines, ratio);
          context.fillStyle = ink;
          context.strokeText(...place);
          context.fillText(...place);
        });
      }
    }
  }
}
