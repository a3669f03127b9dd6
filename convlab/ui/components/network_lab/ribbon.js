// The network as one picture: the photograph at the left, a column of maps for each layer, the verdict at the right, joined by lines.

const STACKED_PX = 860; // below it the ribbon is scrolled sideways where it must be, and all else stands below each other
const NAME_PX = 30; // above the maps
const SHAPE_PX = 22; // below them
const PHOTO_PX = 104;

// The picture as it is, with what the unit can see of it.
class Photo {
  constructor(labels) {
    this.rows = this.cols = 1;
    this.canvas = element("canvas", { role: "img", "aria-label": labels.photograph });
    this.frame = element("div.frame", { hidden: true });
    this.node = element("div.photo", {}, element("span.name", {}, labels.photograph), element("div.maps", {}, element("div.shown", {}, this.canvas, this.frame)));
  }

  show(rgba, /** @type {number[]} */ [rows, cols]) {
    paint(this.canvas, new Uint8ClampedArray(rgba), cols, rows);
    this.rows = rows;
    this.cols = cols;
    this.canvas.style.aspectRatio = `${cols} / ${rows}`;
  }

  box(/** @type {number[]} */ [row, col, height, width]) {
    const share = (at, size) => `${(100 * clamp(at, 0, size)) / size}%`;
    const [top, bottom] = [row, row + height].map((at) => clamp(at, 0, this.rows));
    const [left, right] = [col, col + width].map((at) => clamp(at, 0, this.cols));
    Object.assign(this.frame.style, {
      top: share(top, this.rows), left: share(left, this.cols), height: share(bottom - top, this.rows), width: share(right - left, this.cols),
    });
    this.frame.hidden = false;
  }
}

class Ribbon {
  constructor(lab) {
    this.lab = lab;
    const { labels } = lab;
    this.photograph = new Photo(labels);
    this.wiring = new Wiring(lab.tables);
    this.columns = element("div.columns", { tabindex: 0, role: "group", "aria-label": labels.overview, onkeydown: (event) => {
      if (event.target === this.columns && lab.key(event)) event.preventDefault();
    } });
    this.inner = element("div.inner", {}, this.wiring.faint, this.photograph.node, this.columns, this.wiring.strong);
    this.node = element("div.ribbon", {}, this.inner);
    this.key = element("p.key.quiet", {}, labels.lines);
    this.unfolded = new Set();
    this.height = this.clientWidth = 0;
    this.zoom = 1;
    this.seat = (layer) => this.seats[layer] ?? null;
  }

  get atlas() {
    return this.lab.atlas;
  }

  // Another network, picture or weights.
  rebuild() {
    const { atlas, lab } = this;
    this.layerColumns = atlas.layers.map((_, n) => new LayerColumn(n, lab));
    const structure = JSON.stringify(atlas.layers.map(likeness));
    if (structure !== this.structure) {
      this.structure = structure;
      this.unfolded.clear();
      this.runs = repeats(atlas.layers);
    }
    this.photograph.show(lab.data.bytes("picture"), atlas.sizes[0]);
    this.arrangement = "";
    this.lay();
  }

  // Values have changed from a layer on: by an edit.
  redraw(first = 0) {
    for (const column of this.layerColumns.slice(first)) if (column.laid) column.draw(column.ratio);
  }

  get stacked() {
    return this.lab.layout.stacked;
  }

  // What stands side by side in this width, and which of it has room for its name.
  chosen(width) {
    const open = this.lab.pinned.layer;
    const { layers } = this.atlas;
    const roomy = layers.length * LEAST_PITCH_PX <= width;
    let items = roomy ? layers.map((_, layer) => ({ layer })) : folded(layers, this.runs, open, this.unfolded);
    const most = Math.floor((width - 3 * PITCH_PX) / THIN_PX);
    if (!this.stacked) items = windowed(items, open, Math.max(8, most));
    const at = items.findIndex(({ layer }) => layer === open);
    const wide = this.stacked ? new Set(items.keys()) : widened(items.length, at, width, items.filter((item) => item.layer === undefined).length);
    return { items, wide };
  }

  // In this height, and the width that there is: asked once, not while one steps through the layers.
  arrange(height) {
    Object.assign(this, { height, clientWidth: this.node.clientWidth, zoom: zoomOf(this.node) });
    this.lay();
  }

