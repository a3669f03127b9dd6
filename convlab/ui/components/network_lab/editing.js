// The kernels of the open map, edited as on the Kernels page. While one drags, PyTorch is asked over the route for all maps
// behind it, one question at a time; at a pause Python hears of the edits and keeps them for the visit.

const placeName = (layer, out, into) => `${layer}|${out}|${into}`;
const copied = (grid) => grid.map((row) => [...row]);
const sameGrid = (one, other) => one.every((row, i) => row.every((value, j) => value === other[i][j]));

// What a button makes of a kernel; own: as it came.
const TOOLS = {
  zero: (grid) => grid.map((row) => row.map(() => 0)),
  negate: (grid) => grid.map((row) => row.map((value) => 0 - value)),
  restore: (_grid, own) => copied(own),
};

// All kernels that the learner has changed: by place, as Python counts them.
class ChangedKernels {
  constructor(told) {
    this.all = new Map(told.map(([layer, out, into, grid]) => [placeName(layer, out, into), [layer, out, into, copied(grid)]]));
  }

  get(layer, out, into) {
    return this.all.get(placeName(layer, out, into))?.[3];
  }

  // A kernel that is as it came is no change.
  set(layer, out, into, grid, own) {
    if (sameGrid(grid, own)) this.all.delete(placeName(layer, out, into));
    else this.all.set(placeName(layer, out, into), [layer, out, into, copied(grid)]);
  }

  // Of a convolution, of one of its maps, of one kernel: whether any is changed.
  has(layer, out = null, into = null) {
    return [...this.all.values()].some((one) => one[0] === layer && (out === null || one[1] === out) && (into === null || one[2] === into));
  }

  told() {
    return [...this.all.values()];
  }
}

class Editing {
  // lab: root; send(event, payload): to Python; kernelChanged(): a weight of the open filter has moved; answered(map): PyTorch's
  // maps behind it.
  constructor(lab, labels, tables, limit) {
    this.lab = lab;
    this.labels = labels;
    this.revisions = new Revisions();
    this.presetsBySize = new Map();
    this.chosen = 0; // of the kernels of the open filter
    this.behind = Infinity; // the first layer whose maps are others than Python has told
    this.editor = new KernelEditor(labels, tables.weights, limit, {
      changed: () => this.dragged(), committed: () => this.settled(), largest: () => this.largest(),
      pasted: ({ text, row, column }) => this.hand("paste", { text, channel: 0, row, column, layer: this.shown.layer, out: this.shown.channel, in: this.chosen }),
    });
    this.undoing = new Undoing(lab.root, labels, { step: (steps) => this.hand("step", { steps }), typing: (cell) => this.editor.isTyping(cell) });
    this.messenger = new Messenger(lab.root, {
      question: () => this.question(), answered: (map) => this.drawNow(map), overtaken: (map) => this.drawSoon(map),
      tell: () => this.revisions.due() && this.hand("edit"),
    });
    this.build(labels);
  }

  build(labels) {
    this.pick = element("select.kernel-pick", { "aria-label": labels.kernel_from, onchange: () => this.open(this.pick.selectedIndex) });
    this.presets = element("select", { "aria-label": labels.preset, onchange: () => this.take(this.presets.selectedIndex - 1) });
    this.whole = element("input", { type: "checkbox" });
    this.wholeWords = element("span");
    const tool = (name) => button(labels[name], () => this.use(TOOLS[name]), { class: name });
    this.all = button(labels.restore_all, () => this.restoreAll(), { class: "restore-all" });
    this.node = element("section.kernel-editor", { "aria-label": labels.kernel },
      element("label.kernel-from", {}, labels.kernel_from, " ", this.pick), element("div.kernel-place", {}, this.editor.node, this.editor.problem),
      element("div.tools", {}, this.presets, tool("zero"), tool("negate"), tool("restore")),
      element("label.whole", { title: labels.whole_filter_hint }, this.whole, this.wholeWords),
      element("div.all-edits", {}, this.undoing.node, this.all));
  }

  stop() {
    this.undoing.stop();
    this.messenger.stop();
    cancelAnimationFrame(this.frame);
  }

