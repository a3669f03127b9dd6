// The square that is cut out of the picture: dragged, zoomed and typed here; Python hears of it when it rests.

const NETWORK_PX = 32;
const SMALLEST_PX = 4;
const GRIP_PX = 16;
const REST_MS = 160; // after the last key or turn of the wheel
const MOST_SAMPLES = 5;

class CropBox {
  // tell(preview): the square changed on the screen; commit(): it rests.
  constructor(labels, { tell, commit }) {
    this.labels = labels;
    this.tell = tell;
    this.commit = commit;
    this.preview = element("canvas");
    this.whole = element("canvas");
    this.canvas = element("canvas.crop", {
      tabindex: 0, role: "application", "aria-label": labels.crop, "aria-describedby": "crop-keys",
      onpointerdown: (event) => this.grab(event), onpointermove: (event) => this.drag(event),
      onpointerup: () => this.drop(), onpointercancel: () => this.drop(), onkeydown: (event) => this.key(event),
    });
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    const zoom = (text, label, factor) => button(text, () => this.zoom(factor, true), { "aria-label": label, title: label });
    const field = (name, input) => element("label", {}, element("span.quiet", {}, labels[name]), input);
    const names = ["left", "top", "side"];
    this.inputs = names.map((name) => element("input.numbers", { type: "number", step: 1, "aria-label": labels[name], onchange: () => this.typed() }));
    this.fill = element("select", { "aria-label": labels.padding, onchange: () => { this.padding = this.fill.value; this.changed(true); } });
    this.node = element("div.cropper", {}, this.canvas,
      element("div.row", {}, zoom("−", labels.farther, 1.1), zoom("+", labels.nearer, 1 / 1.1),
        button(labels.middle, () => this.take(this.middle())), button(labels.whole, () => this.take(this.middle(Math.max)))),
      element("div.row.fields", {}, ...names.map((name, n) => field(name, this.inputs[n])), field("padding", this.fill)),
      element("p.quiet", { id: "crop-keys" }, labels.keys));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
  }

  destroy() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  show({ size, shown, window, padding, paddings, colour, most }, rgba) {
    this.size = size;
    this.shown = shown;
    this.rgba = rgba;
    this.padding = padding;
    this.colour = colour;
    this.most = most;
    paint(this.whole, rgba, ...shown);
    this.fill.replaceChildren(...Object.entries(paddings).map(([value, text]) => element("option", { value, selected: value === padding }, text)));
    this.place(window);
    this.render();
    this.draw();
  }

  place(/** @type {number[]} */ [left, top, side]) {
    const [width, height] = this.size;
    const within = clamp(Math.round(side), 1, this.most);
    this.window = [clamp(Math.round(left), 1 - within, width - 1), clamp(Math.round(top), 1 - within, height - 1), within];
    this.window.forEach((value, n) => (this.inputs[n].value = value));
  }

  // The square in the middle, as large as the picture's shorter side, or as its longer one (Math.max).
  middle(side_of = Math.min) {
    const [width, height] = this.size;
    const side = side_of(width, height);
    return [Math.floor((width - side) / 2), Math.floor((height - side) / 2), side];
  }

  take(window) {
    this.place(window);
    this.changed(true);
  }

  typed() {
    const values = this.inputs.map((input) => Number(input.value));
    if (values.every(Number.isFinite)) this.take(values);
    else this.place(this.window);
  }

  moved() {
    this.render();
    this.draw();
    this.tell(this.preview);
  }

  changed(now) {
    this.moved();
    clearTimeout(this.timer);
    if (now) this.commit();
    else this.timer = setTimeout(() => this.commit(), REST_MS);
  }

