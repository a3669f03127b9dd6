// The whole network as one picture: a column of feature maps for each layer, left to right.

const TILE_PX = [[4, 22], [8, 26], [16, 34], [Infinity, 44]]; // side of a map -> side of its tile on screen
const HEIGHTS_PX = [160, 200, 240, 300, 380]; // of a column of maps: the least at which all layers fit side by side
const CELL_PX = { small: 5, large: 11 };

class LayerColumn {
  // handlers: point(place), leave(), choose(place); a place is {layer, channel, row, col}
  constructor(index, layer, labels, handlers) {
    Object.assign(this, { index, layer, labels, handlers });
    this.button = element("button.name", { type: "button", onclick: () => handlers.open(index) }, layer.title);
    this.canvas = element("canvas", { role: "img", "aria-label": layer.words });
    this.frame = element("div.frame", { hidden: true });
    this.node = element(
      "div.layer", {}, this.button, element("div.maps", {}, this.canvas, this.frame),
      ...[0, 1, 2].map((n) => element("span.numbers", {}, layer.captions[n] || "\u00a0")), // so that all maps begin level
    );
    const [channels, rows] = layer.shape;
    this.flat = layer.shape.length === 1;
    this.tile = this.flat ? (channels > 64 ? CELL_PX.small : CELL_PX.large) : TILE_PX.find(([side]) => rows <= side)[1];
    this.gap = this.flat ? 0 : 3;
    this.canvas.addEventListener("pointermove", (event) => this.pointed(event, handlers.point));
    this.canvas.addEventListener("click", (event) => this.pointed(event, handlers.choose));
    this.canvas.addEventListener("pointerleave", () => handlers.leave());
  }

  // Lay the maps out in columns of at most so many pixels.
  fit(height) {
    const step = this.tile + this.gap;
    const channels = this.layer.shape[0];
    this.perColumn = Math.max(1, Math.min(channels, Math.floor(height / step)));
    this.canvas.style.width = `${Math.ceil(channels / this.perColumn) * step}px`;
    this.canvas.style.height = `${this.perColumn * step}px`;
  }

  // values: float32, channel by channel; scale(channel) -> the colour scale of that map.
  draw(values, scale, dead) {
    const ratio = window.devicePixelRatio || 1;
    const channels = this.layer.shape[0];
    this.canvas.width = parseFloat(this.canvas.style.width) * ratio;
    this.canvas.height = parseFloat(this.canvas.style.height) * ratio;
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    const [rows, cols] = this.flat ? [1, 1] : this.layer.shape.slice(1);
    const small = new OffscreenCanvas(cols, rows);
    for (let channel = 0; channel < channels; channel++) {
      const map = values.subarray(channel * rows * cols, (channel + 1) * rows * cols);
      small.getContext("2d").putImageData(new ImageData(colourise(map, scale(channel)), cols, rows), 0, 0);
      const [x, y] = this.corner(channel);
      context.drawImage(small, x * ratio, y * ratio, this.tile * ratio, this.tile * ratio);
      if (dead.has(channel)) this.cross(context, x * ratio, y * ratio, this.tile * ratio);
    }
  }

  corner(channel) {
    const step = this.tile + this.gap;
    return [Math.floor(channel / this.perColumn) * step, (channel % this.perColumn) * step];
  }

  // A dead map looks like any flat one: say so with a cross.
  cross(context, x, y, side) {
    context.strokeStyle = "#777";
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, side - 2, side - 2);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + side, y + side);
    context.moveTo(x + side, y);
    context.lineTo(x, y + side);
    context.stroke();
  }

  pointed(event, tell) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const step = this.tile + this.gap;
    const channel = Math.floor(x / step) * this.perColumn + Math.floor(y / step);
    if (channel < 0 || channel >= this.layer.shape[0]) return;
    const [rows, cols] = this.flat ? [1, 1] : this.layer.shape.slice(1);
    const within = (value, size) => Math.max(0, Math.min(size - 1, Math.floor((value / this.tile) * size)));
    tell({ layer: this.index, channel, row: within(y % step, rows), col: within(x % step, cols) });
  }

  // Frame cells [row, row + height) x [col, col + width) of one map, as far as they lie in it; no box: no frame.
  box(channel, box) {
    this.frame.hidden = !box;
    if (!box) return;
    const [rows, cols] = this.flat ? [1, 1] : this.layer.shape.slice(1);
    const [x, y] = this.corner(channel);
    const within = (value, size) => (Math.max(0, Math.min(size, value)) * this.tile) / size;
    const [top, bottom] = [within(box[0], rows), within(box[0] + box[2], rows)];
    const [left, right] = [within(box[1], cols), within(box[1] + box[3], cols)];
    const least = Math.max(0, 5 - (bottom - top)) / 2;
    const style = { left: x + left - least, top: y + top - least, width: Math.max(5, right - left), height: Math.max(5, bottom - top) };
    for (const [name, value] of Object.entries(style)) this.frame.style[name] = `${value}px`;
  }

  mark(open) {
    this.node.classList.toggle("open", open);
    if (open) this.button.setAttribute("aria-current", "true");
    else this.button.removeAttribute("aria-current");
  }
}