  // shown: what Python says of the kernels, or null where the network has none; own: float32 of the open filter as it came.
  update(shown, own, pixels) {
    const { messenger, revisions } = this;
    this.shown = shown;
    this.pixels = pixels;
    messenger.route = shown.route;
    if (revisions.hear(shown.revision, shown.origin)) {
      revisions.forget();
      messenger.forget();
      this.editor.complain("");
    }
    const [count, rows, columns] = shown.size;
    if (count) this.presetsBySize.set(String([rows, columns]), shown.presets);
    const grid = (n) => Array.from({ length: rows }, (_, i) => [...own.subarray((n * rows + i) * columns, (n * rows + i + 1) * columns)]);
    this.own = Array.from({ length: count }, (_, n) => grid(n));
    if (!revisions.stale) {
      this.changes = new ChangedKernels(shown.edits);
      this.behind = Infinity; // nothing differs from what Python has told
      cancelAnimationFrame(this.frame);
      this.frame = 0;
    }
    this.undoing.show(shown, revisions.stale);
    this.hearRefusal(shown.refusal);
    this.lab.root.dataset.editsTold = shown.revision;
    this.choose(Math.min(this.chosen, Math.max(0, count - 1)));
    // Python answers for kernels before those on the screen, but something else has changed too.
    if (revisions.stale) this.messenger.send();
  }

  // Those of kernels of [rows, columns]; undefined where Python has told of none yet.
  presetsAt(size) {
    return this.presetsBySize.get(String(size));
  }

  // Whether a kernel of a layer was changed.
  touches(layer) {
    const path = this.shown.paths[layer];
    return Boolean(path) && this.changes.has(path);
  }

  // Whether Python has not heard of all edits.
  get isAhead() {
    return this.revisions.made !== this.revisions.heard;
  }

  get isOpen() {
    return this.own.length > 0;
  }

  // The kernel under which the open map reads the n-th map of those that it reads, as it is now.
  kernel(n) {
    return this.changes.get(this.shown.layer, this.shown.channel, n) ?? this.own[n];
  }

  // The largest weight of the open filter: one scale for all its kernels.
  largest() {
    const kernels = this.own.map((_, n) => (n === this.chosen ? this.editor.kernel[0] : this.kernel(n)));
    return Math.max(...kernels.flat(2).map(Math.abs)) || 1;
  }

  isEdited(n) {
    return this.changes.has(this.shown.layer, this.shown.channel, n);
  }

  // The learner has chosen a kernel of the open filter.
  open(n) {
    this.choose(n);
    this.write();
    this.lab.kernelChanged();
  }

  choose(n) {
    const { labels, shown } = this;
    this.chosen = n;
    this.node.hidden = !this.isOpen;
    if (this.isOpen) this.editor.show([this.kernel(n)]);
    this.node.style.setProperty("--columns", shown.size[2]);
    const known = JSON.stringify(shown.presets.map(([title]) => title));
    if (known !== this.knownPresets) this.presets.replaceChildren(...[labels.preset, ...shown.presets.map(([title]) => title)].map((title) => element("option", {}, title)));
    this.knownPresets = known;
  }

  write() {
    const { labels, shown } = this;
    if (!this.isOpen) return;
    const names = this.own.map((_, n) => this.lab.kernelName(n) + (this.isEdited(n) ? ` \u00b7 ${labels.edited}` : ""));
    if (String(names) !== this.named) this.pick.replaceChildren(...names.map((name) => element("option", {}, name)));
    this.named = String(names);
    this.pick.selectedIndex = this.chosen;
    this.pick.classList.toggle("edited", this.isEdited(this.chosen));
    this.wholeWords.parentElement.hidden = this.own.length < 2;
    this.wholeWords.textContent = fill(labels.whole_filter, { count: this.own.length });
    const count = this.changes.all.size;
    this.all.textContent = count ? `${labels.restore_all} (${count})` : labels.restore_all;
    this.all.disabled = !count;
    this.node.querySelector(".restore").disabled = !this.changes.has(shown.layer, shown.channel, this.whole.checked ? null : this.chosen);
    this.presets.selectedIndex = 1 + shown.presets.findIndex(([, grid]) => sameGrid(grid, this.kernel(this.chosen)));
  }

