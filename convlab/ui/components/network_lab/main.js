// A network layer by layer: the overview, one open layer, one unit; a single cursor over all of it.

const PLAY_MS = 1400;

class NetworkLab {
  constructor(root) {
    this.root = root;
  }

  build(data) {
    const { labels } = data;
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey") };
    this.columns = element("div.columns", { tabindex: 0, role: "group", "aria-label": labels.overview });
    this.trail = element("nav.trail", { "aria-label": labels.trail });
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    this.playButton = button(labels.play, () => (this.timer ? this.pause() : this.play()));
    this.controls = element("div.controls", { role: "group", "aria-label": labels.walk },
      button(labels.previous, () => this.step(-1)), this.playButton, button(labels.next, () => this.step(1)));
    const keys = (event) => this.key(event);
    const pointing = (tell) => ({ point: tell, leave: () => this.show(this.pinned), key: keys });
    this.picture = new Stage(labels.picture, labels.keys, pointing(() => {}));
    this.source = new Stage(labels.source, labels.keys, pointing((row, col) => this.pointSource(row, col)));
    this.map = new Stage(labels.map, labels.keys, pointing((row, col) => this.show({ ...this.pinned, row, col })));
    this.map.cursor.addEventListener("click", () => this.pin(this.cursor));
    this.legend = new Legend(labels);
    this.captions = { picture: element("p"), source: element("p"), map: element("p") };
    this.channelPick = element("div.channels", { role: "group", "aria-label": labels.channels });
    this.remark = element("p.remark");
    this.verdict = element("p.verdict");
    this.unit = new UnitDetail(labels, this.tables.diverging);
    this.live = element("p.visually-hidden", { "aria-live": "polite" });
    const figure = (title, stage, caption, ...rest) => element("section.picture", {}, element("h3", {}, title), stage.node, caption, ...rest);
    this.inspector = element("div.inspector", {},
      figure(labels.picture, this.picture, this.captions.picture),
      figure(labels.source, this.source, this.captions.source),
      figure(labels.map, this.map, this.captions.map, this.legend.node));
    this.root.replaceChildren(this.controls, this.columns, this.verdict, this.trail, this.channelPick, this.remark, this.inspector, this.unit.node, this.live);
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.up();
    });
  }

  update(data) {
    if (!this.unit) this.build(data);
    this.data = data;
    this.values = data.layers.map((_, n) => data.floats(`layer_${n}`));
    if (data.identity !== this.identity) this.rebuild();
    if (!this.waiting || data.place.revision >= this.waiting) this.pinned = { ...data.place };
    this.waiting = 0;
    this.open(this.pinned.layer, false);
    this.unit.show(data.detail);
    this.verdict.textContent = data.verdict;
  }

  rebuild() {
    const { layers, scale } = this.data;
    this.identity = this.data.identity;
    const handlers = {
      open: (index) => this.open(index, true),
      point: (place) => this.point(place),
      leave: () => this.show(this.pinned),
      choose: (place) => this.pin(place),
    };
    this.layerColumns = layers.map((layer, n) => new LayerColumn(n, layer, this.data.labels, handlers));
    this.columns.replaceChildren(...this.layerColumns.map((column) => column.node));
    this.scales = layers.map((layer, n) => {
      const whole = chooseScale(this.values[n], "auto", 0, this.tables);
      // One number alone has no range of its own.
      if (scale === "layer" || layer.shape.length === 1) return () => ({ ...whole, automatic: false });
      return (channel) => chooseScale(this.mapOf({ layer: n, channel }), whole.signed ? "signed" : "grey", 0, this.tables);
    });
    this.layerColumns.forEach((column, n) => column.draw(this.values[n], this.scales[n], new Set(layers[n].dead)));
  }

  size(layer) {
    const { shape } = this.data.layers[layer];
    return shape.length === 1 ? [1, 1] : shape.slice(1);
  }

  mapOf({ layer, channel }) {
    const [rows, cols] = this.size(layer);
    return this.values[layer].subarray(channel * rows * cols, (channel + 1) * rows * cols);
  }

  // --- the way: network > layer > map > unit ----------------------------------------------------------

  open(index, tell) {
    const [rows, cols] = this.size(index);
    const { shape } = this.data.layers[index];
    const place = this.pinned;
    if (place.layer !== index) {
      this.pinned = { layer: index, channel: Math.min(place.channel, shape[0] - 1), row: rows >> 1, col: cols >> 1 };
    }
    this.layerColumns.forEach((column, n) => column.mark(n === index));
    this.layerColumns[index].node.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.show(this.pinned);
    if (tell) this.tell();
  }

  pin(place) {
    const moved = place.layer !== this.pinned.layer;
    this.pinned = { ...place };
    if (moved) this.open(place.layer, false);
    this.show(this.pinned);
    this.tell();
  }

  tell() {
    const { layer, channel, row, col } = this.pinned;
    this.waiting = (this.data.place.revision || 0) + 1;
    this.component.setTriggerValue("place", { layer, channel, row, col, revision: this.waiting });
  }

  up() {
    this.pause();
    this.columns.focus();
    this.show(this.pinned);
  }

  step(by) {
    this.pause();
    this.open(Math.max(0, Math.min(this.data.layers.length - 1, this.pinned.layer + by)), true);
  }

  play() {
    this.playButton.textContent = this.data.labels.pause;
    this.playButton.setAttribute("aria-pressed", "true");
    if (this.pinned.layer === this.data.layers.length - 1) this.open(0, false);
    this.timer = setInterval(() => {
      if (this.pinned.layer === this.data.layers.length - 1) {
        this.pause();
        this.tell();
      } else this.open(this.pinned.layer + 1, false);
    }, PLAY_MS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.playButton.textContent = this.data.labels.play;
    this.playButton.setAttribute("aria-pressed", "false");
  }

  key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    const [rows, cols] = this.size(this.pinned.layer);
    const within = (value, size) => Math.max(0, Math.min(size - 1, value));
    if (move) {
      this.pinned = { ...this.pinned, row: within(this.pinned.row + move[0], rows), col: within(this.pinned.col + move[1], cols) };
      this.show(this.pinned);
    } else if (event.key === "Enter") this.tell();
    else if (event.key === "PageUp") this.step(-1);
    else if (event.key === "PageDown") this.step(1);
    else return false;
    return true;
  }

  // --- the cursor --------------------------------------------------------------------------------------

  point(place) {
    this.pause();
    this.show(place);
  }

  // Pointing at the layer before marks the unit whose window is centred nearest to it.
  pointSource(row, col) {
    const { window: w } = this.data.layers[this.pinned.layer];
    if (!w) return;
    const [rows, cols] = this.size(this.pinned.layer);
    const unit = (at, axis, count) => {
      const centre = (w.dilation[axis] * (w.kernel[axis] - 1)) / 2 - w.padding[axis];
      return Math.max(0, Math.min(count - 1, Math.round((at - centre) / w.stride[axis])));
    };
    this.show({ ...this.pinned, row: unit(row, 0, rows), col: unit(col, 1, cols) });
  }

  show(place) {
    this.cursor = place;
    const { labels, layers } = this.data;
    const layer = layers[place.layer];
    const [rows, cols] = this.size(place.layer);
    const identity = `${this.identity}|${place.layer}|${place.channel}`;
    if (identity !== this.shown) this.showMaps(place, identity);
    const value = this.mapOf(place)[place.row * cols + place.col];
    this.map.drawCursor((context, stage) => stage.box(context, place.row, place.col, 1, 1));
    const w = layer.window;
    this.source.drawCursor((context, stage) => {
      if (!w) stage.box(context, 0, 0, stage.rows, stage.cols);
      else {
        const start = (at, axis) => at * w.stride[axis] - w.padding[axis];
        const extent = (axis) => w.dilation[axis] * (w.kernel[axis] - 1) + 1;
        stage.box(context, start(place.row, 0), start(place.col, 1), extent(0), extent(1));
      }
    });
    const field = this.field(layer, place);
    this.picture.drawCursor((context, stage) => stage.box(context, ...field.box));
    const at = layer.shape.length === 1 ? fill(labels.unit_flat, { n: place.channel }) : fill(labels.unit_at, { row: place.row, column: place.col });
    this.captions.map.textContent = `${at}: ${brief(value)}`;
    this.captions.picture.textContent = field.words;
    this.captions.source.textContent = w ? fill(labels.window_words, { rows: w.kernel[0], columns: w.kernel[1] }) : labels.window_all;
    this.live.textContent = `${layer.title}, ${this.captions.map.textContent}`;
    this.breadcrumb(layer, place, at);
  }

  // The receptive field: all that the unit can see of the picture, clipped to real pixels for the words.
  field(layer, place) {
    const [height, width] = this.data.layers[0].shape.slice(1);
    const { field } = layer;
    if (!field) return { box: [0, 0, height, width], words: this.data.labels.field_all };
    const top = field.start[0] + place.row * field.jump[0];
    const left = field.start[1] + place.col * field.jump[1];
    const real = (start, size, n) => Math.max(0, Math.min(n, start + size) - Math.max(0, start));
    const words = fill(this.data.labels.field_words, {
      rows: field.size[0], columns: field.size[1],
      real_rows: real(top, field.size[0], height), real_columns: real(left, field.size[1], width),
    });
    return { box: [top, left, field.size[0], field.size[1]], words };
  }

  showMaps(place, identity) {
    this.shown = identity;
    const { labels, layers } = this.data;
    const layer = layers[place.layer];
    const scale = this.scales[place.layer](place.channel);
    this.map.show(...this.size(place.layer), colourise(this.mapOf(place), scale));
    this.legend.show(scale);
    const source = layer.sources.length ? layer.sources[0] : 0;
    const from = { layer: source, channel: Math.min(place.channel, layers[source].shape[0] - 1) };
    this.source.show(...this.size(source), colourise(this.mapOf(from), this.scales[source](from.channel)));
    const [height, width] = layers[0].shape.slice(1);
    this.picture.show(height, width, new Uint8ClampedArray(this.data.bytes("picture")));
    this.remark.textContent = layer.dead.includes(place.channel) ? labels.dead : "";
    const pick = Array.from({ length: Math.min(layer.shape[0], 64) }, (_, n) =>
      element("button.channel", { type: "button", "aria-pressed": String(n === place.channel), "aria-label": fill(labels.channel, { n }), onclick: () => this.pin({ ...this.pinned, channel: n }) }, String(n)));
    this.channelPick.replaceChildren(...pick);
  }

  breadcrumb(layer, place, at) {
    const parts = [this.data.labels.network, layer.title, fill(this.data.labels.channel, { n: place.channel }), at];
    this.trail.textContent = parts.join(" \u203a ");
  }

  destroy() {
    this.pause();
    for (const stage of [this.picture, this.source, this.map]) stage.destroy();
  }
}

export default function (component) {
  return mountOnce(component, (root) => new NetworkLab(root));
}
