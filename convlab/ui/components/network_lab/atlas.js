// What the lab knows of the open network: its layers with their values, and what one place of one of them is and reads.
// A place is {layer, channel, row, col}; of a vector the channel is the entry.

const spot = ({ layer, channel, row, col }) => [layer, channel, row, col].join(",");

// A unit's value, or that it has not come yet.
const valueText = (value) => (Number.isNaN(value) ? "\u2026" : brief(value));

const MOST_KEPT = 2 ** 24; // values of a large network: 64 MiB

class Atlas {
  constructor(data, tables) {
    const { layers, labels } = data;
    this.layers = layers;
    this.labels = labels;
    this.scale = data.scale;
    this.tables = tables;
    this.large = layers.some(({ small }) => small);
    this.sizes = layers.map(({ shape: [, rows = 1, cols = 1] }) => [rows, cols]); // a vector is single units
    this.values = layers.map(() => null);
    this.scales = layers.map((_, n) => () => this.placeScale(n));
    this.known = []; // layers with their values here, those first that came first
    this.hear(data);
  }

  // Values that have come. Of a large network they are those of the layers that were open and of what these read: the others have
  // thumbnails. -> whether there are more now.
  hear(data) {
    this.places = this.layers.map(({ small }, n) => (small ? data.bytes(`small_${n}`) : null));
    const came = this.layers.map((_, n) => n).filter((n) => data.blobs[`layer_${n}`]);
    this.known = [...this.known.filter((n) => !came.includes(n)), ...came];
    const fresh = came.filter((n) => !this.knows(n)); // of the same pass a layer has the same values always
    for (const n of fresh) {
      this.values[n] = data.floats(`layer_${n}`);
      this.scales[n] = this.scaleOf(n);
    }
    this.forget(came.length);
    return fresh.length > 0;
  }

  // Of more values than are kept, those that came first.
  forget(fewest) {
    const count = () => this.known.reduce((sum, n) => sum + this.values[n].length, 0);
    while (this.known.length > fewest && count() > MOST_KEPT) {
      const n = this.known.shift();
      this.values[n] = null;
      this.scales[n] = () => this.placeScale(n);
    }
  }

  // The scale of each map of a layer.
  scaleOf(n) {
    // In a vector, or single numbers, white is always zero: on grey one value alone would be a white tile that says nothing.
    const single = this.layers[n].shape.slice(1).every((size) => size === 1);
    const whole = chooseScale(this.values[n], single ? "signed" : "auto", 0, this.tables);
    // One number alone has no range of its own.
    if (this.scale === "layer" || single) return () => ({ ...whole, automatic: false });
    return (channel) => chooseScale(this.mapOf({ layer: n, channel }), whole.signed ? "signed" : "grey", 0, this.tables);
  }

  // A layer puts out other values now, by an edit; told: {low, high, dead, constant}.
  renew(n, values, { low, high, dead, constant }) {
    const layer = this.layers[n];
    this.values[n] = values;
    this.scales[n] = this.scaleOf(n);
    layer.captions[1] = `${fixed(low, 2)} \u2026 ${fixed(high, 2)}`;
    if (!this.flat(n)) Object.assign(layer, { dead, constant });
  }

  // Whether a layer's values are here.
  knows(layer) {
    return this.values[layer] !== null;
  }

  // Of a thumbnail's places on its scale.
  placeScale(layer) {
    return { low: 0, high: 255, table: this.layers[layer].small.signed ? this.tables.diverging : this.tables.grey };
  }

  // How many maps a layer shows in the network, and one of them: {rows, cols, rgba}.
  tiles(layer) {
    return this.layers[layer].small?.maps ?? this.layers[layer].shape[0];
  }

  tile(layer, channel) {
    const { small } = this.layers[layer];
    const [rows, cols] = this.sizes[layer];
    if (!small) return { rows, cols, rgba: colourise(this.mapOf({ layer, channel }), this.scales[layer](channel)) };
    const each = small.rows * small.cols;
    return { rows: small.rows, cols: small.cols, rgba: colourise(this.places[layer].subarray(channel * each, (channel + 1) * each), this.placeScale(layer)) };
  }

  // A thumbnail as large as its map, until the map itself has come; of maps without one, nothing.
  enlarged({ layer, channel }) {
    const [rows, cols] = this.sizes[layer];
    const found = new Uint8ClampedArray(4 * rows * cols);
    if (channel >= this.tiles(layer)) return found;
    const { rows: tall, cols: wide, rgba } = this.tile(layer, channel);
    const [from, to] = [new Uint32Array(rgba.buffer), new Uint32Array(found.buffer)];
    for (let n = 0; n < to.length; n++) to[n] = from[Math.floor((Math.floor(n / cols) * tall) / rows) * wide + Math.floor(((n % cols) * wide) / cols)];
    return found;
  }

  get last() {
    return this.layers.length - 1;
  }

  mapOf({ layer, channel }) {
    const [rows, cols] = this.sizes[layer];
    return this.values[layer].subarray(channel * rows * cols, (channel + 1) * rows * cols);
  }

