// The kernel as a grid of cells: typing, arrow keys, dragging up and down, wheel.

const STEP = 0.1;

// "0.5", "-1", "1/9" -> float32, or null.
function parseWeight(text, limit) {
  const match = text.trim().replace(MINUS, "-").replace(",", ".").match(/^([-+]?[\d.]+(?:e[-+]?\d+)?)(?:\s*\/\s*([\d.]+))?$/i);
  if (!match) return null;
  const value = Math.fround(Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2])));
  return Number.isFinite(value) && Math.abs(value) <= limit ? value : null;
}

// Shift makes a step ten times as large, Alt ten times as small.
const coarseness = (event) => (event.shiftKey ? 10 : event.altKey ? 0.1 : 1);

class KernelEditor {
  // handlers: changed(): a value moved; committed(): the learner is done with this edit.
  constructor(labels, table, limit, handlers) {
    this.labels = labels;
    this.table = table;
    this.limit = limit;
    this.handlers = handlers;
    this.kernel = [];
    this.node = element("div.kernels");
    this.problem = element("p.problem", { role: "alert", hidden: true });
  }

  show(kernel) {
    const shape = (k) => `${k.length},${k[0].length},${k[0][0].length}`;
    if (!this.kernel.length || shape(kernel) !== shape(this.kernel)) this.build(kernel);
    this.kernel = kernel.map((grid) => grid.map((row) => [...row]));
    this.paint();
  }

  build(kernel) {
    const columns = kernel[0][0].length;
    const active = this.node.getRootNode().activeElement?.dataset?.place;
    this.cells = new Map();
    this.painted = new Map(); // what each cell shows: weight and largest weight
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
      onblur: () => {
        this.take(place, input.value);
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
    const input = this.cells.get(place);
    input.value = String(this.at(place));
    input.select();
  }

  at(place) {
    const [c, i, j] = place.split(",").map(Number);
    return this.kernel[c][i][j];
  }

  set(place, value) {
    const [c, i, j] = place.split(",").map(Number);
    this.kernel[c][i][j] = Math.fround(clamp(value, -this.limit, this.limit));
    this.paint(); // all cells: the largest weight sets their colours
    this.handlers.changed();
  }

  // By a key or the wheel, in the cell that has the focus.
  turn(event, place, direction) {
    event.preventDefault();
    this.set(place, Math.round((this.at(place) + direction * STEP * coarseness(event)) * 1e4) / 1e4);
    this.cells.get(place).value = String(Number(this.at(place).toPrecision(7)));
    this.handlers.committed();
  }

  take(place, text) {
    const unchanged = text === String(this.at(place)) || Number(text) === Number(this.at(place).toPrecision(7));
    const value = unchanged ? this.at(place) : parseWeight(text, this.limit);
    this.complain(value === null);
    if (value === null) this.cells.get(place).setAttribute("aria-invalid", "true");
    if (value === null || value === this.at(place)) return;
    this.set(place, value);
    this.handlers.committed();
  }

  complain(bad) {
    this.problem.hidden = !bad;
    this.problem.textContent = bad ? this.labels.bad_weight : "";
    for (const cell of this.cells.values()) cell.removeAttribute("aria-invalid");
  }

  key(event, c, i, j) {
    const place = `${c},${i},${j}`;
    const input = event.target;
    const [up, across] = ARROWS[event.key] ?? [0, 0];
    const leaves = up ? event.ctrlKey : across < 0 ? input.selectionStart === 0 : across > 0 && input.selectionEnd === input.value.length;
    if (event.key === "Enter") {
      this.take(place, input.value);
      input.select();
    } else if (event.key === "Escape") {
      this.complain(false);
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
      if (!start.moved) input.blur();
      start.moved = true;
      this.set(place, Math.round((start.value + (up / 40) * coarseness(event)) * 100) / 100);
    });
    const end = () => {
      if (start?.moved) this.handlers.committed();
      start = null;
    };
    input.addEventListener("pointerup", end);
    input.addEventListener("pointercancel", end);
  }

  paint() {
    const largest = this.largest();
    for (const place of this.cells.keys()) {
      if (this.painted.get(place) !== `${this.at(place)}/${largest}`) this.paintCell(place, largest);
    }
  }

  largest() {
    return Math.max(...this.kernel.flat(2).map(Math.abs)) || 1;
  }

  paintCell(place, largest = this.largest()) {
    const input = this.cells.get(place);
    const value = this.at(place);
    this.painted.set(place, `${value}/${largest}`);
    tint(input, this.table, 0.5 + value / largest / 2);
    input.setAttribute("aria-valuenow", value);
    input.setAttribute("aria-valuetext", brief(value));
    if (input.matches(":focus")) return;
    input.value = brief(value, 3);
    input.removeAttribute("aria-invalid");
  }
}