  // Lay all out; what is laid out already stays as it is.
  lay() {
    const { clientWidth, height, zoom } = this;
    if (!clientWidth || !this.layerColumns) return;
    const photo = this.stacked ? 0 : PHOTO_PX + APART_PX;
    const { items, wide } = this.chosen(clientWidth - photo);
    const arrangement = JSON.stringify([items, [...wide], clientWidth, height, zoom]);
    if (arrangement === this.arrangement) return;
    this.arrangement = arrangement;
    this.items = items;
    this.seats = {};
    items.forEach(({ layer, first, stop }, n) => {
      for (let one = layer ?? first; one < (stop ?? layer + 1); one++) this.seats[one] = n;
    });
    this.wiring.ribbon = this;
    const above = this.wiring.room;
    const maps = Math.max(60, height - NAME_PX - SHAPE_PX - above);
    const least = items.length * PITCH_PX;
    const width = this.stacked ? Math.max(clientWidth, least + 40) : clientWidth - photo - 1;
    const pitch = pitchOf(items.length, width);
    const slots = arranged(items.map(({ layer }) => layer === undefined ? null : this.layerColumns[layer].tiles), wide, width, maps, pitch);
    this.shown = items.map((item, n) => this.pieceOf(item, slots[n], wide.has(n)));
    this.inner.style.setProperty("--arcs", `${above}px`);
    this.inner.style.setProperty("--maps", `${maps}px`);
    this.head = above;
    const nodes = this.shown.map(({ node }) => node);
    if (nodes.length !== this.columns.children.length || nodes.some((node, n) => node !== this.columns.children[n])) this.columns.replaceChildren(...nodes);
    this.mark();
    this.measure();
    this.wiring.arrange(this);
    this.lab.flow.arrange();
  }

  pieceOf(item, slot, named) {
    if (item.layer === undefined) {
      const fold = new Fold(item, this.lab.labels, () => this.unfold(item));
      fold.node.style.width = `${slot.slot}px`;
      return fold;
    }
    const column = this.layerColumns[item.layer];
    column.fit(slot, named);
    return column;
  }

  // Where all stand, asked once: not while one points.
  measure() {
    const zoom = zoomOf(this.inner);
    const origin = this.inner.getBoundingClientRect();
    const inside = (node) => {
      const box = node.getBoundingClientRect();
      const [left, top] = [(box.left - origin.left) / zoom, (box.top - origin.top) / zoom];
      return { left, top, right: left + box.width / zoom, bottom: top + box.height / zoom };
    };
    this.size = { width: origin.width / zoom, height: origin.height / zoom };
    this.ratio = pixelsOf(this.inner);
    for (const piece of this.shown) piece.at = inside(piece.canvas ?? piece.node.firstChild);
    this.photo = this.stacked ? null : inside(this.photograph.canvas);
    this.inside = inside;
  }

  // Where the rows of the verdict stand: [[channel, box], ...].
  get verdict() {
    const { rows } = this.lab.verdict;
    if (this.stacked) return [];
    return rows.map(([channel, node]) => {
      const { top, bottom } = this.inside(node);
      return /** @type {const} */ ([channel, { left: this.size.width, right: this.size.width, top, bottom }]);
    });
  }

  unfold({ run, first }) {
    if (run === null) return this.lab.open(first, true);
    this.unfolded.add(run);
    this.lay();
    this.columns.focus();
    return this.lab.show(this.lab.pinned);
  }

  // Whether a layer's maps are on the screen; where one of them is; where all of them are.
  drawn(layer) {
    const seat = this.seat(layer);
    return seat !== null && this.items[seat].layer !== undefined;
  }

  // Whether a map is among those that are shown of its layer: of a large network they are the first.
  holds(layer, channel) {
    return this.seat(layer) !== null && (!this.drawn(layer) || channel < this.layerColumns[layer].maps);
  }

  boxOf(layer, channel) {
    return this.shown[this.seat(layer)].boxOf(channel);
  }

  whole(layer) {
    return this.shown[this.seat(layer)].whole;
  }

  mark() {
    const open = this.lab.pinned.layer;
    for (const column of this.layerColumns) column.mark(column.index === open, this.lab.editing.touches(column.index));
  }

  // The layer is open now.
  open(layer) {
    this.lay();
    this.mark();
    if (this.drawn(layer)) this.bringIntoView(this.layerColumns[layer].node);
  }

  // Sideways only: scrollIntoView would move the page too, past its own title on a phone.
  bringIntoView(node) {
    if (!this.stacked) return;
    const [item, frame] = [node.getBoundingClientRect(), this.node.getBoundingClientRect()];
    if (item.left < frame.left) this.node.scrollLeft -= frame.left - item.left;
    else if (item.right > frame.right) this.node.scrollLeft += item.right - frame.right;
  }

  // The unit, what it reads and what it can see: frames and lines.
  show(place, seen) {
    if (!this.shown) return;
    const boxes = new Map([[0, Array.from({ length: this.atlas.layers[0].shape[0] }, (_, n) => [n, seen.field.box])]]);
    for (const { layer, first, stop, box } of seen.reads) {
      if (!box) continue;
      const channels = Array.from({ length: Math.min(stop - first, MOST_FRAMED) }, (_, n) => [first + n, box]);
      const { won } = seen;
      boxes.set(layer, won?.layer === layer ? [...channels, [won.channel, [won.row, won.col, 1, 1], true]] : channels);
    }
    boxes.set(place.layer, [[place.channel, this.atlas.flat(place.layer) ? [0, 0, 1, 1] : [place.row, place.col, 1, 1]]]);
    for (const { item, index } of this.shown) if (!item) this.layerColumns[index].frame(boxes.get(index) ?? []);
    this.photograph.box(seen.field.box);
    this.wiring.show(place, seen.reads, seen.adds);
  }
}
