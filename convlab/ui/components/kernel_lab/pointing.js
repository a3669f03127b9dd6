// Pointing at both pictures, and the pin: what is marked, said and shown large. Python hears of a pin alone.

const KERNEL_STEPS = { ...ARROWS, Home: [0, -1e4], End: [0, 1e4], PageUp: [-8, 0], PageDown: [8, 0] };

// A mark that is not the cursor: where one points while another pixel is pinned.
function lightFrame(context, box, ratio) {
  context.save();
  for (const [colour, dash] of [["#000", []], ["#fff", [3 * ratio, 3 * ratio]]]) {
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * ratio;
    context.strokeRect(...box);
  }
  context.restore();
}

class Pointing {
  // lab: the KernelLab, of which this reads data, padded, drawn, weights and colours.
  constructor(lab) {
    this.lab = lab;
    this.spot = new Spot();
    this.pins = new Revisions(lab.data.pin.revision);
    this.captions = { in: new Caption("p.reading"), out: new Caption("p.output-reading") };
    this.loupes = { in: new Loupe(), out: new Loupe() };
    this.marksDrawn = { in: "", out: "" };
    this.escape = (event) => this.freeAnywhere(event);
    this.marked = (event) => this.mark(event.detail);
    window.addEventListener("keydown", this.escape);
    window.addEventListener("convlab-mark", this.marked);
  }

  stop() {
    window.removeEventListener("keydown", this.escape);
    window.removeEventListener("convlab-mark", this.marked);
  }

  // A stage of one side, "in" or "out".
  stage(side, label, description, draw) {
    const stage = new Stage(label, description, {
      point: (row, col) => this.point(side, row, col), leave: () => this.leave(side), key: (event) => this.key(side, event), draw,
    }, {
      onclick: (event) => stage.holds(stage.cellAt(event)) && this.toggle(), onblur: () => this.leave(side),
    });
    return stage;
  }

  get counts() {
    return [this.lab.drawn.rows, this.lab.drawn.cols];
  }

  get ready() {
    return this.lab.ready;
  }

  // Python's pin counts, unless the learner has set another since.
  hear({ pixel, revision, origin }) {
    if (this.pins.hear(revision, origin)) this.pins.forget();
    if (!this.pins.stale) this.pin = pixel && { row: pixel[0], col: pixel[1] };
    if (this.pins.made !== this.pins.told) this.lab.messenger.tellSoon();
  }

  // The output is drawn: the cursor stays at its place, or is Python's pin.
  settle() {
    this.spot.settle(this.counts, this.lab.geometry);
    if (this.pin !== undefined) this.spot.hear(this.pin, this.lab.sliding.player.playing);
    this.pin = undefined;
  }

  tell() {
    if (!this.pins.due()) return;
    const { row, col } = this.spot.pin ?? { row: -1, col: -1 };
    this.lab.send("pin", { row, column: col, revision: this.pins.made, origin: this.lab.data.pin.origin });
  }

  changing(change) {
    const identity = () => JSON.stringify(this.spot.pin);
    const before = identity();
    change();
    if (identity() === before) return;
    this.pins.next();
    this.lab.messenger.tellSoon();
  }

  target(side, row, col) {
    const { rows, cols } = this.lab.data;
    return side === "out" ? { row, col } : windowAround([row, col], [rows, cols], this.counts, this.lab.geometry);
  }

  // entry: one of the window's pixels, {row, col}, where one points at its weight in the convolution's matrix.
  point(side, row, col, entry = null) {
    const { over } = this.spot;
    if (!this.ready || (!entry && !this.entry && over?.side === side && over.row === row && over.col === col)) return;
    this.entry = entry;
    this.lab.sliding.rest();
    this.spot.point({ side, row, col, target: this.target(side, row, col) });
    this.show();
  }

  leave(side) {
    if (this.spot.over?.side !== side) return;
    this.spot.leave(side);
    this.entry = null;
    if (this.ready) this.show();
  }

