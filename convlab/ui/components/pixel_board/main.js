// The pixel board: a learner paints here; Python hears of it when a stroke ends.

const PALETTE_COLUMNS = 8;
const WHITE = 7;
const PAINTING_KEYS = [" ", "Enter"];

class PixelBoard extends Component {
  tool = "pencil";
  colour = WHITE;
  cursor = [0, 0];
  hover = null;
  stroke = null;
  byKeyboard = false; // the cursor is drawn only for those who steer with keys

  constructor(root, header) {
    super(root, header);
    this.said = header; // labels, and of each colour its name, RGB and opposite
    this.courier = new Courier((payload) => this.send("paint", payload), header.revision);
    this.stage = this.builtStage();
    this.canvas = this.stage.cursor;
    this.readout = element("div.readout", { role: "status" });
    this.caption = element("div.caption");
    this.root.replaceChildren(element("div.pixel-board", { onkeydown: (event) => this.shortcut(event) },
      element("div.easel", {}, this.stage.node, this.readout),
      element("div.side", {}, this.caption, this.builtPalette(), this.builtTools(), element("p.keys.quiet", { id: "keys" }, this.labels.keys))));
    this.choose(this.colour);
    this.pick(this.tool);
  }

  update(header) {
    const cells = header.bytes("cells");
    const text = encoded(header.size, cells);
    if (this.courier.isNews(text, header.revision)) this.take(header.size, cells, text);
  }

  take(size, cells, text) {
    this.courier.accept(text);
    this.cursor = this.cursor.map((place) => Math.floor(((place + 0.5) * size) / (this.size ?? size))); // where it was
    this.size = size;
    this.cells = cells;
    this.history = new UndoSteps();
    this.stroke = null;
    this.canvas.setAttribute("aria-label", fill(this.labels.board, { size }));
    this.refresh();
  }

  builtStage() {
    const pointerUp = (event) => event.pointerId === this.stroke?.pointer && this.release();
    return new Stage(null, null, {
      leave: () => this.point(null), key: (event) => this.key(event), draw: (context) => this.drawGrid(context),
    }, {
      "aria-describedby": "keys", onpointerdown: (event) => this.pointerDown(event),
      onpointermove: (event) => this.pointerMove(event), onpointerup: pointerUp, onpointercancel: pointerUp,
      oncontextmenu: (event) => event.preventDefault(), // a long touch paints
      onkeyup: (event) => PAINTING_KEYS.includes(event.key) && this.release(),
      onfocus: () => this.focused(), onblur: () => this.release(),
    });
  }

  builtPalette() {
    this.swatches = this.said.palette.map((rgb, index) => {
      const label = fill(this.labels.colour, { colour: this.said.names[index], key: DIGITS[index] });
      return element("button.swatch", {
        role: "radio", title: label, "aria-label": this.said.names[index], "aria-keyshortcuts": DIGITS[index],
        style: `--paint: rgb(${rgb}); --mark: ${readableOn(rgb)}`,
        onclick: () => this.choose(index),
      });
    });
    const attributes = { role: "radiogroup", "aria-label": this.labels.colours, onkeydown: (event) => this.paletteKey(event) };
    return element("div.palette", attributes, ...this.swatches);
  }

  builtTools() {
    const act = {
      pencil: () => this.pick("pencil"),
      fill: () => this.pick("fill"),
      invert: () => this.change(this.cells.map((colour) => this.said.opposites[colour])),
      undo: () => this.travel("undo"),
      redo: () => this.travel("redo"),
      clear: () => this.change(new Uint8Array(this.cells.length)),
    };
    this.tools = {};
    for (const name in act) this.tools[name] = button(this.labels[name], act[name], { class: `tool ${name}` });
    return element("div.tools", { role: "group", "aria-label": this.labels.tools }, ...Object.values(this.tools));
  }

  choose(index) {
    this.colour = index;
    this.caption.textContent = fill(this.labels.chosen, { colour: this.said.names[index] });
    this.swatches.forEach((swatch, i) => {
      swatch.setAttribute("aria-checked", i === index);
      swatch.tabIndex = i === index ? 0 : -1;
    });
  }

  pick(tool) {
    this.tool = tool;
    for (const name of ["pencil", "fill"]) this.tools[name].setAttribute("aria-pressed", name === tool);
  }

  press(/** @type {number[]} */ [row, column], pointer = null) {
    if (this.tool === "fill") {
      this.change(poured(this.cells, this.size, row * this.size + column, this.colour));
      return;
    }
    this.stroke = { before: this.cells, at: [row, column], pointer };
    this.cells = this.cells.slice();
    this.drag([row, column]);
  }

