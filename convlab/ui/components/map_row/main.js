// Maps of one size side by side: a scale for all, and a cursor that marks the same place in each. A convolution's matrix is
// one such map, of which the caption says what an entry is and the lab above marks it. A map may hold many channels as tiles.

class MapRow extends Component {
  constructor(root, data) {
    super(root, data);
    this.caption = element("p.reading.numbers");
    this.legend = new Legend(this.labels);
    this.row = element("div.maps");
    this.stages = [];
    this.axes = element("p.axes.quiet", {}, this.labels.axes ?? "");
    this.root.replaceChildren(this.row, this.axes, this.legend.node, this.caption, this.live);
  }

  update(data) {
    const meaning = JSON.stringify([data.size, data.matrix, data.tiles?.columns]);
    if (meaning !== this.meaning) this.place = null; // it would mean something else there
    this.meaning = meaning;
    this.matrix = data.matrix;
    this.tiles = data.tiles;
    this.held = data.bytes("held");
    this.size = data.size;
    this.titles = data.titles;
    const [rows, cols] = data.size;
    const values = data.floats("values");
    this.maps = data.titles.map((_, n) => values.subarray(n * rows * cols, (n + 1) * rows * cols));
    const [first, ...shared] = this.maps;
    const scale = chooseScale(first, "signed", 0, { diverging: data.bytes("table") }, { shared });
    this.legend.show(scale);
    this.colours = this.maps.map((map) => colourise(map, scale));
    if (this.matrix) greyUnreached(this.colours[0], this.held);
    this.root.classList.toggle("matrix", Boolean(this.matrix));
    this.root.classList.toggle("tiled", Boolean(this.tiles));
    this.root.classList.toggle("few", this.maps.length < 3 || Boolean(this.tiles));
    this.row.style.setProperty("--shape", String(cols / rows));
    if (data.titles.length !== this.stages.length) this.build();
    this.entitle();
    this.stages.forEach((stage, n) => stage.show(rows, cols, this.colours[n]));
    this.show();
  }

  build() {
    this.stages = this.titles.map((title, n) => this.stage(title, n));
    this.headings = this.titles.map(() => element("h3"));
    const panel = (heading, n) => element("section.panel", { "data-map": n }, heading, this.stages[n].node);
    this.row.replaceChildren(...this.headings.map(panel));
  }

  // A title may say a number of the map: the stages stay, as each new one costs a layout.
  entitle() {
    this.titles.forEach((title, n) => {
      writeInto(this.headings[n], title);
      this.stages[n].cursor.setAttribute("aria-label", title);
    });
  }

  stage(title, n) {
    return new Stage(title, this.labels.keys, {
      point: (row, col) => this.point([row, col]), key: (event) => this.key(event), leave: () => this.leave(),
      draw: (context, stage) => this.draw(context, stage, n),
    }, { onblur: () => this.leave() });
  }

  draw(context, stage, n) {
    if (this.matrix) cellLines(context, stage);
    const at = (row, col) => row * stage.cols + col;
    const text = (row, col) => (this.matrix && !this.held[at(row, col)] ? "" : brief(this.maps[n][at(row, col)], 2));
    stage.numbers(context, text, this.colours[n]);
    if (this.tiles) drawTiles(context, stage, this.tiles, n);
  }

  point(place) {
    this.place = place;
    this.show();
    if (this.matrix) markInLab(entryAt(place, this.matrix));
  }

  leave() {
    if (this.matrix) markInLab(null);
  }

  stop() {
    this.leave();
    super.stop();
  }

  key(event) {
    const place = steered(event, this.place ?? [0, 0], this.size);
    if (!place) return false;
    this.point(place);
    this.say(this.caption.textContent);
    return true;
  }

  show() {
    const { place, labels } = this;
    this.caption.textContent = place ? this.sentence(place) : labels.hint;
    for (const stage of this.stages) stage.drawCursor(place && ((context) => stage.box(context, place[0], place[1], 1, 1)));
  }

  sentence(/** @type {number[]} */ [row, column]) {
    const at = row * this.size[1] + column;
    if (this.matrix) return entryInWords(this.labels, entryAt([row, column], this.matrix), this.held[at] ? brief(this.maps[0][at]) : this.labels.no_weight);
    const value = (title, n) => fill(this.labels.value, { title, value: brief(this.maps[n][at]) });
    const words = this.tiles ? fill(this.labels.place_in, channelAt([row, column], this.tiles)) : fill(this.labels.place, { row, column });
    return inARow(words, ...this.titles.map(value));
  }
}

export default mount(MapRow);