  // What an experiment below points at: {row, col, inputRow, inputCol}, of the output and of the picture; null for nothing.
  mark(found) {
    if (found === null) return this.leave("out");
    const { row, col, inputRow, inputCol } = found;
    if (!this.ready || row >= this.counts[0] || col >= this.counts[1]) return;
    const [left, , top] = this.lab.data.padding;
    this.point("out", row, col, { row: inputRow + top, col: inputCol + left });
  }

  toggle() {
    if (!this.ready) return;
    this.lab.sliding.rest();
    this.changing(() => this.spot.toggle());
    this.show();
  }

  free() {
    this.changing(() => this.spot.free());
    if (this.ready) this.show();
  }

  // The player leads somewhere: a pin does not hold it, but waits.
  go(pixel) {
    this.spot.slide(pixel);
    this.show();
  }

  // The kernel slides no longer.
  resume() {
    if (this.spot.resume() && this.ready) this.show();
  }

  key(side, event) {
    if (!this.ready) return false;
    const steps = side === "out" ? KERNEL_STEPS : ARROWS;
    const size = side === "out" ? this.counts : [this.lab.padded.rows, this.lab.padded.cols];
    const cell = steered(event, this.from(side), size, steps);
    if (cell) this.point(side, ...cell);
    else if (event.key === "Enter") this.toggle();
    else if (event.key === " ") this.lab.sliding.player.toggle();
    else if (event.key === "Escape") this.escapeHere();
    else return false;
    return true;
  }

  // Where the arrow keys start.
  from(side) {
    const { over, cursor } = this.spot;
    if (over?.side === side) return [over.row, over.col];
    if (side === "out") return [cursor.row, cursor.col];
    const { row, col, height, width } = this.window;
    return [row + (height >> 1), col + (width >> 1)];
  }

  // Escape ends the sliding, or frees the pin.
  escapeHere() {
    const slides = this.spot.waiting !== null;
    this.lab.sliding.rest();
    if (!slides) this.free();
  }

  // Escape does so wherever one is, but in a field or a window that has a use for the key.
  freeAnywhere(event) {
    const path = event.composedPath();
    const free = path[0] === document.body || (path.includes(this.lab.root) && !path[0].matches("input:not([type=range]), select"));
    if (event.key === "Escape" && !event.defaultPrevented && free && this.spot.pin) this.escapeHere();
  }

  // The cursor's window: {row, col, height, width} in padded cells.
  get window() {
    const { stride, dilation, kernel } = this.lab.geometry;
    const { row, col } = this.spot.cursor;
    const [height, width] = kernel.map((length) => dilation * (length - 1) + 1);
    return { row: row * stride, col: col * stride, height, width };
  }

  // There is no output: nothing is marked, said or shown large.
  clear() {
    for (const [side, stage] of [["in", this.lab.input], ["out", this.lab.output]]) {
      stage.drawCursor(null);
      this.captions[side].show("", "");
      this.loupes[side].show(null);
    }
  }

  // Draw all that follows from the spot; picture(): draws the output before its marks, where it is another.
  show(picture = () => {}) {
    const { spot, lab } = this;
    if (!this.ready) return picture();
    const taps = tapsAt(lab.data, lab.padded, lab.weights, spot.cursor);
    const marks = { in: this.inputMarks(taps), out: this.outputMarks() };
    // What is written on the page first, then what is drawn, and what asks for the layout: one layout is enough.
    this.showCaptions(lab.showSum(spot.cursor, taps));
    lab.sliding.mark();
    picture();
    this.drawMarks(marks);
    this.magnify(marks);
    lab.arithmetic.paint();
    lab.lines.show(this.window, spot.cursor);
  }

