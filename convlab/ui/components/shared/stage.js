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

class Stage {
  // handlers, all but key where they are wanted: point(row, col); leave(); key(event) -> true when handled;
  // draw(context, stage): what belongs to the picture. attributes: more of the cursor's, listeners too.
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
    new ResizeObserver(() => this.resize()).observe(this.node);
  }

  // rgba: 4 bytes a cell, row by row.
  show(rows, cols, rgba) {
    const resized = rows !== this.rows || cols !== this.cols || this.pixels.width !== cols;
    [this.rows, this.cols] = [rows, cols];
    paint(this.pixels, rgba, cols, rows);
    this.node.style.aspectRatio = `${cols} / ${rows}`;
    if (resized) this.resize();
    this.redraw();
  }

  resize() {
    const { width, height } = this.node.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const pixels = [width, height].map((length) => Math.max(1, Math.round(length * ratio)));
    for (const layer of [this.marks, this.cursor]) sized(layer, pixels[0], pixels[1]);
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

  holds(/** @type {number[]} */ [row, col]) {
    return row >= 0 && col >= 0 && row < this.rows && col < this.cols;
  }

  // A box around cells [row, row + height) x [col, col + width), readable on any picture.
  box(context, row, col, height, width, thick = 2) {
    const ratio = window.devicePixelRatio || 1;
    // A line of odd width is sharp only when it runs through the middle of a row of pixels.
    const snap = (place) => Math.round(place * this.cell) + ((thick * ratio) % 2 ? 0.5 : 0);
    const [x, y] = [snap(col), snap(row)];
    const [w, h] = [snap(col + width) - x, snap(row + height) - y];
    frame(context, [x, y, w, h], thick * ratio, 2.5 * ratio);
  }

  // Hatched: all but the real data in [row, row + height) x [col, col + width): ghost pixels, cells no window reaches.
  hatchAround(context, row, col, height, width) {
    if (height === this.rows && width === this.cols) return;
    const ratio = window.devicePixelRatio || 1;
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

  // Each cell's number, where cells are large enough to read it.
  numbers(context, text, rgba) {
    const ratio = window.devicePixelRatio || 1;
    if (this.cell < 36 * ratio) return;
    context.font = `${clamp(this.cell / ratio / 4, 12, 14) * ratio}px ${getComputedStyle(this.node).getPropertyValue("--st-code-font") || "monospace"}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4 * ratio;
    context.lineJoin = "round";
    for (let row = 0; row < this.rows; row++) {
      for (let col = 0; col < this.cols; col++) {
        const i = 4 * (row * this.cols + col);
        context.fillStyle = readableOn([rgba[i], rgba[i + 1], rgba[i + 2]]);
        context.strokeStyle = `rgb(${rgba[i]}, ${rgba[i + 1]}, ${rgba[i + 2]})`; // hatching must not run through the digits
        const place = [text(row, col), (col + 0.5) * this.cell, (row + 0.5) * this.cell];
        context.strokeText(...place);
        context.fillText(...place);
      }
    }
  }
}
