// The whole network as one picture: a column of feature maps for each layer, left to right.

const TILE_PX = [[4, 22], [8, 26], [16, 34], [Infinity, 44]]; // side of a map -> side of its tile on screen
const HEIGHTS_PX = [160, 200, 240, 300, 380]; // of a column of maps: the least at which all layers fit side by side
const CELL_PX = { small: 5, large: 11 };

class LayerColumn {
  constructor(index, layer, lab) {
    this.index = index;
    this.layer = layer;
    this.button = button(layer.title, () => lab.open(index, true), { class: "name" });
    this.canvas = element("canvas", { role: "img", "aria-label": layer.words });
    this.frame = element("div.frame", { hidden: true });
    this.node = element(
      "div.layer", {}, this.button, element("div.maps", {}, this.canvas, this.frame),
      ...[0, 1, 2].map((n) => element("span.numbers", {}, layer.captions[n] || "\u00a0")), // so that all maps begin level
    );
    const flat = layer.shape.length === 1; // a vector: a small cell for each entry
    const [channels, rows = 1, cols = 1] = layer.shape;
    this.channels = channels;
    this.rows = rows;
    this.cols = cols;
    this.tile = flat ? (this.channels > 64 ? CELL_PX.small : CELL_PX.large) : TILE_PX.find(([side]) => this.rows <= side)[1];
    this.step = this.tile + (flat ? 0 : 3);
    this.canvas.addEventListener("pointermove", (event) => this.pointed(event, (place) => lab.point(place)));
    this.canvas.addEventListener("click", (event) => this.pointed(event, (place) => lab.pin(place)));
    this.canvas.addEventListener("pointerleave", () => lab.show(lab.pinned));
  }

  // Lay the maps out in columns of at most so many pixels.
  fit(height) {
    this.perColumn = clamp(Math.floor(height / this.step), 1, this.channels);
    this.canvas.style.width = `${Math.ceil(this.channels / this.perColumn) * this.step}px`;
    this.canvas.style.height = `${this.perColumn * this.step}px`;
  }

  // values: float32, channel by channel; scale(channel) -> the colour scale of that map.
  draw(values, scale, dead) {
    const ratio = window.devicePixelRatio || 1;
    const { channels, rows, cols } = this;
    this.canvas.width = parseFloat(this.canvas.style.width) * ratio;
    this.canvas.height = parseFloat(this.canvas.style.height) * ratio;
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    const small = new OffscreenCanvas(cols, rows);
    for (let channel = 0; channel < channels; channel++) {
      const map = values.subarray(channel * rows * cols, (channel + 1) * rows * cols);
      paint(small, colourise(map, scale(channel)), cols, rows);
      const [x, y] = this.corner(channel);
      context.drawImage(small, x * ratio, y * ratio, this.tile * ratio, this.tile * ratio);
      if (dead.has(channel)) this.cross(context, x * ratio, y * ratio, this.tile * ratio);
    }
  }

  corner(channel) {
    return [Math.floor(channel / this.perColumn) * this.step, (channel % this.perColumn) * this.step];
  }

  // A dead map looks like any flat one: say so with a cross.
  cross(context, x, y, side) {
    context.strokeStyle = "#777";
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, side - 2, side - 2);
    context.stroke(new Path2D(`M${x} ${y}l${side} ${side}m0 ${-side}l${-side} ${side}`));
  }

  // tell(place): of the unit under the pointer, {layer, channel, row, col}.
  pointed(event, tell) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { step, tile } = this;
    const channel = Math.floor(x / step) * this.perColumn + Math.floor(y / step);
    if (channel < 0 || channel >= this.channels) return;
    const within = (value, size) => clamp(Math.floor((value / tile) * size), 0, size - 1);
    tell({ layer: this.index, channel, row: within(y % step, this.rows), col: within(x % step, this.cols) });
  }

  // Frame cells [row, row + height) x [col, col + width) of one map, as far as they lie in it; no box: no frame.
  box(channel, box) {
    this.frame.hidden = !box;
    if (!box) return;
    const [x, y] = this.corner(channel);
    const within = (value, size) => (clamp(value, 0, size) * this.tile) / size;
    const [top, bottom] = [within(box[0], this.rows), within(box[0] + box[2], this.rows)];
    const [left, right] = [within(box[1], this.cols), within(box[1] + box[3], this.cols)];
    const least = Math.max(0, 5 - (bottom - top)) / 2;
    const style = { left: x + left - least, top: y + top - least, width: Math.max(5, right - left), height: Math.max(5, bottom - top) };
    for (const [name, value] of Object.entries(style)) this.frame.style[name] = `${value}px`;
  }

  mark(open) {
    this.node.classList.toggle("open", open);
    this.button.setAttribute("aria-current", String(open));
  }
}
