// A bank of kernels: all weights, all maps, one window under the cursor; the chosen kernel is edited as in the lab.

const ENDS_OF_ROW = { ...ARROWS, Home: [0, -1e4], End: [0, 1e4] };

class KernelBank extends Settling {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.input = new Stage(labels.input, labels.input_keys, {
      point: (row, col) => this.pointInput(row, col), key: (event) => this.keyInput(event), draw: (context, stage) => stage.hatchUnreal(context, this.data),
    });
    const handlers = { largest: () => this.end(), changed: () => this.edited(), moving: () => this.drawSoon(), committed: () => this.commit(), pasted: (range) => this.tell("paste", range) };
    const cells = (own, others = {}) =>
      new KernelEditor({ ...labels, ...own }, this.tables.weights, data.limit, { ...handlers, ...others });
    this.editor = cells({});
    this.bias = cells({ kernel: labels.bias, weight: labels.bias_cell }, { pasted: () => this.bias.complain(labels.bad_weight) });
    this.messenger = new Messenger(root, { question: () => this.question(), answered: (map) => this.settle(map), tell: () => this.revisions.due() && this.tell("bank") });
    this.weightLegend = new Legend({ ...labels, scale_signed: labels.weight_signed, scale_own: "" });
    this.mapLegend = new Legend({ ...labels, scale_own: "" });
    this.cards = [];
    this.layout(labels);
    new ResizeObserver(() => this.fit()).observe(this.grid);
  }

  layout(labels) {
    this.facts = element("dl.facts");
    this.problem = element("p.problem.refusal", { role: "alert", hidden: true });
    this.reading = element("p.reading");
    this.chosenTitle = element("h3");
    this.badge = element("p.badge");
    this.grid = element("div.cards", { role: "group" });
    this.weightScale = element("figure.scale", {}, element("figcaption", {}, labels.weights_scale), this.weightLegend.node);
    this.mapWords = element("figcaption");
    this.mapScale = element("figure.scale.map-scale", {}, this.mapWords, this.mapLegend.node, this.problem);
    this.inputShape = element("span.numbers");
    const file = (name, values, shape) => download(`convlab-${name}.npy`, npyFile(Float32Array.from(values), shape));
    this.downloads = element("div.downloads", {},
      button(labels.download_weights, () => file("weights", this.kernels.flat(3), this.weightShape)),
      button(labels.download_maps, () => file("maps", this.maps.values, [1, this.kernels.length, this.maps.rows, this.maps.cols])));
    const side = element("aside.side", {},
      element("section.picture", {}, element("h3", {}, labels.input, " ", this.inputShape), this.input.node, this.reading),
      element("section.chosen-kernel", {}, this.chosenTitle, this.editor.node,
        element("div.bias-cell", {}, element("span.channel-name", {}, labels.bias), this.bias.node), this.editor.problem, this.bias.problem,
        element("p.hint.quiet", {}, labels.editing_hint)));
    const main = element("section.all", {}, element("div.scales", {}, this.weightScale, this.mapScale), this.grid, this.badge, this.downloads);
    this.root.replaceChildren(this.facts, element("div.bank", {}, side, main), this.live);
  }

  get weightShape() {
    return [this.kernels.length, this.kernels[0].length, 3, 3];
  }

  update(data) {
    const { messenger, revisions } = this;
    this.hear(data, this.editor, this.bias);
    this.data = data;
    this.refuse(data.error);
    if (!revisions.stale) this.take(data);
    this.pictureArrived();
    this.write(data);
    this.root.dataset.told = data.revision;
    this.paintWeights();
    if (data.error || this.subject() !== this.drawnSubject) messenger.drop();
    if (data.error) return;
    if (revisions.stale) this.overtake(this.subject());
    else this.settle(data);
  }

  // The bank as Python has it.
  take({ weight, bias, chosen, edited }) {
    this.kernels = weight;
    this.biases = bias;
    this.changed = new Set(edited);
    const shape = `${weight.length},${weight[0].length}`;
    if (shape !== this.shape) this.build(shape);
    this.open(chosen);
  }

  build(shape) {
    this.shape = shape;
    const [count, channels] = this.weightShape;
    const handlers = { chosen: (n) => this.choose(n), key: (event, n) => this.keyCard(event, n), pointed: (row, col) => this.point(row, col) };
    this.cards = Array.from({ length: count }, (_, n) => new Card(n, channels, this.labels, handlers));
    this.grid.replaceChildren(...this.cards.map(({ node }) => node));
    this.grid.setAttribute("aria-label", fill(this.labels.with_keys, { name: fill(this.labels.bank, { count }), keys: this.labels.keys }));
  }

  // Why there are no maps, in the place of their scale: nothing moves, and kernels can still be edited.
  refuse(sentence) {
    this.problem.hidden = !sentence;
    this.problem.textContent = sentence;
    this.root.classList.toggle("refused", Boolean(sentence));
    if (sentence) this.input.drawCursor(null);
  }

  write({ facts, names }) {
    for (const card of this.cards) card.name(this.changed.has(card.n) ? "" : names[card.n], this.changed.has(card.n));
    this.inputShape.textContent = JSON.stringify([1, ...this.data.shape]).replaceAll(",", ", ");
    const identity = JSON.stringify(facts);
    if (identity === this.factsIdentity) return;
    this.factsIdentity = identity;
    this.facts.replaceChildren(...facts.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd.numbers", {}, value))));
  }

  // All that the maps depend on, but the bank.
  subject() {
    const { picture, settings } = this.data;
    return JSON.stringify([picture, settings, this.shape]);
  }

  pictureArrived() {
    const before = this.picture;
    this.picture = ghosted(before, this.data);
    if (this.picture === before) return;
    this.padded = this.picture.padded;
    this.input.show(this.padded.rows, this.padded.cols, this.picture.colours);
  }

  // ---- choosing and editing ----

  // Show a kernel's cells.
  open(n) {
    this.chosen = n;
    this.editor.show(this.kernels[n]);
    this.bias.show([[[this.biases[n]]]]);
    this.chosenTitle.textContent = fill(this.labels.chosen, { n });
    for (const card of this.cards) card.choose(card.n === n);
  }

  // The learner's choice: Python hears of it at a pause, for the link.
  choose(n) {
    if (n === this.chosen) return;
    this.open(n);
    this.root.dataset.revision = this.revisions.next();
    this.messenger.tellSoon();
  }

  keyCard(event, n) {
    const across = Math.max(1, getComputedStyle(this.grid).gridTemplateColumns.split(" ").length);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -n, End: this.cards.length - 1 - n }[event.key];
    if (step === undefined) return;
    taken(event);
    this.cards[n + step]?.title.focus();
  }

  // The largest weight, or bias, of all: where the scale of the cells ends; while one drags it stays.
  end() {
    return this.editor.held || this.bias.held || Math.max(...this.kernels.flat(3).map(Math.abs), ...this.biases.map(Math.abs)) || 1;
  }

  edited() {
    const { chosen } = this;
    this.kernels[chosen] = this.editor.kernel.map((grid) => grid.map((row) => [...row]));
    this.biases[chosen] = this.bias.kernel[0][0][0];
    this.changed.add(chosen);
    this.cards[chosen].name("", true);
    this.revisions.next();
    this.messenger.edited();
  }

  question() {
    return this.questionOf({ weight: this.kernels, bias: this.biases });
  }

  // Hand Python the bank on the screen, and what is asked for beside it.
  tell(event, asked = {}) {
    const { kernels: weight, biases: bias, chosen } = this;
    this.hand(event, { weight, bias, chosen, ...asked });
  }

  // ---- drawing ----

  // PyTorch's maps for the bank on the screen, over the route or from Streamlit.
  settle(map) {
    const [, rows, cols] = map.result_shape;
    const values = map.floats("result");
    this.draw({ values, rows, cols }, "torch");
    this.compareLater(this.badge, () => this.maps.values === values, () => this.apart(values));
  }

  mapOf(n) {
    const weights = effectiveWeights(this.kernels[n], this.padded.channels, this.data.settings.flip);
    return convolve(this.padded, weights, { ...this.data.settings, bias: this.biases[n] });
  }

  // Draw the edited kernel's map here, or all of them.
  redraw(all = false) {
    if (this.data.error) {
      this.frame = 0;
      this.paintWeights();
      return;
    }
    const { values, rows, cols } = this.mapOf(this.chosen);
    const maps = new Float32Array(this.kernels.length * values.length);
    if (!all && this.maps?.values.length === maps.length) maps.set(this.maps.values);
    else all = true;
    for (let n = 0; n < this.kernels.length; n++) {
      if (n === this.chosen) maps.set(values, n * values.length);
      else if (all) maps.set(this.mapOf(n).values, n * values.length);
    }
    this.draw({ values: maps, rows, cols }, "browser");
  }

  paintWeights() {
    const end = this.end();
    this.weightLegend.show({ signed: true, low: -end, high: end, table: this.tables.weights, automatic: true });
    for (const card of this.cards) card.paintWeights(this.kernels[card.n], end, this.tables.weights);
    this.editor.refresh();
    this.bias.refresh();
  }

  // by: "torch" or "browser".
  draw(maps, by) {
    this.cancelDrawing();
    this.maps = maps;
    const { values, rows, cols } = maps;
    const { own_scales } = this.data;
    this.paintWeights();
    const scale = (part) => chooseScale(part, "auto", 0, this.tables);
    const shared = scale(values);
    for (const card of this.cards) {
      const own = values.subarray(card.n * rows * cols, (card.n + 1) * rows * cols);
      card.paintMap(own, rows, cols, own_scales ? scale(own) : shared, own_scales);
    }
    if (this.fitted !== this.fitting) this.fit();
    writeInto(this.mapWords, own_scales ? this.labels.maps_own : this.labels.maps_shared);
    this.mapLegend.node.hidden = own_scales;
    this.mapLegend.show(shared);
    writeInto(this.badge, by === "torch" ? this.labels.torch : this.labels.drawn_here);
    this.placeCursor();
    this.drew(this.subject(), by);
  }

  // How far the browser's own maps are from PyTorch's.
  apart(values) {
    const size = values.length / this.kernels.length;
    return Math.max(...this.cards.map(({ n }) => largestDifference(this.mapOf(n).values, values.subarray(n * size, (n + 1) * size))));
  }

  // Maps take the room that their cards have. Asking for it costs a layout: not where the maps are as many and as wide as before.
  fit() {
    const room = this.cards[0]?.map.parentElement.clientWidth;
    if (!room) return;
    this.fitted = this.fitting;
    for (const card of this.cards) card.fit(room);
  }

  get fitting() {
    return `${this.maps?.cols},${this.shape}`;
  }

  // ---- one window, as many values as there are kernels ----

  // The cursor stays at its place of the picture when the maps get another size.
  placeCursor() {
    const { rows, cols } = this.maps;
    const { settings: { stride, dilation }, padding: [left, , top], shape: [, ...size] } = this.data;
    const geometry = { stride, dilation, kernel: [3, 3], before: [top, left], size };
    const windows = JSON.stringify([geometry, rows, cols]);
    if (windows !== this.windows) this.cursor = nearestTo(this.place ?? [0.5, 0.5], geometry, [rows, cols]);
    this.windows = windows;
    this.geometry = geometry;
    this.showCursor();
  }

  point(row, col) {
    if (this.data.error) return;
    this.cursor = { row: clamp(row, 0, this.maps.rows - 1), col: clamp(col, 0, this.maps.cols - 1) };
    this.place = placeOf(this.cursor, this.geometry);
    this.showCursor();
  }

  // The output pixel whose window has its middle nearest to this pixel.
  pointInput(row, col) {
    const { stride, dilation } = this.data.settings;
    const at = (place) => Math.round((place - dilation) / stride);
    this.point(at(row), at(col));
  }

  keyInput(event) {
    if (this.data.error) return false;
    const cell = steered(event, [this.cursor.row, this.cursor.col], [this.maps.rows, this.maps.cols], ENDS_OF_ROW);
    if (cell) {
      this.point(...cell);
      this.say(this.reading.textContent);
    }
    return Boolean(cell);
  }

  showCursor() {
    const { row, col } = this.cursor;
    const { stride, dilation } = this.data.settings;
    for (const card of this.cards) card.point(row, col);
    writeInto(this.reading, fill(this.labels.at, { row, column: col, count: this.cards.length }));
    this.input.drawCursor((context, stage) => {
      stage.box(context, row * stride, col * stride, 2 * dilation + 1, 2 * dilation + 1);
      if (dilation === 1) return;
      for (let n = 0; n < 9; n++) stage.box(context, row * stride + Math.floor(n / 3) * dilation, col * stride + (n % 3) * dilation, 1, 1, 1);
    });
  }
}

export default mount(KernelBank);
