// A kernel that was kept, A, beside the present one, B: both outputs on one scale, and how far they are apart.

// B - A, float32, the largest of its sizes and the first place that has it.
function differenceOf(a, b) {
  const values = new Float32Array(a.length);
  let [largest, place] = [0, 0];
  for (let n = 0; n < a.length; n++) {
    values[n] = b[n] - a[n];
    if (Math.abs(values[n]) > largest) [largest, place] = [Math.abs(values[n]), n];
  }
  return { values, largest, place };
}

class Comparison {
  // pointing: of the output, whose pixels A and the difference share; ask(action) asks Python.
  constructor(labels, tables, pointing, ask) {
    this.labels = labels;
    this.tables = tables;
    this.stripes = new Stripes();
    const shares = {
      point: (row, col) => this.alike && pointing.point("out", row, col), leave: () => pointing.leave("out"), key: (event) => pointing.key("out", event),
    };
    const pins = { onclick: () => this.alike && pointing.toggle() };
    const stage = (name, draw) => new Stage(name, labels.comparison.difference_keys, { ...shares, draw }, pins);
    this.kept = stage(labels.comparison.kept, (context, on) => this.drawKept(context, on));
    this.apart = stage(labels.comparison.difference, (context, on) => this.drawApart(context, on));
    this.legend = new Legend({ ...labels, scale_signed: labels.comparison.scale_difference, scale_own: "" });
    this.shape = element("span.numbers");
    this.text = element("p.kept-kernel.numbers");
    this.sentence = element("p.sentence");
    this.means = element("p.numbers");
    this.reading = element("p.of-both.numbers");
    const { put_back, let_go, kept, difference, name } = labels.comparison;
    const asks = (text, action) => button(text, () => ask(action));
    this.said = element("div.said", { hidden: true }, this.text, this.means, this.sentence, this.reading);
    this.node = element("section.comparison", { hidden: true, "aria-label": name },
      element("div.kept", {}, element("h3", {}, kept, " ", this.shape), this.kept.node,
        element("div.buttons", {}, asks(put_back, "put_back"), asks(let_go, "let_go"))),
      element("div.apart", {}, element("h3", {}, difference), this.apart.node, this.legend.node));
  }

  // What Python says of A, and PyTorch's map of it: nothing but the picture changes it.
  update(data) {
    const told = data.kept;
    this.told = told;
    this.node.hidden = this.said.hidden = !told;
    this.values = told?.result_shape ? data.floats("kept") : null;
    this.colours = this.scaled = this.difference = null;
    if (!told) return;
    this.text.textContent = fill(this.labels.comparison.kernel_of_a, { kernel: told.text });
    this.text.title = told.text;
    this.shape.textContent = told.shape;
    this.sentence.textContent = told.apart;
    this.kept.node.hidden = !this.values;
    this.apart.node.hidden = this.legend.node.hidden = Boolean(told.apart || data.error);
    if (data.error) this.alone(data);
  }

  // The scale of B, or of A where there is no B: one for both.
  scaleOf(values, { scale, scale_limit, normalised }) {
    return chooseScale(values, scale, scale_limit, this.tables, { unit: !normalised, shared: this.shared });
  }

  // Data that B shares its scale with.
  get shared() {
    return this.values ? [this.values] : [];
  }

  // Rows and columns of A; null where there is no output of it.
  get cells() {
    return this.values && this.told.result_shape;
  }

  get alike() {
    return Boolean(this.difference);
  }

  // Without B.
  alone(data) {
    if (!this.values) return;
    this.showKept(this.scaleOf(this.values, data));
    this.kept.drawCursor(null);
    this.means.textContent = this.reading.textContent = "";
  }

  // B as it is on the screen, and the scale of both.
  draw({ values, rows, cols }, mean, scale) {
    if (!this.values) return;
    this.showKept(scale);
    const [aRows, aCols] = this.told.result_shape;
    this.difference = aRows === rows && aCols === cols ? differenceOf(this.values, values) : null;
    this.means.textContent = fill(this.labels.comparison.mean_of, { a: briefIn(this.told.mean, scale.high), b: briefIn(mean, scale.high) });
    if (!this.difference) return;
    const { largest, place } = this.difference;
    const own = chooseScale(this.difference.values, "signed", 0, this.tables);
    this.apartColours = colourise(this.difference.values, own);
    this.apart.show(rows, cols, this.apartColours);
    this.legend.show(own);
    const { largest_difference, no_difference } = this.labels.comparison;
    const at = { difference: brief(largest), row: Math.floor(place / cols), column: place % cols };
    this.sentence.textContent = fill(largest ? largest_difference : no_difference, at);
  }

  // A keeps its colours while the scale does.
  showKept(scale) {
    const { low, high, table } = scale;
    const scaled = `${low},${high},${table === this.tables.grey}`;
    if (scaled === this.scaled) return;
    this.scaled = scaled;
    const [rows, cols] = this.told.result_shape;
    this.stripes.show(this.values, cols, { ...scale, beyond: countBeyond(this.values, scale) });
    this.colours = colourise(this.values, scale);
    this.kept.show(rows, cols, this.colours);
  }

  // The same place in A and in the difference, and what is there; `value` is B's. -> in words
  point({ row, col }, value, place) {
    if (!this.values) return "";
    const [rows, cols] = this.told.result_shape;
    const at = this.alike ? { row, col } : nearestTo(place, this.told.windows, [rows, cols]);
    const box = (context, stage) => stage.box(context, at.row, at.col, 1, 1);
    this.kept.drawCursor(box);
    this.apart.drawCursor(box);
    const a = this.values[at.row * cols + at.col];
    const read = { row, column: col, a: brief(a), b: brief(value), row_a: at.row, column_a: at.col, difference: brief(Math.fround(value - a)) };
    this.reading.textContent = fill(this.alike ? this.labels.comparison.at_both : this.labels.comparison.at_each, read);
    return this.reading.textContent;
  }

  drawKept(context, stage) {
    if (!this.colours) return;
    const [, cols] = this.told.result_shape;
    this.stripes.draw(context, stage);
    const write = writerOn(stage, this.values);
    if (write) stage.numbers(context, (row, col) => write(this.values[row * cols + col]), this.colours);
  }

  drawApart(context, stage) {
    if (!this.alike) return;
    const write = writerOn(stage, this.difference.values);
    if (write) stage.numbers(context, (row, col) => write(this.difference.values[row * stage.cols + col]), this.apartColours);
  }
}
