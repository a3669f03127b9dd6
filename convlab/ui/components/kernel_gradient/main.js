// Where on the picture a weight's gradient comes from: what the weight meets, dL/dy, and their product at every place.

// A dashed frame, to be seen on any picture.
function dashed(context, /** @type {[number, number, number, number]} */ box, scale) {
  context.save();
  context.lineWidth = 2 * scale;
  for (const [colour, offset] of [[MARK_DARK, 0], [MARK_LIGHT, 6 * scale]]) {
    context.setLineDash([6 * scale, 6 * scale]);
    context.lineDashOffset = offset;
    context.strokeStyle = colour;
    context.strokeRect(...box);
  }
  context.restore();
}

class KernelGradient extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey") };
    this.made = data.revision; // weights that were kept or freed here
    this.grid = new WeightGrid(labels, this.tables.diverging, {
      point: (n) => this.pointWeight(n), keep: (n) => this.keep(n === this.kept ? null : n), free: (event) => this.free(event),
    });
    this.input = this.stage(labels.input, (row, col) => this.pointInput(row, col), (context, stage) => this.drawInput(context, stage));
    this.maps = Object.fromEntries(["met", "upstream", "contributions"].map((name) => [name, this.map(name)]));
    this.legends = Object.fromEntries(["weights", "met", "upstream", "contributions"].map((name) => [name, new Legend({ scale_signed: "", scale_grey: "", scale_own: "" })]));
    this.layout();
  }

  stage(label, point, draw) {
    return new Stage(label, this.labels.place_keys, { point, draw, key: (event) => this.key(event) });
  }

  map(name) {
    return this.stage(this.labels[name], (row, col) => this.point(row, col), (context, stage) => {
      const values = this.shown?.[name];
      if (!values) return;
      const write = inCells(this.scales[name].high);
      stage.numbers(context, (row, col) => write(values[row * stage.cols + col]), this.colours[name]);
    });
  }

  layout() {
    const { labels } = this;
    this.words = { weight: element("p.of-weight"), place: element("p.of-place.numbers") };
    this.under = Object.fromEntries(["input", "met", "upstream", "contributions"].map((name) => [name, element("p.under")]));
    const panel = (name, title, ...content) => element("section.panel", { "data-part": name }, element("h3", {}, title), ...content);
    const map = (name, title) => panel(name, title, this.maps[name].node, this.under[name], this.legends[name].node);
    const said = element("div.said", {}, this.words.weight, this.words.place, element("p.quiet.scale-words", {}, labels.scale_signed));
    this.under.input.textContent = labels.dashed;
    this.root.replaceChildren(
      element("div.parts", {},
        panel("gradient", labels.gradient, this.grid.node, this.legends.weights.node, element("p.hint.quiet", {}, labels.hint)),
        element("div.maps", {},
          panel("input", labels.input, this.input.node, this.under.input), said,
          map("met", labels.met), map("upstream", `\u00d7 ${labels.upstream}`), map("contributions", `= ${labels.contributions}`))),
      this.live);
  }

  // ---- what Python says ----

  update(data) {
    this.data = data;
    this.shape = data.kernel_shape;
    this.size = data.size;
    this.gradient = data.floats("gradient");
    this.kernel = data.floats("kernel");
    this.upstream = data.floats("upstream");
    this.inputs = { values: data.floats("inputs"), rows: data.rows.length, cols: data.cols.length };
    if (data.revision >= this.made) {
      this.made = data.revision;
      this.kept = data.kept;
    }
    this.scales = this.commonScales();
    this.pictureArrived();
    this.legends.weights.show({ ...this.scales.upstream, low: -this.gridEnd(), high: this.gridEnd() });
    for (const name of ["met", "upstream", "contributions"]) this.legends[name].show(this.scales[name]);
    const geometry = `${this.shape}|${this.size}|${JSON.stringify(data.settings)}`;
    if (geometry !== this.geometry) this.chosen = this.place = null; // another map: the place means something else there
    this.geometry = geometry;
    this.under.upstream.textContent = fill(this.labels.bias_is, { sum: brief(data.bias, FIGURES) });
    this.show(this.kept ?? this.chosen ?? farthest(this.gradient));
    this.root.dataset.told = data.revision;
  }

  gridEnd() {
    return (this.end = this.grid.show(this.shape, this.gradient, this.kernel));
  }

  // The picture as the lab above shows it; a kernel for all channels meets their sum.
  pictureArrived() {
    const before = this.picture;
    this.picture = ghosted(before, this.data);
    if (this.picture === before) return;
    const { padded: { rows, cols }, colours } = this.picture;
    this.inputColours = colours;
    this.input.show(rows, cols, colours);
  }

  // One scale each for all weights: pointing at another one changes colours only where values change.
  commonScales() {
    const { inputs, upstream, tables } = this;
    const reach = reachOf(inputs, upstream, this.shape, this.data.settings, this.size);
    return {
      met: chooseScale(inputs.values, "own", 0, tables),
      upstream: chooseScale(upstream, "signed", 0, tables),
      contributions: chooseScale([reach], "signed", 0, tables),
    };
  }

  // ---- a weight ----

  pointWeight(n) {
    if (this.kept === null && n !== this.chosen) this.show(n);
  }

  // The weight that stays chosen wherever one points; null for none. Python hears of it, for the link.
  keep(n) {
    if (n === this.kept) return;
    this.kept = n;
    this.show(n ?? this.chosen);
    const [channel, row, column] = n === null ? [-1, -1, -1] : this.grid.weights[n];
    this.send("keep", { channel, row, column, revision: ++this.made });
  }

  // By Escape, which means something to the whole page too where no weight is kept.
  free(event) {
    if (this.kept === null) return;
    taken(event);
    this.keep(null);
  }

  show(n) {
    this.chosen = n;
    this.weight = this.grid.weights[n];
    this.grid.choose(n, this.kept);
    const met = metBy(this.inputs, this.weight, this.shape, this.data.settings, this.size);
    this.shown = { met, upstream: this.upstream, contributions: contributionsOf(met, this.upstream) };
    this.colours = {};
    for (const [name, stage] of Object.entries(this.maps)) {
      this.colours[name] = colourise(this.shown[name], this.scales[name]);
      stage.show(this.size[0], this.size[1], this.colours[name]);
    }
    this.input.redraw();
    this.sum = summed(this.shown.contributions);
    this.place ??= { row: Math.floor(farthest(this.shown.contributions) / this.size[1]), col: farthest(this.shown.contributions) % this.size[1] };
    this.writeWeight();
    this.showPlace();
    this.root.dataset.weight = this.weight;
  }

  writeWeight() {
    const { labels, sum } = this;
    const [channel, row, column] = this.weight;
    const count = this.upstream.length;
    const said = { channel, row, column, weight: brief(this.kernel[this.chosen], FIGURES), count, sum: brief(sum, FIGURES) };
    const then = sum === 0 ? labels.flat : sum > 0 ? labels.rising : labels.falling;
    this.words.weight.textContent = inARow(fill(labels.of_weight, said), then);
    this.under.contributions.textContent = fill(labels.sum_is, said);
    this.under.met.textContent = fill(labels.met_by, { channel, row, column });
    tint(this.under.contributions, this.tables.diverging, 0.5 + sum / this.end / 2);
  }

  // ---- a place ----

  point(row, col) {
    this.place = { row: clamp(row, 0, this.size[0] - 1), col: clamp(col, 0, this.size[1] - 1) };
    this.showPlace();
  }

  // The place where the weight meets this pixel, or the nearest one.
  pointInput(row, col) {
    const [top, left] = offsetOf(this.weight, this.shape, this.data.settings);
    const { stride } = this.data.settings;
    this.point(Math.round((row - top) / stride), Math.round((col - left) / stride));
  }

  key(event) {
    if (event.key === "Escape") this.free(event);
    const cell = steered(event, [this.place.row, this.place.col], this.size);
    if (!cell) return false;
    this.point(...cell);
    this.say(this.words.place.textContent);
    return true;
  }

  showPlace() {
    const { row, col } = this.place;
    const n = row * this.size[1] + col;
    const at = Object.fromEntries(Object.entries(this.shown).map(([name, values]) => [name, brief(values[n], FIGURES)]));
    this.words.place.textContent = fill(this.labels.at_place, { row, column: col, ...at });
    for (const stage of Object.values(this.maps)) stage.drawCursor((context) => stage.box(context, row, col, 1, 1));
    this.input.drawCursor((context, stage) => this.drawWindow(context, stage));
  }

  // The window of the place, lightly, and in it the pixel that the weight meets.
  drawWindow(context, stage) {
    const { stride, dilation } = this.data.settings;
    const [, rows, cols] = this.shape;
    const [row, col] = [this.place.row * stride, this.place.col * stride];
    const [top, left] = offsetOf(this.weight, this.shape, this.data.settings);
    stage.box(context, row, col, dilation * (rows - 1) + 1, dilation * (cols - 1) + 1, 1);
    stage.box(context, row + top, col + left, 1, 1, 3);
  }

  // Ghost pixels, numbers, and the part of the picture that the weight meets.
  drawInput(context, stage) {
    const { cols } = this.data;
    stage.hatchUnreal(context, this.data);
    const write = inCells(this.scales.met.high);
    // A kernel per channel meets three numbers a pixel.
    if (this.shape[0] === 1) stage.numbers(context, (row, col) => write(this.inputs.values[row * cols.length + col]), this.inputColours);
    if (!this.weight) return;
    const { settings, settings: { stride } } = this.data;
    const [y, x] = offsetOf(this.weight, this.shape, settings);
    const [high, wide] = this.size.map((count) => (count - 1) * stride + 1);
    dashed(context, [x * stage.cell, y * stage.cell, wide * stage.cell, high * stage.cell], stage.scale);
  }
}

export default mount(KernelGradient);