  // A kernel that is edited leaves them where they are.
  drawMarks(marks) {
    for (const [side, stage] of [["in", this.lab.input], ["out", this.lab.output]]) {
      const identity = JSON.stringify(marks[side]);
      if (stage.cursorDrawing && this.marksDrawn[side] === identity) continue;
      this.marksDrawn[side] = identity;
      stage.drawCursor((context) => marks[side].forEach((mark) => drawMark(stage, context, mark)));
    }
  }

  showCaptions(said) {
    const { spot, lab, captions, window } = this;
    const { labels, data } = lab;
    captions.in.show(...inputCaption(labels, { spot, data, window, values: (row, col) => this.inputValues(row, col).map((value, _, { length }) => brief(value, length > 1 ? 3 : 4)).join(", ") }));
    captions.out.show(...outputCaption(labels, { spot, values: (row, col) => briefIn(lab.drawn.values[row * lab.drawn.cols + col], lab.size) }));
    const over = spot.over?.side;
    const words = over === "in" ? captions.in.text : spot.hover ? captions.out.text : said;
    lab.say(lab.sliding.player.playing ? "" : words);
  }

  inputValues(row, col) {
    const { channels, rows, cols, values } = this.lab.padded;
    return Array.from({ length: channels }, (_, c) => values[(c * rows + row) * cols + col]);
  }

  inputMarks(taps) {
    const { spot, window, lab } = this;
    const [kh, kw] = lab.geometry.kernel;
    /** @type {any[]} */
    const marks = [{ ...window }];
    if (lab.geometry.dilation > 1) for (const { row, col } of taps.slice(0, kh * kw)) marks.push({ row, col, thick: 1 });
    if (spot.over?.side === "in") marks.push({ row: spot.over.row, col: spot.over.col, thick: 1, light: spot.pinned });
    if (this.entry && spot.over) marks.push({ ...this.entry, thick: 1, light: spot.pinned });
    return marks;
  }

  outputMarks() {
    const { cursor, over, pinned, hover } = this.spot;
    const marks = [];
    if (over?.side === "in" && !pinned) {
      const [rows, cols] = over.target.fed;
      for (const row of rows) for (const col of cols) marks.push({ row, col, thick: 1 });
    }
    marks.push({ ...cursor, thick: pinned ? 3 : 2 });
    if (hover?.side === "out") marks.push({ row: hover.row, col: hover.col, light: true });
    return marks;
  }

  magnify(marks) {
    const { lab, spot, window } = this;
    const { padded, data, drawn, sliding } = lab;
    const over = !spot.pinned && spot.over?.side === "in" ? spot.over : null;
    const middle = over ? [over.row, over.col] : [window.row + (window.height - 1) / 2, window.col + (window.width - 1) / 2];
    const title = (row, column) => (rows, columns) => fill(lab.labels.enlarged, { rows, columns, row: brief(row), column: brief(column) });
    const [left, , top] = data.padding;
    this.loupes.in.renew(padded, {
      rows: padded.rows, cols: padded.cols, rgba: lab.inputColours, lines: padded.channels, boxes: marks.in,
      middle, title: title(Math.floor(middle[0]) - top, Math.floor(middle[1]) - left),
      values: (row, col) => this.inputValues(row, col), ghost: (row, col) => isGhost(data, row, col),
    });
    this.loupes.out.renew(lab.painted, {
      rows: drawn.rows, cols: drawn.cols, rgba: lab.outputColours, lines: 1, boxes: marks.out, middle: [spot.cursor.row, spot.cursor.col],
      title: title(spot.cursor.row, spot.cursor.col), values: (row, col) => [drawn.values[row * drawn.cols + col]],
      covered: sliding.revealed, hidden: (row, col) => sliding.hides(row, col), beyond: (row, col) => isBeyond(drawn.values[row * drawn.cols + col], lab.scale),
    });
  }
}

function drawMark(stage, context, { row, col, height = 1, width = 1, thick = 2, light = false }) {
  if (!light) return stage.box(context, row, col, height, width, thick);
  const { cell } = stage;
  return lightFrame(context, [col * cell, row * cell, width * cell, height * cell], stage.scale);
}
