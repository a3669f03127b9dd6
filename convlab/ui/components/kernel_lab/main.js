// The Kernels lab: input, kernel, output; one cursor over both pictures; edits drawn here at once, settled by PyTorch.

class KernelLab extends Settling {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.pointing = new Pointing(this);
    this.input = this.pointing.stage("in", labels.input, labels.input_keys, (context, stage) => this.drawGhosts(context, stage));
    this.output = this.pointing.stage("out", labels.output, labels.output_keys, (context, stage) => this.drawOutputMarks(context, stage));
    this.legend = new Legend(labels);
    this.stripes = new Stripes();
    this.histogram = new Histogram(labels);
    this.weightLegend = new Legend({ ...labels, scale_signed: labels.weight_signed, scale_own: "" });
    this.editor = new KernelEditor(labels, this.tables.weights, data.limit, {
      changed: () => this.edited(), moving: () => this.moving(), committed: () => this.commit(), pasted: (range) => this.tell("paste", range),
      scaled: (end) => this.weightLegend.show({ signed: true, low: -end, high: end, table: this.tables.weights, automatic: true }),
    });
    this.undoing = new Undoing(this.root, labels, {
      step: (steps) => this.tell("step", { steps }), typing: (cell) => this.editor.isTyping(cell),
    });
    this.messenger = new Messenger(this.root, {
      question: () => this.question(), answered: (map) => this.answered(map), tell: () => {
        if (this.revisions.due()) this.tell("edit");
        this.pointing.tell();
      },
    });
    this.arithmetic = new Arithmetic(labels, this.tables);
    this.lines = new Lines(this.input, this.output, this.arithmetic);
    this.sliding = new Sliding(this);
    const ask = (action) => this.tell("ask", { action });
    this.comparison = new Comparison(labels, this.tables, this.pointing, ask);
    this.remark = new Remark(labels, () => ask("go_back"));
    this.outline = new Outline();
    this.preview = new Preview(this, () => this.showPreview());
    this.asks = new Asks(labels.comparison, ask);
    this.layout = new Layout(labels, {
      ...{ input: this.input, output: this.output, legend: this.legend, histogram: this.histogram },
      ...{ editor: this.editor, weightLegend: this.weightLegend, undoing: this.undoing },
      ...{ arithmetic: this.arithmetic, lines: this.lines, downloads: this.builtDownloads(labels) },
      ...{ captions: this.pointing.captions, loupes: this.pointing.loupes, player: this.sliding.player, flight: this.sliding.flight },
      ...{ comparison: this.comparison, asks: this.asks },
    });
    this.root.replaceChildren(this.remark.node, this.layout.node, this.live);
  }

  // Hand Python the kernel on the screen, and what is asked for beside it.
  tell(event, asked = {}) {
    this.hand(event, { kernel: this.editor.kernel, ...asked });
  }

  builtDownloads(labels) {
    return [
      button(labels.download_png, () => this.output.pixels.toBlob((blob) => download("convlab-output.png", blob))),
      button(labels.download_npy, () => download("convlab-output.npy", npyFile(this.drawn.values, [this.drawn.rows, this.drawn.cols]))),
    ];
  }

  update(data) {
    const { messenger, revisions } = this;
    this.hear(data, this.editor);
    this.data = data;
    this.preview.outgrown(data.kernel);
    this.undoing.show(data, revisions.stale);
    this.layout.refuse(data.error);
    if (!revisions.stale) this.editor.show(data.kernel);
    this.writeWords(data);
    this.showRemark();
    this.pictureArrived();
    this.pointing.hear(data.pin);
    this.root.dataset.told = data.revision;
    this.comparison.update(data);
    this.layout.compare(this.comparison.cells);
    if (data.error || this.subject() !== this.drawnSubject) messenger.drop();
    if (data.error) return this.clear();
    this.outline.show(data.bytes("differs"), data.result_shape[1]);
    if (revisions.stale) this.overtake(this.subject());
    else this.settle(data);
  }

  // What an experiment has set the lab to, or shows in it.
  showRemark() {
    const { text } = this.preview;
    const { remark } = this.data;
    if (this.remark.show(text ? { ...remark, text } : remark, !text)) this.layout.fit();
  }

  // An experiment shows another kernel, or none any longer. settled: PyTorch's map for the one in the cells.
  showPreview() {
    this.showRemark();
    if (this.preview.kernel || !this.settled) this.redraw();
    else this.drawSettled(this.settled);
  }

  // There is no output: what was still to be drawn of it, marked and said is void.
  clear() {
    this.cancelDrawing();
    this.editor.refresh();
    clearTimeout(this.comparing);
    this.sliding.rest();
    this.pointing.clear();
  }

  // All that the output depends on, but the kernel.
  subject() {
    const { picture, settings, scale, scale_limit } = this.data;
    return JSON.stringify([picture, settings, scale, scale_limit]);
  }

  writeWords(data) {
    this.wordsKernel = JSON.stringify(data.kernel);
    this.hideOldWords();
    this.layout.write(data);
  }

  // While one edits, what Python says of the weights is about those before.
  hideOldWords() {
    this.layout.notes.classList.toggle("old", !this.told);
  }

  // Whether Python has told of the kernel on the screen.
  get told() {
    return JSON.stringify(this.editor.kernel) === this.wordsKernel;
  }

  // The picture with its ghost ring; kept while only the kernel changes.
  pictureArrived() {
    const before = this.picture;
    this.picture = ghosted(before, this.data);
    if (this.picture === before) return;
    this.padded = this.picture.padded;
    this.span = ends(this.padded.values);
    this.inputColours = this.picture.colours;
    const { rows, cols, channels } = this.padded;
    this.layout.size("input", rows, cols, channels);
    this.zooms = this.anotherPicture();
    const show = () => this.input.show(rows, cols, this.inputColours);
    if (this.zooms) zooming(this.input, show);
    else show();
  }

  // Whether the size or the picture is another, unless the learner paints or crops it.
  anotherPicture() {
    const { stock, shape } = this.data;
    const [name, before] = [`${shape}|${stock}`, this.pictureName];
    this.pictureName = name;
    return before !== undefined && name !== before && (Boolean(stock) || !before.startsWith(`${shape}|`));
  }

  edited() {
    this.preview.end();
    this.settled = null;
    this.revisions.next();
    this.messenger.edited();
    this.undoing.edited();
  }

  // One drags: the browser draws.
  moving() {
    this.hideOldWords();
    if (!this.data.error) this.drawSoon();
  }

  question() {
    return this.questionOf({ kernel: this.preview.kernel ?? this.editor.kernel });
  }

  // PyTorch's map, over the route: of what was on the screen when it was asked, or it would have been dropped.
  answered(map) {
    if (this.preview.kernel) this.drawSettled(map);
    else this.settle(map);
  }

  // PyTorch's map for the kernel in the cells, over the route or from Streamlit.
  settle(map) {
    this.settled = map;
    if (this.preview.kernel) this.preview.show();
    else this.drawSettled(map);
  }

  drawSettled(map) {
    const values = map.floats("result");
    this.draw({ values, rows: map.result_shape[0], cols: map.result_shape[1] }, map.stats, "torch");
    const apart = () => largestDifference(this.convolved().values, values);
    this.compareLater(this.layout.badge, () => this.drawn.values === values, apart);
  }

  redraw() {
    const result = this.convolved();
    const [min, max] = ends(result.values);
    const mean = result.values.reduce((sum, value) => sum + value, 0) / result.values.length;
    this.draw(result, { min, max, mean }, "browser");
  }

  get effective() {
    return effectiveWeights(this.preview.kernel ?? this.editor.kernel, this.padded.channels, this.data.settings.flip);
  }

  convolved() {
    return convolve(this.padded, this.effective, this.data.settings);
  }

  // by: "torch" or "browser".
  draw(result, stats, by) {
    this.cancelDrawing();
    const { data } = this;
    this.editor.refresh();
    this.hideOldWords();
    this.drawn = result;
    this.weights = this.effective;
    this.layout.size("output", result.rows, result.cols);
    this.pointing.settle();
    const uncovered = this.sliding.renew(`${this.subject()}|${JSON.stringify(this.editor.kernel)}`);
    const scale = this.comparison.scaleOf(result.values, data);
    const colours = colourise(result.values, scale);
    // PyTorch's picture mostly is the one drawn a moment ago: painting it again would only cost time.
    // The values count too: twice the kernel gives twice the numbers in the same colours.
    const known = sameBytes(colours, this.outputColours) && result.cols === this.output.cols && scale.beyond === this.stripes.count;
    const size = (this.size = Math.max(Math.abs(stats.min), Math.abs(stats.max)));
    this.scale = scale;
    let picture = uncovered || this.outlined !== this.outline.lines ? () => this.output.redraw() : () => {};
    if (!known || largestDifference(result.values, this.painted) > 1e-5 * Math.min(1, size)) {
      this.outputColours = colours;
      this.painted = result.values;
      this.stripes.show(result.values, result.cols, scale);
      const show = () => this.output.show(result.rows, result.cols, colours);
      picture = this.zooms ? () => zooming(this.output, show) : show;
      this.zooms = false;
      this.histogram.show(result.values, stats);
    }
    this.outlined = this.outline.lines;
    writeInto(this.layout.badge, by === "torch" ? data.labels.torch : data.labels.drawn_here);
    this.legend.show(scale);
    this.asks.offer(scale, this.weights);
    this.comparison.draw(result, stats.mean, scale);
    const said = (value) => briefIn(value, size);
    writeInto(this.layout.stats, fill(data.labels.stats, { min: said(stats.min), mean: said(stats.mean), max: said(stats.max) }));
    this.pointing.show(picture);
    this.drew(this.subject(), by);
  }

  get ready() {
    return Boolean(this.drawn && !this.data.error);
  }

  // What a window is, for ``placeOf`` and ``nearestTo``.
  get geometry() {
    const { settings: { stride, dilation }, padding: [left, , top], shape: [, ...size], kernel } = this.data;
    return { stride, dilation, kernel: [kernel[0].length, kernel[0][0].length], before: [top, left], size };
  }

  // The sum of an output pixel. -> in words
  showSum({ row, col }, taps) {
    const { weights, padded, drawn, data } = this;
    const [shape, at] = [[padded.channels, weights[0].length, weights[0][0].length], row * drawn.cols + col];
    const colour = [...this.outputColours.subarray(4 * at, 4 * at + 3)];
    const scales = { span: this.span, end: this.editor.end() };
    const sentence = this.arithmetic.show(row, col, shape, taps, data.settings, drawn.values[at], scales, colour);
    const beside = this.comparison.point({ row, col }, drawn.values[at], this.pointing.spot.place);
    return fill(this.labels.named, { name: this.arithmetic.title.textContent, value: inARow(sentence, beside) });
  }

  drawGhosts(context, stage) {
    stage.hatchUnreal(context, this.data);
    const write = writerOn(stage, this.padded.values, this.padded.channels);
    if (write) stage.numbers(context, (r, c) => this.pointing.inputValues(r, c).map(write), this.inputColours, this.padded.channels);
  }

  drawOutputMarks(context, stage) {
    if (!this.drawn) return;
    this.stripes.draw(context, stage);
    if (this.told) this.outline.draw(context, stage);
    const write = writerOn(stage, this.drawn.values);
    if (write) stage.numbers(context, (r, c) => write(this.drawn.values[r * this.drawn.cols + c]), this.outputColours);
    this.sliding.cover(context, stage);
  }
}

export default mount(KernelLab);