  // The picture of a map, or of the whole vector: 4 bytes a cell.
  colours({ layer, channel }) {
    if (!this.knows(layer)) return this.enlarged({ layer, channel });
    return colourise(this.flat(layer) ? this.values[layer] : this.mapOf({ layer, channel }), this.scales[layer](channel));
  }

  // NaN where it has not come yet.
  valueOf(place) {
    if (!this.knows(place.layer)) return NaN;
    return this.mapOf(place)[place.row * this.sizes[place.layer][1] + place.col];
  }

  flat(layer) {
    return this.layers[layer].shape.length === 1;
  }

  // A vector is shown as a picture too: its entries row by row, as square as they divide.
  stageSize(layer) {
    const { shape } = this.layers[layer];
    if (!this.flat(layer)) return shape.slice(1);
    let rows = Math.floor(Math.sqrt(shape[0]));
    while (shape[0] % rows) rows--;
    return [rows, shape[0] / rows];
  }

  placeAt(place, row, col) {
    return this.flat(place.layer) ? { ...place, channel: row * this.stageSize(place.layer)[1] + col } : { ...place, row, col };
  }

  cellOf({ layer, channel, row, col }) {
    const cols = this.stageSize(layer)[1];
    return this.flat(layer) ? [Math.floor(channel / cols), channel % cols] : [row, col];
  }

  nameOf({ layer, channel, row, col }) {
    const { labels } = this;
    if (!this.flat(layer)) return fill(labels.unit_at, { row, column: col });
    const name = this.layers[layer].names[channel];
    return fill(name ? labels.unit_named : labels.unit_flat, { n: channel, name });
  }

  // Where one is: network, layer, map, unit.
  trailOf(place) {
    const { labels } = this;
    const map = this.flat(place.layer) ? [] : [fill(labels.channel, { n: place.channel })];
    return [labels.network, this.layers[place.layer].title, ...map, this.nameOf(place)];
  }

  // The maps of a source that a map reads: from first to stop. The channels of a layer are joined in so many groups; in 0, each
  // stays apart.
  channelsOf(layer, channel, source) {
    const { groups, shape, kind } = this.layers[layer];
    const count = this.layers[source].shape[0];
    const apart = groups || count;
    const each = count / apart;
    const first = Math.floor((channel * apart) / shape[0]) * each;
    return kind === "Concat" || first + each > count ? [channel, channel + 1] : [first, first + each];
  }

  // What a unit reads: of each layer before it the maps from first to stop, and the box [row, column, height, width] in each of
  // them; no box where it reads all there is.
  reads(place) {
    const layer = this.layers[place.layer];
    if (layer.kind === "Concat") return this.joined(place);
    return layer.sources.map((source) => {
      const { shape } = this.layers[source];
      if (this.flat(place.layer) && shape.length > 1 && layer.window) {
        const [channel, ...at] = unravel(place.channel, shape);
        return { layer: source, first: channel, stop: channel + 1, box: [...at, 1, 1] };
      }
      const [first, stop] = this.channelsOf(place.layer, place.channel, source);
      if (!layer.window) return { layer: source, first, stop, box: null };
      const box = this.flat(place.layer) ? [0, 0, 1, 1] : windowOf(layer.window, [place.row, place.col], this.sizes[source]);
      return { layer: source, first, stop, box };
    });
  }

  // The one of several layers, stacked map on map, that a map comes from.
  joined({ layer, channel, row, col }) {
    let at = channel;
    for (const source of this.layers[layer].sources) {
      const [count] = this.layers[source].shape;
      if (at < count) return [{ layer: source, first: at, stop: at + 1, box: [row, col, 1, 1] }];
      at -= count;
    }
    return [];
  }

  // The unit of the same map whose receptive field lies over a pixel of the picture; that itself where all see the same.
  unitOver(place, row, col) {
    const layer = this.layers[place.layer];
    if (this.flat(place.layer) && !layer.grid) return place;
    const [channels, ...counts] = layer.grid ?? [0, ...this.sizes[place.layer]];
    const [down, across] = unitNear(layer, [row + 0.5, col + 0.5], counts);
    if (!channels) return { ...place, row: down, col: across };
    const [map] = unravel(place.channel, layer.grid);
    return { ...place, channel: (map * counts[0] + down) * counts[1] + across };
  }

  // All that a unit can see of the picture, its receptive field: a box, and how large it is in words.
  field({ layer, channel, row, col }) {
    const { labels } = this;
    const told = this.layers[layer];
    const picture = this.layers[0].shape.slice(1);
    const at = told.grid ? unravel(channel, told.grid).slice(1) : [row, col];
    const { box, real } = fieldOf(told, at);
    const [rows, columns] = told.field.size;
    const whole = String([rows, columns, ...real]) === String([...picture, ...picture]);
    const [real_rows, real_columns] = real;
    const inside = rows === real_rows && columns === real_columns;
    if (told.ruled === false) return { box, words: fill(labels.field_measured, { rows, columns }) };
    return { box, words: whole ? labels.field_all : fill(inside ? labels.field_inside : labels.field_words, { rows, columns, real_rows, real_columns }) };
  }
}
