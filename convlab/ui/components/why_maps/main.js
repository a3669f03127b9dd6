// What speaks for a class, one map for each network. Pointing tells a value. Where a square covers the picture, PyTorch tells over
// a route what the logit loses: it follows the hand.

class WhyMaps extends Component {
  constructor(root, data) {
    super(root, data);
    this.row = element("div.whys");
    this.reading = element("p.reading.numbers", { role: "status" });
    this.messenger = new Messenger(root, {
      question: () => this.question(),
      answered: (message) => this.answered(message),
      overtaken: (message) => this.answered(message),
      tell: () => {},
    });
    this.stages = [];
    this.root.replaceChildren(this.row, this.reading);
  }

  update(data) {
    if (data.identity !== this.data?.identity) this.told = null;
    this.data = data;
    this.messenger.route = data.cover.secret && data.cover.size_px ? data.cover.route : "";
    this.messenger.drop();
    const [height, width] = data.size;
    if (this.stages.length !== data.maps.length) this.build();
    this.values = data.floats("values");
    for (const [n, { title, below }] of data.maps.entries()) {
      const { stage, caption } = this.stages[n];
      stage.show(height, width, planesToRgba(data.bytes("pictures"), height * width, n));
      stage.cursor.setAttribute("aria-label", title);
      writeInto(caption, below);
    }
    this.root.dataset.told = data.identity;
    this.place ??= data.cover.size_px ? [height / 2, width / 2] : null;
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

  point(place) {
    this.place = place;
    this.show();
    this.ask();
  }

  key(event) {
    const place = steered(event, this.place ?? [0, 0], this.data.size);
    if (!place) return false;
    this.point(place);
    return true;
  }

  ask() {
    if (this.messenger.hasRoute) this.messenger.ask();
  }

  // The square around a place, cut off by no edge.
  corner(/** @type {number[]} */ [row, column]) {
    const { size: [height, width], cover: { size_px } } = this.data;
    const half = Math.floor(size_px / 2);
    return [clamp(row - half, 0, height - size_px), clamp(column - half, 0, width - size_px)];
  }

  question() {
    const { cover, maps } = this.data;
    return { header: { secret: cover.secret, controls: cover.controls, size: cover.size_px, corner: this.corner(this.place), targets: maps.map(({ target }) => target) }, pixels: new Uint8Array() };
  }

  answered(message) {
    if (message.secret !== this.data.cover.secret) return;
    this.told = message;
    this.show();
  }

  show() {
    const { place, data, labels } = this;
    const { cover: { size_px } } = data;
    const live = Boolean(size_px && this.messenger.hasRoute);
    for (const { stage } of this.stages) {
      const [row, column] = place && live ? this.corner(place) : (place ?? [0, 0]);
      const side = live ? size_px : 1;
      stage.drawCursor(place && ((context) => stage.box(context, row, column, side, side)));
    }
    writeInto(this.reading, place ? [this.value(place), ...(live ? data.maps.map((_, n) => this.lost(n)) : [])].join(" ") : labels.hint);
    this.root.dataset.covered = this.told ? this.told.corner.join() : "";
  }

  value(/** @type {number[]} */ [row, column]) {
    const [height, width] = this.data.size;
    const values = this.data.maps.map((_, n) => brief(this.values[n * height * width + row * width + column], 3));
    return fill(this.labels.value, { row, column, value: values.join(" / ") });
  }

  // What a square costs: of the place in the hand, or of the last one that was answered.
  lost(n) {
    const { labels, told } = this;
    const { maps, cover: { size_px } } = this.data;
    const [top, left] = told?.corner ?? this.corner(this.place);
    const square = fill(labels.covered, { top, bottom: top + size_px - 1, left, right: left + size_px - 1, name: maps[n].name });
    if (!told) return `${square} ${labels.asking}`;
    const [whole, kept] = [told.whole[n], told.kept[n]];
    return `${square} ${fill(labels.lost, { whole: fixed(whole, 3), kept: fixed(kept, 3), lost: fixed(whole - kept, 3) })}`;
  }
}

const planesToRgba = (planes, count, n) => interleaved(planes, count, n * CHANNELS * count);

export default mount(WhyMaps);