  drag(cell) {
    if (!this.stroke) return;
    for (const [row, column] of cellsBetween(this.stroke.at, cell)) {
      if (this.stage.holds([row, column])) this.cells[row * this.size + column] = this.colour;
    }
    this.stroke.at = cell;
    this.tell();
    this.draw();
  }

  release() {
    if (!this.stroke) return;
    const { before } = this.stroke;
    const painted = this.cells;
    this.stroke = null;
    this.cells = before;
    this.change(painted);
  }

  change(cells) {
    if (sameCells(cells, this.cells)) return;
    this.history.record(this.cells);
    this.show(cells);
  }

  travel(direction) {
    this.release();
    const steps = direction === "undo" ? this.history.past : this.history.future;
    if (steps.length) this.show(this.history[direction](this.cells));
  }

  show(cells) {
    this.cells = cells;
    this.courier.say(encoded(this.size, cells));
    this.tell();
    this.refresh();
  }

  // Who shows what comes of the board need not wait for the end of a stroke.
  tell() {
    this.root.dispatchEvent(new CustomEvent("convlab-held", { detail: encoded(this.size, this.cells), bubbles: true, composed: true }));
  }

  pointerDown(event) {
    if (event.button !== 0 || this.stroke) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.byKeyboard = false;
    const cell = this.stage.cellAt(event);
    this.point(cell);
    if (this.stage.holds(cell)) this.press(cell, event.pointerId);
  }

  pointerMove(event) {
    if (this.stroke && event.pointerId !== this.stroke.pointer) return; // a second finger
    const events = event.getCoalescedEvents();
    for (const step of events.length ? events : [event]) this.drag(this.stage.cellAt(step));
    this.point(this.stage.cellAt(event));
  }

  point(cell) {
    this.hover = cell && this.stage.holds(cell) ? cell : null;
    if (this.hover) this.cursor = this.hover;
    this.draw();
  }

  shortcut(event) {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return;
      this.travel(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (DIGITS.includes(key) && !event.altKey) this.choose(DIGITS.indexOf(key));
    else return;
    taken(event);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = steered(event, this.cursor, [this.size, this.size]);
    if (next) {
      this.steer(next);
      this.drag(next);
    } else if (PAINTING_KEYS.includes(event.key)) {
      this.steer(this.cursor);
      if (!event.repeat && !this.stroke) this.press(this.cursor);
    } else return;
    taken(event);
  }

  steer(cell) {
    this.byKeyboard = true;
    this.hover = null;
    this.cursor = cell;
    this.draw();
  }

  focused() {
    this.byKeyboard = this.canvas.matches(":focus-visible");
    this.draw();
  }

  paletteKey(event) {
    const step = ARROWS[event.key];
    if (!step) return;
    const count = this.swatches.length;
    this.choose((this.colour + step[0] * PALETTE_COLUMNS + step[1] + count) % count);
    this.swatches[this.colour].focus();
    taken(event);
  }

  refresh() {
    this.tools.undo.setAttribute("aria-disabled", !this.history.past.length);
    this.tools.redo.setAttribute("aria-disabled", !this.history.future.length);
    this.draw();
  }

  draw() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    const rgba = new Uint8ClampedArray(4 * this.cells.length).fill(255);
    this.cells.forEach((colour, i) => rgba.set(this.said.palette[colour], 4 * i));
    this.stage.show(this.size, this.size, rgba);
    const cell = this.hover ?? (this.byKeyboard && this.canvas.matches(":focus") ? this.cursor : null);
    this.stage.drawCursor(cell && ((context, stage) => stage.box(context, ...cell, 1, 1, this.byKeyboard ? 2 : 1)));
    const [row, column] = cell ?? this.cursor;
    const colour = this.said.names[this.cells[row * this.size + column]];
    const text = cell ? fill(this.labels.cell, { row, column, colour }) : "";
    if (this.readout.textContent !== text) this.readout.textContent = text;
  }

  drawGrid(context) {
    const { width } = context.canvas;
    context.fillStyle = "rgb(128 128 128 / 45%)";
    for (let i = 1; i < this.size; i++) {
      const edge = Math.round((i * width) / this.size);
      context.fillRect(edge, 0, 1, width);
      context.fillRect(0, edge, width, 1);
    }
  }
}

export default mount(PixelBoard);
