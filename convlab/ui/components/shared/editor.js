// The kernel as a grid of cells: typing, pasting, arrow keys, dragging up and down, wheel.

const STEP = 0.1;

// What people write -> float32, or null where it is no weight.
function parseWeight(text, limit) {
  const value = readNumber(text);
  return value !== null && Math.abs(value) <= limit ? Math.fround(value) : null;
}

// Whether a text that is pasted is more than one cell takes: Python reads it, as it reads a kernel that is typed.
function isRange(text) {
  const plain = plainText(text).trim();
  return readNumber(plain) === null && /[\s;|,()[\]{}*\\]/.test(plain);
}

// Shift makes a step ten times as large, Alt ten times as small.
const coarseness = (event) => (event.shiftKey ? 10 : event.altKey ? 0.1 : 1);

let editors = 0; // a number for each, so that a cell names its own sentence

class KernelEditor {
  // handlers: changed(): a value moved; committed(): the learner is done with this edit -> whether ``refresh`` follows, in the
  // frame that shows what comes of it; pasted({text, channel, row, column}); where they are wanted, moving(): one drags, scaled(end):
  // the cells have this scale of colours, and largest(): of the weights that share it.
  constructor(labels, table, limit, handlers) {
    this.labels = labels;
    this.table = table;
    this.limit = limit;
    this.handlers = handlers;
    this.kernel = [];
    this.cells = new Map();
    this.draft = null; // of the chosen cell: {place, text, value}, what was last put into it and the weight it stands for
    this.turned = ""; // the place of a weight that a key or the wheel has changed, until its cell shows it
    this.held = 0; // while one drags: where the scale of colours ends
    this.node = element("div.kernels");
    this.problem = element("p.problem.at-field", { role: "alert", id: `problem-${++editors}`, hidden: true });
  }

  show(kernel) {
    const shape = (k) => `${k.length},${k[0].length},${k[0][0].length}`;
    const fits = this.kernel.length && shape(kernel) === shape(this.kernel);
    this.kernel = kernel.map((grid) => grid.map((row) => [...row]));
    if (!fits) this.build(kernel);
    this.paint();
  }

  build(kernel) {
    const columns = kernel[0][0].length;
    const active = this.node.getRootNode().activeElement?.dataset?.place;
    this.cells = new Map();
    this.draft = null;
    this.painted = new Map(); // what each cell shows: weight and end of the scale
    const grids = kernel.map((rows, c) => {
      const channel = this.labels.channels[c];
      const label = kernel.length === 1 ? this.labels.kernel : fill(this.labels.kernel_of, { channel });
      const cells = rows.flatMap((row, i) => row.map((_, j) => this.cell(c, i, j)));
      const grid = element("div.kernel", { style: `--columns:${columns}`, role: "group", "aria-label": label }, ...cells);
      return kernel.length === 1 ? grid : element("div.channel", {}, element("span.channel-name", {}, channel), grid);
    });
    this.node.replaceChildren(...grids);
    this.node.classList.toggle("wide", columns > 4);
    this.cells.get(active)?.focus();
  }

  cell(c, i, j) {
    const place = `${c},${i},${j}`;
    const input = element("input.cell.numbers", {
      type: "text", inputmode: "decimal", role: "spinbutton", "data-place": place, autocomplete: "off", spellcheck: "false",
      "aria-label": fill(this.labels.weight, { row: i, column: j }), "aria-valuemin": -this.limit, "aria-valuemax": this.limit,
      onfocus: () => this.restore(place), onkeydown: (event) => this.key(event, c, i, j),
      onpaste: (event) => this.paste(event, c, i, j), ondrop: (event) => this.paste(event, c, i, j, event.dataTransfer),
      onblur: () => {
        if (this.cells.get(place) !== input) return; // its kernel has gone
        if (this.isTyping(input)) this.take(place, input.value); // else a sentence may stand
        this.draft = null;
        this.turned = "";
        this.paintCell(place);
      },
      onwheel: (event) => {
        // An unfocused cell leaves the wheel to the page, or nobody could scroll past the kernel.
        if (input.matches(":focus")) this.turn(event, place, event.deltaY < 0 ? 1 : -1);
      },
    });
    this.cells.set(place, input);
    this.dragging(input, place);
    return input;
  }

  // The weight as it is, all digits, for whoever wants to type another.
  restore(place) {
    this.offer(place, String(this.at(place)));
    this.cells.get(place).select();
  }

  // Put a text into the chosen cell that stands for its weight.
  offer(place, text = String(Number(this.at(place).toPrecision(7)))) {
    this.turned = "";
    this.cells.get(place).value = text;
    this.draft = { place, text, value: this.at(place) };
  }

  at(place) {
    const [c, i, j] = place.split(",").map(Number);
    return this.kernel[c][i][j];
  }

  set(place, value) {
    const [c, i, j] = place.split(",").map(Number);
    this.kernel[c][i][j] = Math.fround(clamp(value, -this.limit, this.limit));
    if (this.draft?.place === place) this.draft.value = this.at(place); // its text is the learner's own
    this.handlers.changed();
  }

  // PyTorch is asked before the browser lays out the cells, which change with the picture: two frames would take longer.
  commit() {
    if (!this.handlers.committed()) this.refresh();
  }

