// The Kernels lab: input, kernel, output; one cursor over both pictures; edits drawn here at once, settled by PyTorch.

const PATIENCE_MS = 40; // PyTorch mostly answers within: drawing as well would only make it later
const COMPARE_MS = 150; // after PyTorch's picture; the next edit may be on its way

const KERNEL_STEPS = { ...ARROWS, Home: [0, -1e4], End: [0, 1e4], PageUp: [-8, 0], PageDown: [8, 0] };

class KernelLab extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.revisions = new Revisions(data.revision);
    this.revealed = null; // while the kernel slides: the last place that it has passed
    this.cursor = undefined; // an output pixel, {row, col}
    this.chosen = ""; // the one that was last chosen by numbers
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey"), weights: data.bytes("weights") };
    this.input = new Stage(labels.input, labels.input_keys, {
      point: (row, col) => this.pointInput(row, col), leave: () => this.showCursor(),
      key: (event) => this.keyInput(event), draw: (context, stage) => this.drawGhosts(context, stage),
    });
    this.output = new Stage(labels.output, labels.output_keys, {
      point: (row, col) => this.pointOutput(row, col),
      key: (event) => this.keyOutput(event), draw: (context, stage) => this.drawOutputMarks(context, stage),
    });
    this.legend = new Legend(labels);
    this.histogram = new Histogram(labels);
    this.editor = new KernelEditor(labels, this.tables.weights, data.limit, { changed: () => this.edited(), committed: () => this.commit() });
    this.messenger = new Messenger(this.root, {
      question: () => this.question(), answered: (map) => this.settle(map), tell: () => {
        const edit = { origin: this.data.origin, kernel: this.editor.kernel };
        if (this.revisions.due()) this.send("edit", { revision: this.revisions.made, ...edit });
      },
    });
    this.arithmetic = new Arithmetic(labels, this.tables);
    this.player = this.builtPlayer(labels);
    this.shapes = { input: element("span.numbers"), kernel: element("span.numbers"), output: element("span.numbers") };
    this.stats = element("span.numbers");
    this.inputReading = element("p.reading.numbers");
    this.badge = element("p.badge");
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.notes = element("ul.notes");
    this.facts = element("dl.facts");
    this.layout(labels);
  }

  // Slides the kernel over the output, place by place.
  builtPlayer(labels) {
    const speed = element("input", { type: "range", min: 0, max: 100, value: 60, "aria-label": labels.speed });
    const pace = element("output.numbers");
    const perSecond = () => Math.round(2 * 1000 ** (Number(speed.value) / 100));
    const showPace = () => (pace.textContent = fill(labels.pace, { count: perSecond() }));
    speed.addEventListener("input", showPace);
    showPace();
    return new Player(labels, {
      name: labels.slide,
      at: () => this.cursor.row * this.drawn.cols + this.cursor.col,
      last: () => this.drawn.values.length - 1,
      show: (index) => this.moveTo(index),
      pace: (index, seconds) => index + seconds * perSecond(),
      extra: [element("label", {}, element("span", {}, labels.speed), speed, pace)],
      restarts: true,
      wraps: true,
      ended: () => this.reveal(null),
    });
  }

  layout(labels) {
    const heading = (text, shape) => element("h3", {}, text, " ", shape);
    this.summary = element("section.summary", {}, this.facts,
      element("div", {}, this.badge,
        element("div.downloads", {}, 
          button(labels.download_png, () => this.output.pixels.toBlob((blob) => download("convlab-output.png", blob))),
          button(labels.download_npy, () => download("convlab-output.npy", npyFile(this.drawn.values, [this.drawn.rows, this.drawn.cols]))))));
    this.panels = element("div.lab", {},
      element("section.picture.in", {}, heading(labels.input, this.shapes.input), this.input.node, this.inputReading),
      element("section.weights", {}, heading(labels.kernel, this.shapes.kernel), this.editor.node, this.editor.problem,
        element("p.hint.quiet", {}, labels.editing_hint), this.notes, this.player.node),
      element("section.picture.out", {}, heading(labels.output, this.shapes.output), this.problem, this.output.node,
        this.legend.node, element("p.stats", {}, this.stats), this.histogram.node),
      this.arithmetic.node, this.summary);
    this.root.replaceChildren(this.panels, this.live);
  }

  update(data) {
    const { messenger, revisions } = this;
    messenger.route = data.route;
    if (revisions.hear(data.revision, data.origin)) {
      revisions.forget();
      messenger.forget();
    }
    this.data = data;
    this.refuse(data.error);
    if (!revisions.stale) this.editor.show(data.kernel);
    this.writeWords(data);
    this.pictureArrived();
    this.root.dataset.told = data.revision;
    if (data.error) return;
    if (!revisions.stale) this.settle(data);
    else if (messenger.hasRoute && this.subject() === this.drawnSubject) messenger.tellSoon();
    else {
      // Streamlit answers for a kernel before the one on the screen, but something else has changed too.
      this.redraw();
      this.commit();
    }
    const pixel = String(data.pixel);
    if (data.pixel && pixel !== this.chosen) this.pointOutput(data.pixel[0], data.pixel[1]);
    this.chosen = pixel;
  }

  // Why there is no output; the rest of the lab stays in its place.
  refuse(sentence) {
    const refused = Boolean(sentence);
    const { problem, output, legend, arithmetic, histogram, stats, summary, player } = this;
    problem.hidden = !refused;
    problem.textContent = sentence;
    for (const node of [output.node, legend.node, arithmetic.node, histogram.node, stats, summary]) node.hidden = refused;
    player.disable(refused);
  }

  // All that the output depends on, but the kernel.
  subject() {
    const { picture, settings, scale, scale_limit } = this.data;
    return JSON.stringify([picture, settings, scale, scale_limit]);
  }

  writeWords(data) {
    const identity = JSON.stringify(data.words);
    if (identity === this.wordsIdentity) return;
    this.wordsIdentity = identity;
    const { words } = data;
    this.panels.classList.toggle("wide", data.kernel[0][0].length > 4);
    for (const name in this.shapes) this.shapes[name].textContent = words.shapes[name];
    this.notes.replaceChildren(...words.notes.map((note) => element("li", {}, note)));
    this.facts.replaceChildren(...words.facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd.numbers", {}, value)]));
  }

  // The picture with its ghost ring; kept while only the kernel changes.
  pictureArrived() {
    const { data } = this;
    const identity = `${data.picture}|${data.rows}|${data.cols}|${data.mean}|${data.std}`;
    if (identity === this.pictureIdentity) return;
    this.pictureIdentity = identity;
    this.padded = padPicture(data.bytes("pixels"), data.shape, data.rows, data.cols, data.mean, data.std);
    this.inputColours = paddedColours(this.padded, data.mean, data.std);
    this.input.show(this.padded.rows, this.padded.cols, this.inputColours);
    this.inputReading.textContent = data.labels.point_at_input;
  }

  edited() {
    this.revisions.next();
    this.messenger.edited();
    if (this.frame || this.data.error) return;
    this.frame = requestAnimationFrame(() => this.redraw());
  }

  // The question is out: give the answer a chance to be the only drawing of this edit.
  commit() {
    if (this.data.error) return this.messenger.tellSoon(); // PyTorch has nothing to answer
    this.messenger.send();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    const wait = this.messenger.hasRoute ? PATIENCE_MS : 0;
    this.patience ||= setTimeout(() => (this.frame = requestAnimationFrame(() => this.redraw())), wait);
  }

  question() {
    const { shape, stock, normalised, settings } = this.data;
    const pixels = stock ? new Uint8Array() : this.data.bytes("pixels");
    return { header: { shape, stock, normalised, settings, kernel: this.editor.kernel }, pixels };
  }

  // PyTorch's map for the kernel on the screen, over the route or from Streamlit.
  settle(map) {
    const values = map.floats("result");
    this.draw({ values, rows: map.result_shape[0], cols: map.result_shape[1] }, map.stats, "torch");
    this.compare(values);
  }

  redraw() {
    const result = this.convolved();
    this.badge.textContent = this.data.labels.drawn_here;
    const [min, max] = ends(result.values);
    const mean = result.values.reduce((sum, value) => sum + value, 0) / result.values.length;
    this.draw(result, { min, max, mean }, "browser");
  }

  get effective() {
    return effectiveWeights(this.editor.kernel, this.padded.channels, this.data.settings.flip);
  }

  convolved() {
    return convolve(this.padded, this.effective, this.data.settings);
  }

  // by: "torch" or "browser", kept with the revision for tests and benchmarks to read.
  draw(result, stats, by) {
    clearTimeout(this.patience); // what is still due would cover this
    cancelAnimationFrame(this.frame);
    this.patience = this.frame = 0;
    const { data } = this;
    this.drawn = result;
    this.weights = this.effective;
    const scale = chooseScale(result.values, data.scale, data.scale_limit, this.tables);
    const colours = colourise(result.values, scale);
    // PyTorch's picture mostly is the one drawn a moment ago: painting it again would only cost time.
    // The values count too: twice the kernel gives twice the numbers in the same colours.
    const known = sameBytes(colours, this.outputColours) && result.cols === this.output.cols;
    if (!known || largestDifference(result.values, this.painted) > 1e-5) {
      this.outputColours = colours;
      this.painted = result.values;
      this.output.show(result.rows, result.cols, colours);
      this.histogram.show(result.values, stats);
    }
    this.legend.show(scale);
    this.stats.textContent = fill(data.labels.stats, { min: brief(stats.min), mean: brief(stats.mean), max: brief(stats.max) });
    const { row, col } = this.cursor ?? { row: result.rows >> 1, col: result.cols >> 1 };
    this.cursor = { row: Math.min(row, result.rows - 1), col: Math.min(col, result.cols - 1) };
    this.showCursor();
    this.drawnSubject = this.subject();
    this.root.dataset.revision = this.revisions.made;
    this.root.dataset.drawnBy = by;
  }

  // Say how far the browser's own drawing is from PyTorch's.
  compare(values) {
    const revision = this.revisions.made;
    clearTimeout(this.comparing);
    const check = () => {
      if (this.revisions.made !== revision || this.drawn.values !== values) return;
      const difference = largestDifference(this.convolved().values, values);
      this.root.dataset.difference = difference;
      this.badge.textContent = fill(this.data.labels.settled, { difference: brief(difference, 2) });
    };
    this.comparing = setTimeout(() => (window.requestIdleCallback || setTimeout)(check), COMPARE_MS);
  }

  moveTo(index) {
    this.cursor = { row: Math.floor(index / this.drawn.cols), col: index % this.drawn.cols };
    // Once it has begun to slide, stepping goes on from there; pointing or Escape uncovers all.
    if (this.player.playing || this.revealed !== null) this.reveal(index);
    this.showCursor();
  }

  // While the kernel slides, only what it has passed is shown.
  reveal(index) {
    if (index === this.revealed) return;
    this.revealed = index;
    this.output.redraw();
  }

  pointOutput(row, col) {
    if (this.data.error) return;
    this.player.pause();
    this.reveal(null);
    this.cursor = { row: Math.min(row, this.drawn.rows - 1), col: Math.min(col, this.drawn.cols - 1) };
    this.showCursor();
  }

  showCursor() {
    if (this.data.error || !this.drawn) return;
    const { weights, padded, data } = this;
    const { stride, dilation } = data.settings;
    const [kh, kw] = [weights[0].length, weights[0][0].length];
    const { row, col } = this.cursor;
    const taps = tapsAt(data, padded, weights, this.cursor);
    const value = this.drawn.values[this.player.at()];
    const sentence = this.arithmetic.show(row, col, [padded.channels, kh, kw], taps, data.settings, value);
    this.say(this.player.playing ? "" : `${this.arithmetic.title.textContent}: ${sentence}`);
    this.output.drawCursor((context, stage) => stage.box(context, row, col, 1, 1));
    this.input.drawCursor((context, stage) => {
      stage.box(context, row * stride, col * stride, dilation * (kh - 1) + 1, dilation * (kw - 1) + 1);
      if (dilation > 1) for (const tap of taps.slice(0, kh * kw)) stage.box(context, tap.row, tap.col, 1, 1, 1);
    });
  }

  pointInput(row, col) {
    const { data, padded } = this;
    this.inputCursor = [row, col];
    const values = Array.from({ length: padded.channels }, (_, c) => brief(padded.values[(c * padded.rows + row) * padded.cols + col]));
    const [r, c] = [data.rows[row], data.cols[col]];
    const ghost = r < 0 || c < 0;
    let text = `${fill(ghost ? data.labels.ghost_at : data.labels.pixel_at, { row: r, column: c })} ${values.join(", ")}`;
    this.input.drawCursor((context, stage) => stage.box(context, row, col, 1, 1));
    if (!data.error && !ghost) {
      const [kernel] = data.kernel;
      const rows = reached(data.rows, r, kernel.length, this.drawn.rows, data.settings);
      const cols = reached(data.cols, c, kernel[0].length, this.drawn.cols, data.settings);
      text += ` ${fill(data.labels.feeds, { count: rows.length * cols.length })}`;
      this.output.drawCursor((context, stage) => {
        for (const y of rows) for (const x of cols) stage.box(context, y, x, 1, 1, 1);
      });
    }
    this.inputReading.textContent = text;
    this.say(text);
  }

  keyOutput(event) {
    if (this.data.error) return false;
    const { row, col } = this.cursor;
    const cell = steered(event, [row, col], [this.drawn.rows, this.drawn.cols], KERNEL_STEPS);
    if (cell) this.pointOutput(...cell);
    else if (event.key === " ") this.player.toggle();
    else if (event.key === "Escape") {
      this.player.pause();
      this.reveal(null);
    } else return false;
    return true;
  }

  keyInput(event) {
    const { rows, cols } = this.padded;
    const cell = steered(event, this.inputCursor ?? [rows >> 1, cols >> 1], [rows, cols]);
    if (cell) this.pointInput(...cell);
    else if (event.key === "Escape") this.showCursor();
    else return false;
    return true;
  }

  drawGhosts(context, stage) {
    const { rows, cols, ignored } = this.data;
    const [left, right, top, bottom] = this.data.padding;
    stage.hatchAround(context, top, left, rows.length - top - bottom, cols.length - left - right);
    stage.hatchAround(context, 0, 0, rows.length - ignored[0], cols.length - ignored[1]);
    if (this.padded.channels === 1) {
      stage.numbers(context, (r, c) => fixed(this.padded.values[r * cols.length + c], 2), this.inputColours);
    }
  }

  drawOutputMarks(context, stage) {
    if (!this.drawn) return;
    stage.numbers(context, (r, c) => fixed(this.drawn.values[r * this.drawn.cols + c], 2), this.outputColours);
    if (this.revealed === null) return;
    const { rows, cols } = this.drawn;
    const [row, col] = [Math.floor(this.revealed / cols), this.revealed % cols];
    context.fillStyle = getComputedStyle(this.root).getPropertyValue("--st-secondary-background-color") || "#eee";
    const { cell } = stage;
    context.fillRect((col + 1) * cell, row * cell, (cols - col - 1) * cell, cell);
    context.fillRect(0, (row + 1) * cell, cols * cell, (rows - row - 1) * cell);
  }
}

export default mount(KernelLab);
