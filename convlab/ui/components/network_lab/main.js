// A network layer by layer: the overview, one open layer, one unit; a single cursor over all of it.

const LAYER_S = 1.4; // that the player stays at each

const spot = ({ layer, channel, row, col }) => [layer, channel, row, col].join(",");

class NetworkLab extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.revisions = new Revisions();
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey") };
    this.columns = element("div.columns", { tabindex: 0, role: "group", "aria-label": labels.overview });
    this.trail = element("nav.trail", { "aria-label": labels.trail });
    this.player = new Player(labels, {
      name: labels.walk,
      at: () => this.pinned.layer,
      last: () => this.data.layers.length - 1,
      show: (layer) => layer !== this.pinned.layer && this.open(layer, true),
      pace: (layer, seconds) => layer + seconds / LAYER_S,
    });
    const stage = (label, point = undefined) => new Stage(label, labels.keys, { point, leave: () => this.show(this.pinned), key: (event) => this.key(event) });
    this.picture = stage(labels.picture);
    this.source = stage(labels.source, (row, col) => this.pointSource(row, col));
    this.map = stage(labels.map, (row, col) => this.show(this.placeAt(this.pinned, row, col)));
    this.map.cursor.addEventListener("click", () => this.pin(this.cursor));
    this.legend = new Legend(labels);
    this.captions = { picture: element("p"), source: element("p"), map: element("p") };
    this.channelPick = element("div.channels", { role: "group", "aria-label": labels.channels });
    this.remark = element("p.remark");
    this.verdict = element("p.verdict");
    this.unit = element("section.unit", { "aria-live": "polite" });
    const figure = (title, stage, caption, ...rest) => element("section.picture", {}, element("h3", {}, title), stage.node, caption, ...rest);
    this.inspector = element("div.inspector", {},
      figure(labels.picture, this.picture, this.captions.picture),
      figure(labels.source, this.source, this.captions.source),
      figure(labels.map, this.map, this.captions.map, this.legend.node));
    this.root.replaceChildren(this.player.node, this.columns, this.verdict, this.trail, this.channelPick, this.remark, this.inspector, this.unit, this.live);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.columns.focus();
      this.point(this.pinned);
    });
  }

  update(data) {
    const another = this.revisions.hear(data.place.revision, data.identity);
    this.data = data;
    this.values = data.layers.map((_, n) => data.floats(`layer_${n}`));
    this.sizes = data.layers.map(({ shape: [, rows = 1, cols = 1] }) => [rows, cols]); // a vector is single units
    if (!this.revisions.stale) this.pinned = { ...data.place };
    if (another) this.rebuild();
    this.open(this.pinned.layer, false);
    this.root.dataset.told = spot(data.place);
    this.unit.replaceChildren(...unitDetail(data.labels, data.detail, this.tables.diverging));
    this.verdict.textContent = data.verdict;
  }

  rebuild() {
    const { layers, scale } = this.data;
    this.layerColumns = layers.map((layer, n) => new LayerColumn(n, layer, this));
    this.columns.replaceChildren(...this.layerColumns.map((column) => column.node));
    for (const height of HEIGHTS_PX) {
      this.layerColumns.forEach((column) => column.fit(height));
      if (this.columns.scrollWidth <= this.columns.clientWidth) break;
    }
    this.scales = layers.map((layer, n) => {
      const whole = chooseScale(this.values[n], "auto", 0, this.tables);
      // One number alone has no range of its own.
      if (scale === "layer" || layer.shape.length === 1) return () => ({ ...whole, automatic: false });
      return (channel) => chooseScale(this.mapOf({ layer: n, channel }), whole.signed ? "signed" : "grey", 0, this.tables);
    });
    this.layerColumns.forEach((column, n) => column.draw(this.values[n], this.scales[n], new Set(layers[n].dead)));
  }

  mapOf({ layer, channel }) {
    const [rows, cols] = this.sizes[layer];
    return this.values[layer].subarray(channel * rows * cols, (channel + 1) * rows * cols);
  }

  // A vector is shown as a picture too: its entries row by row, as square as they divide.
  stageSize(layer) {
    const { shape } = this.data.layers[layer];
    if (!this.flat(layer)) return shape.slice(1);
    let rows = Math.floor(Math.sqrt(shape[0]));
    while (shape[0] % rows) rows--;
    return [rows, shape[0] / rows];
  }

  flat(layer) {
    return this.data.layers[layer].shape.length === 1;
  }

  placeAt(place, row, col) {
    return this.flat(place.layer) ? { ...place, channel: row * this.stageSize(place.layer)[1] + col } : { ...place, row, col };
  }

  cellOf({ layer, channel, row, col }) {
    const cols = this.stageSize(layer)[1];
    return this.flat(layer) ? [Math.floor(channel / cols), channel % cols] : [row, col];
  }

  open(index, tell) {
    const [rows, cols] = this.sizes[index];
    const { layer, channel } = this.pinned;
    const most = this.data.layers[index].shape[0] - 1;
    if (layer !== index) this.pinned = { layer: index, channel: Math.min(channel, most), row: rows >> 1, col: cols >> 1 };
    this.layerColumns.forEach((column, n) => column.mark(n === index));
    this.bringIntoView(this.layerColumns[index].node);
    this.show(this.pinned);
    if (tell) this.tell();
  }

  // Sideways only: scrollIntoView would move the page too, past its own title on a phone.
  bringIntoView(node) {
    const [item, frame] = [node.getBoundingClientRect(), this.columns.getBoundingClientRect()];
    if (item.left < frame.left) this.columns.scrollLeft -= frame.left - item.left;
    else if (item.right > frame.right) this.columns.scrollLeft += item.right - frame.right;
  }

  pin(place) {
    this.pinned = { ...place };
    this.open(place.layer, true);
  }

  tell() {
    this.send("place", { ...this.pinned, revision: this.revisions.next() });
  }

  key(event) {
    const cell = steered(event, this.cellOf(this.pinned), this.stageSize(this.pinned.layer));
    if (cell) {
      this.pinned = this.placeAt(this.pinned, ...cell);
      this.show(this.pinned);
    } else if (event.key === "Enter") this.tell();
    else if (event.key === "PageUp") this.player.step(-1);
    else if (event.key === "PageDown") this.player.step(1);
    else return false;
    return true;
  }

  point(place) {
    this.player.pause();
    this.show(place);
  }

  // Pointing at the layer before marks the unit whose window is centred nearest to it.
  pointSource(row, col) {
    const { window: w } = this.data.layers[this.pinned.layer];
    if (!w || w.bins) return;
    if (this.flat(this.pinned.layer)) {
      const from = this.sourceOf(this.pinned);
      const [height, width] = this.stageSize(from.layer);
      const first = this.flat(from.layer) ? 0 : from.channel * height * width;
      this.show({ ...this.pinned, channel: first + row * width + col });
    } else {
      const unit = unitOver(w, [row, col], this.sizes[this.pinned.layer]);
      this.show({ ...this.pinned, row: unit[0], col: unit[1] });
    }
  }

  show(place) {
    this.cursor = place;
    this.root.dataset.shown = spot(place);
    const { labels, layers } = this.data;
    const layer = layers[place.layer];
    const cols = this.sizes[place.layer][1];
    const identity = `${this.data.identity}|${place.layer}|${place.channel}`;
    if (identity !== this.shown) this.showMaps(place, identity);
    const value = this.mapOf(place)[place.row * cols + place.col];
    const w = layer.window;
    const from = this.sourceOf(place);
    const read = this.windowBox(layer, place, from);
    const field = this.field(layer, place);
    this.map.drawCursor((context, stage) => stage.box(context, ...this.cellOf(place), 1, 1));
    this.source.drawCursor((context, stage) => stage.box(context, ...read));
    this.picture.drawCursor((context, stage) => stage.box(context, ...field.box));
    this.frames(place, w ? from : null, read, field.box);
    const at = this.flat(place.layer) ? fill(labels.unit_flat, { n: place.channel }) : fill(labels.unit_at, { row: place.row, column: place.col });
    this.captions.map.textContent = `${at}: ${brief(value)}`;
    this.captions.picture.textContent = field.words;
    const [rows, columns] = w?.kernel || read.slice(2);
    this.captions.source.textContent = w ? fill(labels.window_words, { rows, columns }) : labels.window_all;
    this.say(`${layer.title}, ${this.captions.map.textContent}`);
    const map = this.flat(place.layer) ? [] : [fill(labels.channel, { n: place.channel })];
    this.trail.textContent = [labels.network, layer.title, ...map, at].join(" \u203a ");
  }

  // The same boxes in the overview: the unit, what it reads, and what it can see of the picture.
  frames(place, from, read, seen) {
    const boxes = new Map([[0, [0, seen]]]);
    if (from) boxes.set(from.layer, [from.channel, this.flat(from.layer) ? [0, 0, 1, 1] : read]);
    boxes.set(place.layer, [place.channel, this.flat(place.layer) ? [0, 0, 1, 1] : [place.row, place.col, 1, 1]]);
    this.layerColumns.forEach((column, n) => column.box(...(boxes.get(n) || [])));
  }

  // Where a unit reads: the map of the same number, or for an entry the unit that it was.
  sourceOf({ layer, channel }) {
    const source = this.data.layers[layer].sources[0] || 0;
    const { shape } = this.data.layers[source];
    if (this.flat(layer) && shape.length > 1) return { layer: source, channel: unravel(channel, shape)[0] };
    return { layer: source, channel: Math.min(channel, shape[0] - 1) };
  }

  windowBox({ window: w }, place, from) {
    if (!w) return [0, 0, ...this.stageSize(from.layer)];
    if (this.flat(place.layer)) {
      const cell = this.flat(from.layer) ? this.cellOf(from) : unravel(place.channel, this.data.layers[from.layer].shape).slice(1);
      return [...cell, 1, 1];
    }
    return windowOf(w, [place.row, place.col], this.stageSize(from.layer));
  }

  // All that the unit can see of the picture: the receptive field.
  field(layer, place) {
    const { labels } = this.data;
    const picture = this.data.layers[0].shape.slice(1);
    const at = layer.grid ? unravel(place.channel, layer.grid).slice(1) : [place.row, place.col];
    const { box, real } = fieldOf(layer, at);
    const [rows, columns] = layer.field.size;
    const whole = String([rows, columns, ...real]) === String([...picture, ...picture]);
    const [real_rows, real_columns] = real;
    return { box, words: whole ? labels.field_all : fill(labels.field_words, { rows, columns, real_rows, real_columns }) };
  }

  showMaps(place, identity) {
    this.shown = identity;
    const { labels, layers } = this.data;
    const layer = layers[place.layer];
    for (const [stage, at] of [[this.map, place], [this.source, this.sourceOf(place)]]) {
      const values = this.flat(at.layer) ? this.values[at.layer] : this.mapOf(at);
      stage.show(...this.stageSize(at.layer), colourise(values, this.scales[at.layer](at.channel)));
    }
    this.legend.show(this.scales[place.layer](place.channel));
    this.picture.show(...this.sizes[0], new Uint8ClampedArray(this.data.bytes("picture")));
    this.remark.textContent = layer.dead.includes(place.channel) ? labels.dead : "";
    this.showChannels(place);
  }

  // Buttons are kept while the layer is the same, so that the one pressed keeps the focus.
  showChannels(place) {
    const { labels, layers } = this.data;
    const count = this.flat(place.layer) ? 0 : Math.min(layers[place.layer].shape[0], 64);
    if (this.channelPick.children.length !== count) {
      const choose = (n) => () => this.pin({ ...this.pinned, channel: n });
      this.channelPick.replaceChildren(...Array.from({ length: count }, (_, n) =>
        button(String(n), choose(n), { class: "channel", "aria-label": fill(labels.channel, { n }) })));
    }
    [...this.channelPick.children].forEach((one, n) => one.setAttribute("aria-pressed", String(n === place.channel)));
  }
}

export default mount(NetworkLab);