  // Show the weights as they are; all cells: the largest may set their colours.
  refresh() {
    this.paint();
    if (this.turned) this.offer(this.turned);
  }

  // By a key or the wheel, in the cell that has the focus.
  turn(event, place, direction) {
    event.preventDefault();
    this.set(place, Math.round((this.at(place) + direction * STEP * coarseness(event)) * 1e4) / 1e4);
    this.turned = place;
    this.commit();
  }

  take(place, text) {
    const value = text === this.draft?.text ? this.at(place) : parseWeight(text, this.limit);
    this.complain(value === null ? this.labels.bad_weight : "", place);
    if (value === null) return;
    this.draft = { place, text, value };
    if (value === this.at(place)) return;
    this.set(place, value);
    this.commit();
  }

  // A range fills the cells from this one on, or none of them.
  paste(event, c, i, j, transfer = event.clipboardData) {
    const text = transfer.getData("text/plain");
    if (!isRange(text)) return;
    event.preventDefault();
    this.restore(`${c},${i},${j}`);
    this.handlers.pasted({ text, channel: c, row: i, column: j });
  }

  // Say why a cell did not take what it was given, until the next edit; "" for nothing.
  complain(sentence, place = this.draft?.place) {
    if (!sentence && this.problem.hidden) return; // the same again would cost a frame
    this.problem.hidden = !sentence;
    this.problem.textContent = sentence;
    for (const cell of this.cells.values()) {
      for (const name of ["aria-invalid", "aria-describedby"]) cell.removeAttribute(name);
    }
    const cell = this.cells.get(place);
    if (sentence && cell) setAttributes(cell, { "aria-invalid": "true", "aria-describedby": this.problem.id });
  }

  // Whether a cell holds a text that has not been taken.
  isTyping(cell) {
    return cell.value !== (this.draft?.place === cell.dataset.place ? this.draft.text : cell.value);
  }

  key(event, c, i, j) {
    const place = `${c},${i},${j}`;
    const input = event.target;
    this.refresh(); // whatever is typed now is typed into the cell as it is
    const [up, across] = ARROWS[event.key] ?? [0, 0];
    if (event.isComposing || ((event.altKey || event.metaKey) && across)) return; // an input method's; the browser's Back
    const leaves = up ? event.ctrlKey : across < 0 ? input.selectionStart === 0 : across > 0 && input.selectionEnd === input.value.length;
    if (event.key === "Enter") {
      this.take(place, input.value);
      if (this.problem.hidden && Number.isNaN(Number(input.value))) this.offer(place); // it was written with a comma, as a fraction
      input.select();
    } else if (event.key === "Escape") {
      this.complain("");
      this.restore(place);
    } else if (leaves) {
      event.preventDefault();
      this.cells.get(`${c},${i + up},${j + across}`)?.focus();
    } else if (up) {
      this.take(place, input.value);
      this.turn(event, place, -up);
    }
  }

  dragging(input, place) {
    let start = null; // of a press: where, at which weight, and whether the pointer has moved since
    input.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = { y: event.clientY, value: this.at(place), moved: false };
      input.setPointerCapture(event.pointerId); // a quick hand is out of the cell with its first move
    });
    input.addEventListener("pointermove", (event) => {
      const up = start ? start.y - event.clientY : 0;
      if (!start?.moved && Math.abs(up) < 4) return;
      if (!start.moved) {
        input.blur();
        this.held = this.end(); // or one weight would give all cells other colours
      }
      start.moved = true;
      this.set(place, Math.round((start.value + (up / 40) * coarseness(event)) * 100) / 100);
      this.handlers.moving?.();
      this.paint();
    });
    const end = () => {
      if (start?.moved) {
        this.held = 0;
        this.commit();
      }
      start = null;
    };
    input.addEventListener("dragstart", (event) => event.preventDefault()); // a slow hand moves the weight, not its chosen text
    input.addEventListener("pointerup", end);
    input.addEventListener("pointercancel", end);
  }

  paint() {
    const end = this.end();
    for (const place of this.cells.keys()) {
      if (this.painted.get(place) !== `${this.at(place)}/${end}`) this.paintCell(place, end);
    }
    this.handlers.scaled?.(end);
  }

  // Where the scale of colours ends: a weight beyond it has the colour of the end.
  end() {
    return this.held || this.largest();
  }

  largest() {
    return this.handlers.largest?.() ?? (Math.max(...this.kernel.flat(2).map(Math.abs)) || 1);
  }

  paintCell(place, end = this.end()) {
    const input = this.cells.get(place);
    const value = this.at(place);
    this.painted.set(place, `${value}/${end}`);
    tint(input, this.table, 0.5 + value / end / 2);
    input.setAttribute("aria-valuenow", value);
    input.setAttribute("aria-valuetext", brief(value));
    if (input.matches(":focus") && this.draft?.place === place) {
      if (this.draft.value === value) return;
      this.complain("");
      this.restore(place); // it has changed elsewhere: what was typed was about another weight
      return;
    }
    const text = brief(value, 3);
    if (input.value !== text) input.value = text;
    input.removeAttribute("aria-invalid");
  }
}
