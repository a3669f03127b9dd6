// Modules and their tensors: one line each, one picture for each column, one cursor for all columns.

class TensorSheet extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.folded = null; // names of modules
    this.shownMost = FIRST_SHOWN;
    this.place = 0; // of the player
    this.own = false;
    this.kept = null; // {name, index}: marked while nobody points
    this.row = null; // under the pointer
    this.codeLines = []; // likewise
    this.following = new Following(() => this.present(this.following.chosen(this.message)));
    this.head = new SheetHead(labels);
    this.code = new CodeLines(labels.code, (lines) => this.overCode(lines));
    this.body = element("div.body", { role: "rowgroup", onpointerleave: () => this.leave(), onkeydown: (event) => this.key(event) });
    this.sheet = element("div.sheet", { role: "table" }, this.head.node, this.body);
    this.more = button("", () => this.showMore(), { class: "more", hidden: true });
    this.scales = button(labels.own_scales, () => this.ownScales(), { "aria-pressed": "false", class: "own-scales" });
    this.words = element("p.words.quiet");
    this.player = new Player(labels, {
      name: labels.controls, slides: true, reads: false, restarts: true, compact: true,
      at: () => this.place, last: () => Math.max(0, this.data.steps.length - 1), show: (place) => this.step(place),
      pace: (place, seconds) => place + seconds / 1.6,
    });
    this.says = element("p.says");
    this.walk = element("div.walk", {}, this.player.node, this.says);
    this.side = element("div.main", {}, this.walk, this.sheet, this.more, element("div.foot", {}, this.words, this.scales));
    this.root.replaceChildren(element("div.parts.lab", {}, this.code.node, this.side), this.live);
    this.unit = this.room = 0; // pixels of the screen: of one of the page, and across a picture
    watchPixels(this.body, () => this.measure());
  }

  update(message) {
    this.message = message;
    this.present(this.following.chosen(message));
  }

  present(data) {
    this.data = data;
    this.columns = data.columns;
    this.values = data.floats("values");
    this.tables = { weights: data.bytes("weights"), diverging: data.bytes("diverging") };
    this.root.style.setProperty("--columns", String(Math.max(1, data.columns.length)));
    this.root.classList.toggle("with-code", data.code.length > 0);
    this.root.classList.toggle("flat", !data.rows.some(({ module }) => module));
    this.named = new Map(data.rows.map((row) => [row.name, row]));
    const names = [...this.named.keys()].join("\n");
    if (names !== this.names) {
      this.names = names;
      this.folded = foldedAtFirst(data.rows);
      this.shownMost = FIRST_SHOWN;
    }
    this.code.show(data.code);
    this.head.show(data.columns, this.tables);
    this.head.holdsKernels(data.rows.some(({ cells }) => cells.some(({ at, shape }) => at >= 0 && shape.length === 4)));
    this.takeKept(data.kept);
    const laid = laidOut(data);
    if (laid === this.laid) this.refill();
    else this.build();
    this.laid = laid;
    this.walkThrough(data.steps);
    this.tell();
  }

  // Python's choice of what is marked is told with each message, and taken where it is another one.
  takeKept(kept) {
    const told = JSON.stringify(kept);
    if (told !== this.told) this.kept = kept && { name: kept[0], index: kept[1] };
    this.told = told;
  }

  // ---- rows ----

  build() {
    const { rows } = this.data;
    const unfolded = unfoldedRows(rows, this.folded);
    const shown = unfolded.slice(0, this.shownMost);
    const focus = this.root.getRootNode().activeElement;
    const held = focus?.closest?.(".line")?.dataset.row;
    const holder = focus?.className;
    this.lines = new Map(shown.map((n) => [rows[n].name, new SheetLine(rows[n], depthOf(rows, n), this)]));
    const within = rowsWithin(rows);
    for (const n of shown) this.lines.get(rows[n].name).folded(this.folded.has(rows[n].name), within[n]);
    this.body.replaceChildren(...[...this.lines.values()].map(({ node }) => node));
    this.more.hidden = unfolded.length <= shown.length;
    writeInto(this.more, fill(this.labels.more, { count: unfolded.length - shown.length }));
    this.marks = this.columns.map(() => element("div.mark"));
    this.measure();
    if (held !== undefined) this.focusAgain(held, holder);
  }

  // Other values in the same rows: nothing is built anew.
  refill() {
    for (const row of this.data.rows) this.lines.get(row.name)?.refill(row, this.values);
    this.draw();
  }

  focusAgain(name, holder) {
    const line = this.lines.get(name);
    const target = holder === "fold" ? line?.fold : line?.pictures[Math.max(0, line.first)]?.canvas;
    target?.focus({ preventScroll: true });
  }

  // Asking how much room there is costs a layout: other values in the same rows have what there was.
  measure() {
    const first = [...(this.lines?.values() ?? [])].find(({ row }) => !row.module);
    if (!first) return;
    this.unit = pixelsOf(this.body);
    this.room = pixelSize(first.pictures[0].node)[0];
    this.draw();
  }

  draw() {
    const { room, unit } = this;
    for (const { row, pictures } of this.lines.values()) {
      const own = this.own || row.kind === BUFFER;
      pictures.forEach((picture, c) => {
        if (picture.values) picture.draw(room, unit, this.endOf(picture.values, c, own), this.tableOf(c), own && this.labels.own_end, this.data.zeros !== "");
      });
    }
    this.rove();
    this.show();
  }

  fold(name) {
    if (!this.folded.delete(name)) this.folded.add(name);
    this.build();
    this.light();
  }

  showMore() {
    this.shownMost = Infinity;
    this.build();
  }

  ownScales() {
    this.own = !this.own;
    this.scales.setAttribute("aria-pressed", String(this.own));
    this.head.own(this.own);
    this.draw();
    this.tell();
  }

  // What there is to know of the colours.
  tell() {
    const { labels, columns, values } = this;
    const signed = [columns.some(({ gradients }) => !gradients) && labels.weights_words, columns.some(({ gradients }) => gradients) && labels.gradients_words];
    const buffers = [...this.lines.values()].some(({ row, pictures }) => row.kind === BUFFER && pictures.some((picture) => picture.values));
    const odd = values.some((value) => !Number.isFinite(value)) && labels.odd_words;
    const zeros = this.data.zeros && values.includes(0) && this.data.zeros;
    const wrapped = [...this.lines.values()].some(({ pictures }) => pictures.some(({ layout }) => layout && layout.line < layout.per)) && labels.wrapped;
    writeInto(this.words, inARow(...signed, zeros, odd, this.own ? labels.own_words : labels.shared_words, !this.own && buffers && labels.buffer_words, labels.rows_words, wrapped));
  }

  // ---- the cursor ----

  // Which entry is marked: the one that is pointed at, else the one that is kept.
  get marked() {
    return this.pointed && this.lines.has(this.pointed.name) ? this.pointed : this.kept;
  }

  placeAt({ name, pictures }, column, entry) {
    return { name, index: indexOf(entry, pictures[column].shape) };
  }

  // Within an entry nothing changes.
  point(line, column, entry) {
    const place = this.placeAt(line, column, entry);
    if (place.name === this.pointed?.name && `${place.index}` === `${this.pointed.index}`) return;
    this.pointed = place;
    this.show();
  }

  leave() {
    this.pointed = null;
    this.over(null);
    this.show();
  }

  keep(line, column, entry) {
    this.kept = this.placeAt(line, column, entry);
    this.show();
    if (this.data.keeps) this.send("keep", this.kept);
  }

  show() {
    const { marked, labels } = this;
    const line = marked && this.lines.get(marked.name);
    const values = line ? this.columns.map((_, c) => line.said(c, marked.index, labels)) : [];
    const at = marked?.index.length ? `[${marked.index.join(", ")}]` : "";
    const kernels = this.columns.map((_, c) => line && this.kernelAt(line.pictures[c], c, marked.index));
    this.head.read(line ? `${marked.name}${at}` : "", values, this.data.formula, kernels);
    this.marks.forEach((mark, c) => {
      const picture = line?.pictures[c];
      if (picture) picture.mark(mark, picture.values ? entryOf(marked.index, picture.shape) : -1);
      else mark.remove();
    });
    this.said = line ? [`${marked.name}${at}`, ...this.columns.map(({ title }, c) => `${title}: ${values[c]}`), this.head.formula.textContent.trim()].filter(Boolean).join(". ") : labels.hint;
  }

  // The kernel of a convolution's weight that an entry is part of; null for none.
  kernelAt({ values, shape }, column, index) {
    const entry = values && shape.length === 4 ? entryOf(index, shape) : -1;
    if (entry < 0) return null;
    const [rows, cols] = shape.slice(2);
    const at = entry % (rows * cols);
    return { rows, cols, at, values: values.subarray(entry - at, entry - at + rows * cols), end: this.endOf(values, column), table: this.tableOf(column) };
  }

  endOf(values, column, own = this.own) {
    return (own && largestOf(values)) || this.columns[column].end;
  }

  tableOf(column) {
    return this.columns[column].gradients ? this.tables.diverging : this.tables.weights;
  }

  // ---- the keyboard: one stop for all pictures ----

  rove() {
    const lines = [...this.lines.values()].filter((line) => line.first >= 0);
    const active = lines.find(({ name }) => name === this.active) ?? lines[0];
    for (const line of lines) line.pictures[line.first].canvas.tabIndex = line === active ? 0 : -1;
  }

  focused(line, column) {
    this.active = line.name;
    this.rove();
    this.over(line.row);
    if (this.marked?.name !== line.name) this.point(line, column, 0);
  }

  key(event) {
    const canvas = event.target.closest?.("canvas.entries");
    if (!canvas) return;
    const lines = [...this.lines.values()].filter((line) => line.first >= 0);
    const at = lines.findIndex(({ pictures }) => pictures.some((picture) => picture.canvas === canvas));
    const line = lines[at];
    const column = line.pictures.findIndex((picture) => picture.canvas === canvas);
    const picture = line.pictures[column];
    const entry = this.marked?.name === line.name ? Math.max(0, entryOf(this.marked.index, picture.shape)) : 0;
    if (event.key === "Enter" || event.key === " ") this.keep(line, column, entry);
    else if (event.key === "Escape") this.free();
    else if (event.key === "PageDown" || event.key === "PageUp") this.go(lines[at + (event.key === "PageDown" ? 1 : -1)], 0);
    else if (event.key in ARROWS || event.key === "Home" || event.key === "End") this.move(event.key, lines, at, column, entry);
    else return;
    taken(event);
    this.say(this.said);
  }

  move(key, lines, at, column, entry) {
    const line = lines[at];
    const { layout } = line.pictures[column];
    const next = steppedEntry(key, entry, layout);
    if (next !== null) this.point(line, column, next);
    else if (key === "ArrowDown") this.go(lines[at + 1], entry % layout.per);
    else this.go(lines[at - 1], entry % layout.per, true);
  }

  // To another line's first picture, at a place of its first row or of its last.
  go(line, place, last = false) {
    if (!line) return;
    const { layout, canvas } = line.pictures[line.first];
    this.point(line, line.first, (last ? layout.outs - 1 : 0) * layout.per + Math.min(place, layout.per - 1));
    canvas.focus();
  }

  free() {
    this.kept = this.pointed = null;
    this.show();
  }

  // ---- code and steps ----

  over(row) {
    this.row = row;
    this.light();
  }

  overCode(lines) {
    this.codeLines = lines;
    this.light();
  }

  get stepNow() {
    return this.data.steps[this.place];
  }

  // What is lit: by the pointer, else by the player.
  light() {
    const { stepNow, codeLines } = this;
    const byPointer = codeLines.length ? codeLines : (this.row?.lines ?? []);
    this.code.light(byPointer.length ? byPointer : (stepNow?.lines ?? []));
    const named = new Set((stepNow?.rows ?? []).map((name) => this.shownFor(name)));
    const seen = new Set(this.data.steps.slice(0, this.place + 1).flatMap((step) => step.rows.flatMap((name) => this.around(name))));
    for (const { row, node } of this.lines.values()) {
      node.classList.toggle("lit", row.lines.some((line) => codeLines.includes(line)) || named.has(row.name));
      node.classList.toggle("pale", this.data.reveals && this.place > 0 && !seen.has(row.name));
    }
  }

  // A row's name and those of all modules that it is in.
  around(name) {
    const { rows } = this.data;
    const found = [];
    for (let row = this.named.get(name); row; row = rows[row.parent]) found.push(row.name);
    return found;
  }

  // The row, or the folded module that it is in.
  shownFor(name) {
    return this.around(name).find((above) => this.lines.has(above));
  }

  walkThrough(steps) {
    this.walk.hidden = !steps.length;
    const identity = JSON.stringify(steps);
    if (identity !== this.identity) {
      this.identity = identity;
      this.player.stop();
      this.place = 0;
    }
    if (steps.length) this.step(this.place);
    else this.light();
  }

  step(place) {
    this.place = place;
    const { says } = this.stepNow;
    this.player.mark(place, says);
    writeInto(this.says, says);
    this.light();
    if (!this.player.playing) this.say(says);
  }
}

export default mount(TensorSheet);
