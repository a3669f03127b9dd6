// One layer in the picture of the network: its name, its maps as tiles, its shape.

const NOWHERE = { left: 0, top: 0, right: 0, bottom: 0 };
const MOST_FRAMED = 64; // of the maps that a unit reads: of more, the first

class LayerColumn {
  constructor(index, lab) {
    const layer = lab.atlas.layers[index];
    this.index = index;
    this.lab = lab;
    this.layer = layer;
    this.short = layer.title.split(".").at(-1);
    this.button = button(this.short, () => lab.open(index, true), { class: "name", "aria-label": layer.title });
    this.canvas = element("canvas", { role: "img", "aria-label": layer.words });
    this.shown = element("div.shown", {}, this.canvas);
    this.node = element(layer.shape[0] === 1 ? "div.layer.alone" : "div.layer", {},
      this.button, element("div.maps", {}, this.shown), element("span.shape", {}, layer.captions[0]));
    const [, rows = 1, cols = 1] = layer.shape;
    this.maps = lab.atlas.tiles(index);
    this.rows = rows;
    this.cols = cols;
    this.at = NOWHERE; // in the ribbon
    this.tiles = tilesOf(layer, this.maps);
    this.frames = [];
    this.under = null;
    for (const type of ["pointermove", "pointerdown"]) this.canvas.addEventListener(type, (event) => this.pointed(event));
    this.canvas.addEventListener("click", () => this.under && lab.pin(this.under)); // where one has pointed: a click knows whole pixels only
    this.canvas.addEventListener("pointerleave", () => lab.show(lab.pinned));
    watchPixels(this.canvas, () => this.laid && this.ratio !== pixelsOf(this.canvas) && this.draw());
  }

  // laid: as ``arranged`` says. The maps are drawn anew only where that, or what they hold, is another.
  fit(laid, named) {
    this.node.style.width = `${laid.slot}px`;
    this.node.classList.toggle("thin", !named);
    this.button.textContent = named ? this.short : "";
    const same = this.laid && ["tile", "down", "apart"].every((name) => this.laid[name] === laid[name]);
    this.laid = laid;
    if (same) return;
    this.step = laid.tile + laid.apart;
    this.canvas.dataset.tiles = `${laid.tile} ${this.step} ${laid.down}`; // for tests to read
    this.canvas.style.width = `${laid.across * this.step - laid.apart}px`;
    this.canvas.style.height = `${laid.down * this.step - laid.apart}px`;
    this.draw();
  }

  // In as many pixels as the screen has; asking for that may cost a layout.
  draw(ratio = pixelsOf(this.canvas)) {
    const { atlas } = this.lab;
    this.layer = atlas.layers[this.index]; // told anew, once its values are others
    setAttributes(this.node, { title: [this.layer.title, ...this.layer.captions].join("\n") });
    const { tile } = this.laid;
    this.ratio = ratio;
    const context = sized(this.canvas, ...["width", "height"].map((side) => Math.max(1, Math.round(parseFloat(this.canvas.style[side]) * ratio))));
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = false;
    const small = new OffscreenCanvas(1, 1);
    const [dead, dropped] = [new Set(this.layer.dead), new Set(this.layer.dropped)];
    for (let channel = 0; channel < this.maps; channel++) {
      const { rows, cols, rgba } = atlas.tile(this.index, channel);
      paint(small, rgba, cols, rows);
      const [x, y] = this.corner(channel);
      context.drawImage(small, x * ratio, y * ratio, tile * ratio, tile * ratio);
      if (dropped.has(channel)) this.cross(context, x * ratio, y * ratio, tile * ratio, "#d55e00");
      else if (dead.has(channel)) this.cross(context, x * ratio, y * ratio, tile * ratio, "#777");
    }
  }

  // A dead map, or one that was dropped, looks like any flat one: say so with a cross.
  cross(context, x, y, side, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, side - 2, side - 2);
    context.stroke(new Path2D(`M${x} ${y}l${side} ${side}m0 ${-side}l${-side} ${side}`));
  }

  // Of maps that are not shown here, that of the last one.
  corner(map) {
    const channel = Math.min(map, this.maps - 1);
    return [Math.floor(channel / this.laid.down) * this.step, (channel % this.laid.down) * this.step];
  }

  // Where a map stands in the ribbon; `at`: the column's own corner there.
  boxOf(channel) {
    const [x, y] = this.corner(channel);
    const [left, top] = [this.at.left + x, this.at.top + y];
    return { left, top, right: left + this.laid.tile, bottom: top + this.laid.tile };
  }

  // All its maps together.
  get whole() {
    const { left, top } = this.at;
    return { left, top, right: left + parseFloat(this.canvas.style.width), bottom: top + parseFloat(this.canvas.style.height) };
  }

  // The lab turns to the unit under the pointer.
  pointed(event) {
    this.under = null;
    const box = this.canvas.getBoundingClientRect();
    const zoom = zoomOf(this.canvas);
    const [x, y] = [(event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom];
    const { step, laid: { tile, down } } = this;
    const channel = Math.floor(x / step) * down + Math.floor(y / step);
    if (channel < 0 || channel >= this.maps) return;
    const within = (value, size) => clamp(Math.floor((value / tile) * size), 0, size - 1);
    this.under = { layer: this.index, channel, row: within(y % step, this.rows), col: within(x % step, this.cols) };
    this.lab.point(this.under);
  }

  // Frame cells [row, column, height, width], as far as they lie in the map, of each of these maps: [[channel, cells, won], ...];
  // a ring for what a max pool took.
  frame(boxes) {
    const wanted = boxes.filter(([channel]) => channel < this.maps).slice(0, MOST_FRAMED);
    while (this.frames.length < wanted.length) this.frames.push(this.shown.appendChild(element("div.frame")));
    this.frames.forEach((frame, n) => {
      frame.hidden = n >= wanted.length;
      if (n >= wanted.length) return;
      const [channel, box, won = false] = wanted[n];
      frame.classList.toggle("won", won);
      this.place(frame, channel, box);
    });
  }

  place(frame, channel, box) {
    const [x, y] = this.corner(channel);
    const within = (value, size) => (clamp(value, 0, size) * this.laid.tile) / size;
    const [top, bottom] = [within(box[0], this.rows), within(box[0] + box[2], this.rows)];
    const [left, right] = [within(box[1], this.cols), within(box[1] + box[3], this.cols)];
    const least = Math.max(0, 5 - (bottom - top)) / 2;
    const style = { left: x + left - least, top: y + top - least, width: Math.max(5, right - left), height: Math.max(5, bottom - top) };
    for (const [name, value] of Object.entries(style)) frame.style[name] = `${value}px`;
  }

  // edited: whether a kernel of it was changed.
  mark(open, edited) {
    this.node.classList.toggle("open", open);
    this.node.classList.toggle("edited", edited);
    this.button.setAttribute("aria-current", String(open));
  }
}

// What stands for layers that are folded away.
class Fold {
  // item: as ``folded`` and ``windowed`` say; act: what a click does.
  constructor(item, labels, act) {
    this.item = item;
    this.at = NOWHERE;
    const text = item.times ? fill(labels.fold, { count: item.times }) : fill(labels.fold_layers, { count: item.stop - item.first });
    this.node = element("div.fold", {}, button(text, act));
  }

  boxOf() {
    return this.whole;
  }

  get whole() {
    return this.at;
  }
}
