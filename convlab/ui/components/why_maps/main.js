// What speaks for a class, a map for each network. Pointing tells a value, and covers with a square what the value is about: PyTorch
// tells what the logit loses by that, and follows the hand.

class WhyMaps extends Component {
  constructor(root, data) {
    super(root, data);
    this.row = element("div.whys");
    this.reading = element("p.reading.numbers", { role: "status" });
    this.looking = new Looking(root, { question: () => this.question(), shown: (message) => this.answered(message) });
    this.taking = new Taking(EXPLAINED, (message) => this.update({ ...message, ...message.why }));
    this.stages = [];
    this.root.replaceChildren(element("div.told", {}, this.row, this.reading));
  }

  update(data) {
    if (data.identity !== this.data?.identity) this.told = null; // what was covered before was of another picture
    this.data = data;
    this.looking.hear(data.look);
    this.looking.drop();
    const [height, width] = data.size;
    if (this.stages.length !== data.maps.length) this.build();
    this.values = data.floats("why_values");
    const pictures = data.bytes("why_pictures");
    for (const [n, { title, below }] of data.maps.entries()) {
      const { stage, caption } = this.stages[n];
      stage.cursor.setAttribute("aria-label", title);
      writeInto(caption, below);
      stage.show(height, width, interleaved(pictures, height * width, n * CHANNELS * height * width));
    }
    this.root.dataset.told = data.identity;
    this.show();
    if (this.place) this.ask();
  }

  build() {
    const one = () => {
      const stage = new Stage("", this.labels.keys, { point: (row, column) => this.point([row, column]), key: (event) => this.key(event) });
      const caption = element("figcaption.quiet");
      return { stage, caption, node: element("figure", {}, stage.node, caption) };
    };
    this.stages = this.data.maps.map(one);
    this.row.replaceChildren(...this.stages.map(({ node }) => node));
  }

  // Whether there is who tells what the square costs.
  get covers() {
    return this.looking.messenger.hasRoute;
  }

  point(place) {
    this.place = place;
    this.show();
    this.ask();
  }

  key(event) {
    const [height, width] = this.data.size;
    const place = steered(event, this.place ?? [height / 2, width / 2], [height, width]);
    if (!place) return false;
    this.point(place);
    return true;
  }

  ask() {
    if (this.covers) this.looking.ask();
  }

  // The first pixel of the square around a place: at an edge it stays whole.
  get corner() {
    const { size, cover } = this.data;
    return this.place.map((at, axis) => clamp(at - Math.floor(cover.size / 2), 0, size[axis] - cover.size));
  }

  question() {
    return { controls: this.data.look.controls, cover: [...this.corner, this.data.cover.size] };
  }

  answered(message) {
    this.told = message;
    this.show();
    this.root.dataset.told = `${this.data.identity}@${message.cover.join()}`;
  }

  show() {
    const { place, labels } = this;
    for (const { stage } of this.stages) stage.drawCursor(place && ((context) => this.draw(context, stage)));
    const words = [place ? this.value(place) : this.covers ? labels.hint_cover : labels.hint];
    if (place && this.covers) words.push(...this.lost(this.told?.cover ?? this.corner));
    writeInto(this.reading, inARow(...words));
  }

  draw(context, stage) {
    if (!this.covers) return stage.box(context, ...this.place, 1, 1);
    const [row, column] = this.corner;
    const { size, colour } = this.data.cover;
    context.fillStyle = `rgb(${colour})`;
    context.fillRect(...[column, row, size, size].map((cells) => cells * stage.cell));
    return stage.box(context, row, column, size, size);
  }

  value(/** @type {number[]} */ [row, column]) {
    const [height, width] = this.data.size;
    const values = this.data.maps.map((_, n) => brief(this.values[n * height * width + row * width + column], 3));
    return fill(this.labels.value, { row, column, value: values.join(" / ") });
  }

  // What a square costs: of the place in the hand, or of the last one that was answered.
  lost(/** @type {number[]} */ [top, left]) {
    const { labels, told } = this;
    const { maps, cover: { size } } = this.data;
    const square = fill(size > 1 ? labels.covered : labels.covered_pixel, { top, bottom: top + size - 1, left, right: left + size - 1 });
    if (!told) return [square, labels.asking];
    const costs = maps.map(({ name, target, logit }, n) => {
      const kept = told.said[n].logits[target];
      return fill(labels.lost, { name, whole: fixed(logit, 3), kept: fixed(kept, 3), lost: fixed(logit - kept, 3) });
    });
    return [square, ...costs];
  }
}

export default mount(WhyMaps);
