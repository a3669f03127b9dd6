// Where the lab's parts stand: the input at the left, the output at the right, between them kernel, sum and player.

const MARGIN_PX = 12; // below the lab, within the window
const GAP_PX = 12; // between the parts
const CARDS_PX = 96; // of the room: then the settings' cards are begun to be seen
const BELOW_PX = 520; // for the numbers of a sum below the pictures
const APART_PX = 200; // around A and the difference: headings and a legend
const LEAST_ROOM_PX = 420; // a lower window is scrolled
const LOW_PX = 560; // of room: loupes are lower
const LEVEL_PX = 22; // a line above the output

// How high a part is beside what grows in it.
const besides = (part, inner) => part.offsetHeight - inner.offsetHeight;

class Layout {
  // parts: what the lab is made of, of which this class knows only `node`s.
  constructor(labels, parts) {
    this.parts = parts;
    this.equal = true; // a pixel is as large in the output as in the input
    this.kernel = [1, 3, 3]; // channels of its own, rows, columns
    this.cells = { input: [1, 1], output: [1, 1] }; // rows and columns
    this.lines = 1; // numbers in a cell
    this.shapes = { input: element("span.numbers"), kernel: element("span.numbers"), output: element("span.numbers") };
    this.stats = element("p.stats.numbers");
    this.badge = element("p.badge");
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.notes = element("ul.notes");
    this.facts = element("dl.facts");
    this.level = element("p.level.quiet"); // why a smaller output stands lower
    this.about = element("div.about"); // on a phone, what is said of the output
    this.summary = this.builtSummary(labels);
    this.node = this.built(labels);
    const watch = new ResizeObserver(() => this.fit());
    for (const node of [this.node, this.kernelPart]) watch.observe(node);
    // What stands above the lab may come later than the lab: then it leaves the pictures less room.
    this.page = new ResizeObserver(() => topOnPage(this.node, this.page) !== this.fittedTop && this.fit());
    this.resized = () => this.fit();
    window.addEventListener("resize", this.resized);
  }

  stop() {
    window.removeEventListener("resize", this.resized);
  }

  built(labels) {
    const { input, output, captions, loupes, legend, editor, weightLegend, undoing, arithmetic, lines, player, flight, comparison, asks } = this.parts;
    const heading = (text, shape) => element("h3", {}, text, " ", shape);
    this.plinth = element("div.plinth", {}, this.problem, this.level, output.node);
    this.inPart = element("section.picture.in", { "data-part": "picture" }, heading(labels.input, this.shapes.input), input.node, captions.in.node, loupes.in.node);
    this.kernelPart = element("section.weights", { "data-part": "kernel" },
      element("div.kernel-head", {}, heading(labels.kernel, this.shapes.kernel), weightLegend.node),
      element("div.desk", {}, editor.node,
        element("div.beside", {}, undoing.node, editor.problem, element("p.hint.quiet", {}, inARow(labels.editing_hint, labels.weight_signed)))));
    this.outPart = element("section.picture.out", { "data-part": "output" },
      element("h3", {}, labels.output, element("span.now", {}, " B"), " ", this.shapes.output), this.plinth,
      captions.out.node, loupes.out.node, legend.node, this.stats, asks.node);
    this.loupeRow = element("div.loupes");
    arithmetic.node.dataset.part = "sum";
    return element("div.lab", {}, element("div.left", {}, this.inPart, this.notes), this.kernelPart, this.outPart, comparison.node, this.about,
      this.loupeRow, arithmetic.node, player.node, this.badge, this.summary, lines.node, flight.node);
  }

  // What is looked up, and not seen while one points.
  builtSummary(labels) {
    const { histogram, downloads } = this.parts;
    return element("details.summary", {}, element("summary", {}, labels.details),
      element("div.looked-up", {}, this.facts, element("div", {}, histogram.node, element("div.downloads", {}, ...downloads))));
  }