  // ---- what the learner does ----

  put(n, grid) {
    this.changes.set(this.shown.layer, this.shown.channel, n, grid, this.own[n]);
    this.differ(this.shown.layer);
  }

  // From this convolution on maps are others than Python has told.
  differ(path) {
    this.behind = Math.min(this.behind, Math.max(1, this.shown.paths.indexOf(path)));
  }

  dragged() {
    this.put(this.chosen, this.editor.kernel[0]);
    this.count();
    if (this.messenger.hasRoute) this.commit(); // first of all: PyTorch works while the browser draws
    this.changed();
  }

  count() {
    this.lab.opening.tellNow();
    this.lab.root.dataset.editsMade = this.revisions.next();
  }

  changed() {
    this.undoing.edited();
    this.write();
    this.lab.kernelChanged();
  }

  // The learner is done with an edit: cells and ladder take their new scale together.
  settled() {
    this.commit();
    this.lab.kernelChanged();
  }

  // The cursor is on a unit: of another map the kernel goes out of sight, and its room stays.
  stand({ layer, channel }) {
    const { node, shown } = this;
    const elsewhere = !this.isTyped && (shown.paths[layer] !== shown.layer || channel !== shown.channel);
    if (elsewhere === node.classList.contains("elsewhere")) return;
    const { activeElement } = /** @type {ShadowRoot} */ (node.getRootNode());
    if (elsewhere) this.left = node.contains(activeElement) ? /** @type {HTMLElement} */ (activeElement) : null;
    if (elsewhere) this.left?.blur();
    node.classList.toggle("elsewhere", elsewhere);
    if (!elsewhere && !activeElement) this.left?.focus({ preventScroll: true });
  }

  // Whether a cell holds a text that has not been taken.
  get isTyped() {
    return [...this.editor.cells.values()].some((cell) => this.editor.isTyping(cell));
  }

  // Ask PyTorch of the kernels as they are now, once; Python hears at a pause.
  commit() {
    const { made } = this.revisions;
    if (this.sent === made && this.messenger.hasRoute) return this.messenger.tellSoon();
    this.sent = made;
    return this.messenger.send();
  }

  // Change this kernel, or every kernel of the filter.
  use(tool) {
    const all = this.whole.checked ? this.own.keys() : [this.chosen];
    for (const n of all) this.put(n, tool(this.kernel(n), this.own[n]));
    this.settleTool();
  }

  take(preset) {
    if (preset >= 0) this.use(() => this.shown.presets[preset][1]);
  }

  restoreAll() {
    for (const [layer] of this.changes.told()) this.differ(layer);
    this.changes = new ChangedKernels([]);
    this.settleTool();
  }

  settleTool() {
    this.editor.complain("");
    this.count();
    this.commit();
    this.editor.show([this.kernel(this.chosen)]);
    this.changed();
  }

  // ---- PyTorch and Python ----

  question() {
    this.asked = this.revisions.made;
    const behind = Math.min(this.behind, this.shown.paths.length - 1);
    return { header: { ...this.shown.question, edits: this.changes.told(), behind }, pixels: this.pixels };
  }

  // An answer to the newest question.
  drawNow(map) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.lab.answered(map);
    this.lab.root.dataset.editsDrawn = this.asked;
  }

  // One that is overtaken is drawn once a frame, and not before the next question is out.
  drawSoon(map) {
    const revision = this.asked;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.lab.answered(map);
      this.lab.root.dataset.editsDrawn = revision;
    });
  }

  // Whatever else Python is told, it hears of the edits before.
  tellNow() {
    this.messenger.tellNow();
  }

  hand(event, more = {}) {
    this.lab.send(event, { revision: this.revisions.made, origin: this.shown.origin, edits: this.changes.told(), ...more });
  }

  // Why what was pasted was not taken; said once, and until the next edit.
  hearRefusal([number, sentence]) {
    if (number !== this.refused && sentence) this.editor.complain(sentence);
    this.refused = number;
  }
}