  // ---- pointer, wheel and keys ------------------------------------------------------------------

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x0, y0, side] = this.view;
    return [x0 + ((event.clientX - box.left) / box.width) * side, y0 + ((event.clientY - box.top) / box.height) * side];
  }

  corners() {
    const [left, top, side] = this.window;
    return [[left, top], [left + side, top], [left, top + side], [left + side, top + side]];
  }

  grab(event) {
    if (event.button !== 0) return;
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    const [x, y] = this.at(event);
    const [left, top, side] = this.window;
    const grip = (GRIP_PX / this.canvas.clientWidth) * this.view[2];
    const corner = this.corners().findIndex(([cx, cy]) => Math.abs(x - cx) < grip && Math.abs(y - cy) < grip);
    if (corner >= 0) this.hold = { corner, anchor: this.corners()[3 - corner] }; // the opposite one stays
    else {
      const inside = x >= left && x < left + side && y >= top && y < top + side;
      this.hold = { offset: inside ? [x - left, y - top] : [side / 2, side / 2] };
      if (!inside) this.drag(event);
    }
  }

  drag(event) {
    if (!this.hold) return;
    const [x, y] = this.at(event);
    const { corner, anchor, offset } = this.hold;
    if (offset) this.place([x - offset[0], y - offset[1], this.window[2]]);
    else {
      const [across, down] = [corner % 2 ? 1 : -1, corner > 1 ? 1 : -1];
      const side = Math.max(SMALLEST_PX, across * (x - anchor[0]), down * (y - anchor[1]));
      this.place([anchor[0] - (across < 0 ? side : 0), anchor[1] - (down < 0 ? side : 0), side]);
    }
    this.dragged = true;
    this.moved();
  }

  drop() {
    const moved = this.hold && this.dragged;
    this.hold = undefined;
    this.dragged = false;
    if (moved) this.changed(true);
  }

  wheel(event) {
    if (this.canvas.getRootNode().activeElement !== this.canvas && !event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.08 : 1 / 1.08, false, this.at(event));
  }

  zoom(factor, now, about) {
    const [left, top, side] = this.window;
    const [x, y] = about || [left + side / 2, top + side / 2];
    let next = clamp(side * factor, SMALLEST_PX, this.most);
    if (Math.round(next) === side) next = side + Math.sign(factor - 1);
    this.place([x - ((x - left) / side) * next, y - ((y - top) / side) * next, next]);
    this.changed(now);
  }

  key(event) {
    const [left, top, side] = this.window;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(side / NETWORK_PX));
    if (ARROWS[event.key]) {
      const [down, right] = ARROWS[event.key];
      this.place([left + step * right, top + step * down, side]);
      this.changed(false);
    } else if (event.key === "+" || event.key === "=") this.zoom(1 / 1.08, false);
    else if (event.key === "-") this.zoom(1.08, false);
    else if (event.key === "Home") this.take(this.middle());
    else if (event.key === "End") this.take(this.middle(Math.max));
    else return;
    taken(event);
  }

  // ---- drawing ------------------------------------------------------------------------------------

  // About what Python will cut: means over samples of the picture on the screen.
  render() {
    const [left, top, side] = this.window;
    const [width, height] = this.shown;
    const scale = width / this.size[0];
    const cell = (side * scale) / NETWORK_PX;
    const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.ceil(cell)));
    const filling = this.padding === "mean" ? this.colour : [0, 0, 0];
    const pixels = new Uint8ClampedArray(4 * NETWORK_PX * NETWORK_PX).fill(255);
    for (let row = 0; row < NETWORK_PX; row++) {
      for (let col = 0; col < NETWORK_PX; col++) {
        const sum = [0, 0, 0];
        for (let i = 0; i < samples * samples; i++) {
          let x = Math.floor(left * scale + (col + ((i % samples) + 0.5) / samples) * cell);
          let y = Math.floor(top * scale + (row + (Math.floor(i / samples) + 0.5) / samples) * cell);
          const outside = x < 0 || y < 0 || x >= width || y >= height;
          if (outside && this.padding !== "edge") {
            for (let c = 0; c < 3; c++) sum[c] += filling[c];
            continue;
          }
          [x, y] = [clamp(x, 0, width - 1), clamp(y, 0, height - 1)];
          for (let c = 0; c < 3; c++) sum[c] += this.rgba[4 * (y * width + x) + c];
        }
        for (let c = 0; c < 3; c++) pixels[4 * (row * NETWORK_PX + col) + c] = sum[c] / samples ** 2;
      }
    }
    paint(this.preview, pixels, NETWORK_PX, NETWORK_PX);
  }

  // The part of the plane on the screen, a square; it stands still while somebody drags.
  look() {
    if (this.hold && this.view) return;
    const [left, top, side] = this.window;
    const [width, height] = this.size;
    const [x0, y0] = [Math.min(0, left), Math.min(0, top)];
    const [x1, y1] = [Math.max(width, left + side), Math.max(height, top + side)];
    const long = Math.max(x1 - x0, y1 - y0) * 1.06;
    this.view = [(x0 + x1 - long) / 2, (y0 + y1 - long) / 2, long];
  }

  // cell: [row, col] of the network's picture to mark, or nothing.
  draw(cell = this.cell) {
    this.cell = cell;
    if (!this.window) return;
    this.look();
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    if (this.canvas.width !== wide || this.canvas.height !== wide) [this.canvas.width, this.canvas.height] = [wide, wide];
    const context = this.canvas.getContext("2d");
    const [x0, y0, long] = this.view;
    const [left, top, side] = this.window;
    const k = wide / long;
    const box = (x, y, w, h) => /** @type {[number, number, number, number]} */ ([(x - x0) * k, (y - y0) * k, w * k, h * k]);
    context.clearRect(0, 0, wide, wide);
    context.imageSmoothingEnabled = this.size[0] > 64;
    context.drawImage(this.preview, ...box(left, top, side, side)); // shows where the square has no picture
    context.drawImage(this.whole, ...box(0, 0, ...this.size));
    context.save();
    context.beginPath();
    context.rect(...box(0, 0, ...this.size));
    context.clip();
    context.beginPath(); // what the network does not see of the picture, darker
    context.rect(...box(x0, y0, long, long));
    context.rect(...box(left, top, side, side));
    context.fillStyle = "rgb(0 0 0 / 42%)";
    context.fill("evenodd");
    context.restore();
    frame(context, box(left, top, side, side), 3 * ratio, 2);
    const grip = 5 * ratio;
    for (const [cx, cy] of this.corners()) {
      const [x, y] = box(cx, cy, 0, 0);
      context.fillStyle = MARK_DARK;
      context.fillRect(x - grip - ratio, y - grip - ratio, 2 * (grip + ratio), 2 * (grip + ratio));
      context.fillStyle = MARK_LIGHT;
      context.fillRect(x - grip, y - grip, 2 * grip, 2 * grip);
    }
    if (this.cell) {
      const small = side / NETWORK_PX;
      frame(context, box(left + this.cell[1] * small, top + this.cell[0] * small, small, small), 2 * ratio, 2);
    }
  }
}
