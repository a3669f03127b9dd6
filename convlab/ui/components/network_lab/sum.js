// How the unit under the cursor came about: a convolution unfolded, anything else taken apart; one line of arithmetic.

class SumPart {
  // lab: the NetworkLab, of which this reads labels, data, atlas and tables, and which it tells where one points.
  constructor(lab) {
    this.lab = lab;
    this.sums = new UnitSums(lab.labels);
    this.title = element("h3");
    this.ladder = new Ladder(lab, this.sums);
    this.apart = new Apart(lab, this.sums);
    this.equation = element("p.equation.numbers");
    this.quiet = element("p.quiet");
    this.said = element("p.visually-hidden", { "aria-live": "polite" });
    this.node = element("section.sum", { "data-part": "sum" }, this.title, this.ladder.node, this.apart.node, this.equation, this.quiet, this.said);
  }

  // Python's message: the open unit taken apart, its map unfolded.
  update(data) {
    if (data === this.heard) return;
    this.heard = data;
    const { values, sizes } = this.lab.atlas;
    const tensor = (layer, name) => (data.layers[layer].recipe.tensors.includes(name) ? data.floats(`made_${layer}_${name}`) : null);
    this.sums.net = { layers: data.layers, values, sizes, tensor };
    this.detail = data.detail;
    this.place = data.place;
    this.ladder.hear(data.ladder, data);
    this.said.textContent = data.detail ? inARow(data.detail.title, ...data.detail.steps, data.detail.remark) : "";
  }

  show(at) {
    const { labels, layers } = this.lab.data;
    const parts = this.sums.parts(at);
    const told = this.told(at, parts);
    const unfolded = this.ladder.fits(at);
    this.title.textContent = this.titleOf(at);
    this.ladder.node.hidden = !unfolded;
    this.apart.node.hidden = unfolded || !told;
    this.equation.hidden = !unfolded;
    this.quiet.textContent = told || unfolded ? "" : layers[at.layer].sources.length ? fill(labels.choose_value, { value: valueText(this.sums.value(at)) }) : this.entered(at);
    if (unfolded) {
      this.ladder.point(at);
      this.say(this.ladder.line(at));
    } else if (told) this.apart.show(at, told, parts);
  }

  // Of the picture itself: what its pixel is here.
  entered({ layer, channel, row, col }) {
    const { labels, data, atlas } = this.lab;
    const [rows, cols] = atlas.sizes[layer];
    const pixel = data.bytes("pixels")[(channel * rows + row) * cols + col];
    const value = this.sums.value({ layer, channel, row, col });
    return fill(Math.abs(value - pixel / 255) > 1e-6 ? labels.enters : labels.enters_raw, { pixel, value: valueText(value) });
  }

  // Python's words for the unit that it has taken apart; for others those of the browser, where it knows enough.
  told(at, parts) {
    if (this.isOpen(at) && this.detail) return this.detail;
    return parts && { title: this.titleOf(at), ...this.sums.words(at, parts) };
  }

  // The unit that a max pool took, where it is known here.
  winner(at) {
    return this.lab.data.layers[at.layer].recipe?.how === "largest" ? this.sums.parts(at)?.terms.find(({ winner }) => winner) : undefined;
  }

  // In the line of arithmetic.
  say(text) {
    this.equation.textContent = text;
  }

  // Whether all is here that there is to show of a unit: of a convolution its map unfolded.
  isWhole(at) {
    const { lab: { atlas, data } } = this;
    if (this.ladder.fits(at) || (this.isOpen(at) && this.detail) || !data.layers[at.layer].sources.length) return true;
    const { recipe } = data.layers[at.layer];
    return recipe !== null && recipe.how !== "convolution" && this.sums.parts(at) !== null && atlas.knows(at.layer);
  }

  // Whether it is the unit that Python has taken apart.
  isOpen(at) {
    return ["layer", "channel", "row", "col"].every((name) => at[name] === this.place[name]);
  }

  // By an edit, layers put out other values.
  redraw() {
    if (this.ladder.told && this.lab.atlas.knows(this.ladder.told.layer)) this.ladder.drawResult();
  }

  // Weights of the open map have moved, or another of its kernels was chosen.
  kernelChanged() {
    this.ladder.renew();
    if (this.lab.cursor) this.show(this.lab.cursor);
  }

  // What goes into a unit, as far as it is known here: [[layer, channel, value], ...], the most first.
  adds(at) {
    if (this.isOpen(at) && this.detail && !this.ladder.fits(at)) return this.detail.adds;
    const { terms = [] } = this.ladder.fits(at) ? { terms: this.ladder.terms(at) } : this.sums.parts(at) ?? {};
    return terms.map(({ layer, channel, value }) => [layer, channel, value]).sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
  }

  titleOf(at) {
    const { labels, layers } = this.lab.data;
    const unit = this.lab.atlas.flat(at.layer) ? [at.channel] : [at.channel, at.row, at.col];
    const name = layers[at.layer].names[at.channel];
    return `${fill(labels.unit_title, { layer: layers[at.layer].title, unit: unit.join(", ") })}${name ? `: ${name}` : ""}`;
  }
}