  // What Python says of shapes, weights and sizes.
  write({ words, kernel, equal_pixels, settings, labels }) {
    const identity = JSON.stringify([words, equal_pixels, settings.stride]);
    if (identity === this.identity) return;
    this.identity = identity;
    this.equal = equal_pixels;
    this.level.textContent = settings.stride === 1 ? labels.level : labels.smaller;
    this.kernel = [kernel.length, kernel[0].length, kernel[0][0].length];
    for (const name in this.shapes) this.shapes[name].textContent = words.shapes[name];
    this.notes.replaceChildren(...words.notes.map((note) => element("li", {}, note)));
    this.facts.replaceChildren(...words.facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd.numbers", {}, value)]));
    this.fit();
  }

  // Room for kernel and sum.
  fitMiddle() {
    const [across, rows, columns] = this.kernel;
    const wide = widened(this.cells.input[1], this.lines);
    const middle = middleFor(columns, this.node.clientWidth, Boolean(this.keptCells) || wide);
    const cell = kernelCell(across, rows, columns, middle, this.room < LOW_PX);
    const sizes = { middle: middle.width, cell: cell.wide, high: cell.high, type: cell.type, words: 15 * middle.scale };
    for (const [name, size] of Object.entries(sizes)) this.node.style.setProperty(`--${name}`, `${size}px`);
    this.node.classList.toggle("widened", wide);
    this.node.classList.toggle("below", middle.below);
    this.node.classList.toggle("crowded", across * columns > 5);
  }

  // Why there is no output; the rest of the lab stays in its place.
  refuse(sentence) {
    const refused = Boolean(sentence);
    const { output, captions, loupes, legend, arithmetic, lines, player, asks } = this.parts;
    this.problem.hidden = !refused;
    this.problem.textContent = sentence;
    output.node.hidden = refused;
    for (const node of [captions.out.node, loupes.out.node, legend.node, arithmetic.node, lines.node, this.level, this.stats, this.notes, this.badge, this.summary]) node.classList.toggle("empty", refused);
    player.disable(refused);
    asks.disable(refused);
  }

  // How many cells a picture has: "input" or "output"; and how many numbers a cell of the input.
  size(name, rows, cols, lines = this.lines) {
    if (`${this.cells[name]}|${this.lines}` === `${[rows, cols]}|${lines}`) return;
    this.cells[name] = [rows, cols];
    this.lines = lines;
    this.node.classList.toggle("coloured", lines > 1);
    this.fit();
  }

  // Rows and columns of the output that is kept, null for none.
  compare(cells) {
    if (`${this.keptCells}` === `${cells}`) return;
    this.keptCells = cells;
    this.fit();
  }

  // A and the difference stand below each other, right of the output; a pixel is as large as in the output.
  fitKept(cell, room) {
    const { comparison } = this.parts;
    this.node.classList.toggle("keeping", !comparison.node.hidden);
    if (this.stacked) comparison.node.append(comparison.said);
    else this.inPart.after(comparison.said);
    if (!this.keptCells) return cell;
    const [width, height] = [comparison.kept.node.parentElement.clientWidth, this.stacked ? room : (room - APART_PX) / 2];
    const fitting = (/** @type {number[]} */ [rows, cols]) => Math.min(width / cols, height / rows);
    const output = Math.min(cell.output, fitting(this.cells.output));
    const kept = Math.min(output, fitting(this.keptCells));
    this.place(comparison.kept.node, this.keptCells, kept);
    this.place(comparison.apart.node, this.cells.output, output);
    return { input: this.equal ? Math.min(cell.input, output) : cell.input, output };
  }

  place(node, /** @type {number[]} */ [rows, cols], side) {
    Object.assign(node.style, { width: `${side * cols}px`, height: `${side * rows}px` });
  }

  // How high the window lets the lab be.
  get room() {
    return Math.max(LEAST_ROOM_PX, window.innerHeight / zoomOf(this.node) - this.fittedTop - MARGIN_PX);
  }

  // Pictures take the room that the window leaves, and so does the sum; where cells are too small for numbers, loupes do.
  fit() {
    this.fittedTop = topOnPage(this.node, this.page);
    this.fitMiddle();
    this.stack();
    const { input, output } = this.cells;
    const { arithmetic, player } = this.parts;
    const { room } = this;
    for (const loupe of Object.values(this.parts.loupes)) loupe.limit(room < LOW_PX ? 3 : 5);
    let cell = this.cellSizes(room, false);
    if (Math.min(cell.input, cell.output) < leastForNumbers(this.lines)) cell = this.cellSizes(room, true);
    this.place(this.parts.input.node, input, cell.input);
    this.place(this.parts.output.node, output, cell.output);
    this.fitPlinth(input[0] * cell.input, output[0] * cell.output);
    const others = this.kernelPart.offsetHeight + player.node.offsetHeight + besides(arithmetic.node, arithmetic.grids) + 3 * GAP_PX;
    const high = this.stacked ? Infinity : this.node.matches(".below") ? BELOW_PX : room - others;
    const cards = zoomOf(this.node) > 1 ? 0 : CARDS_PX; // before a class they are folded
    arithmetic.fit([arithmetic.node.clientWidth - 2, high - cards, high]);
  }

  // A smaller output stands level with the windows that it comes from; what is said of it, right below it.
  fitPlinth(input, output) {
    const lower = this.equal && !this.keptCells && !this.stacked ? Math.max(0, (input - output) / 2) : 0;
    Object.assign(this.plinth.style, { height: `${lower + output}px`, paddingTop: `${lower}px` });
    this.level.hidden = lower < LEVEL_PX;
    this.level.style.top = `${lower - LEVEL_PX}px`;
  }

  cellSizes(room, magnified) {
    this.magnify(magnified);
    const left = [besides(this.inPart, this.parts.input.node), besides(this.outPart, this.plinth)].map((taken) => room - taken);
    const beside = this.keptCells ? undefined : this.outPart.clientWidth;
    return this.fitKept(cellSizes(this.cells.input, this.cells.output, [this.inPart.clientWidth, ...left, beside], this.equal), room);
  }

  // Loupes stand below their pictures; on a phone below the kernel, which is seen with the pictures.
  magnify(magnified) {
    const { captions, loupes } = this.parts;
    for (const [side, { node }] of Object.entries(loupes)) {
      node.hidden = !magnified;
      if (this.stacked && node.parentNode !== this.loupeRow) this.loupeRow.append(node);
      else if (!this.stacked && node.parentNode === this.loupeRow) captions[side].node.after(node);
    }
  }

  // On a phone what is said of the output stands below the sum: the kernel is seen with the pictures.
  stack() {
    const { legend: { words, node }, asks } = this.parts;
    if (this.stacked === (words.parentNode === this.about)) return;
    if (this.stacked) this.about.append(words, this.stats, asks.node);
    else {
      node.append(words);
      this.outPart.append(this.stats, asks.node);
    }
  }

  // On a phone, where the page scrolls.
  get stacked() {
    return this.node.clientWidth <= STACKED_PX;
  }
}
