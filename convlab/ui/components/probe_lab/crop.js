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
      onwheel: (event) => this.wheel(event),
    });
    const zoom = (text, label, factor) => button(text, () => this.zoom(factor, true), { "aria-label": label, title: label });
    const field = (name, input) => element("label", {}, element("span.quiet", {}, labels[name]), input);
    const names = ["left", "top", "side"];
    this.inputs = names.map((name, n) => element("input.numbers", {
      type: "text", inputmode: "numeric", role: "spinbutton", autocomplete: "off", "aria-label": labels[name],
      onchange: () => this.typed(), onkeydown: (event) => this.typing(event, n), onpaste: (event) => this.paste(event),
    }));
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.fill = element("select", { "aria-label": labels.padding, onchange: () => { this.padding = this.fill.value; this.changed(true); } });
    this.node = element("div.cropper", {}, this.canvas,
      element("div.row", {}, zoom("−", labels.farther, 1.1), zoom("+", labels.nearer, 1 / 1.1),
        button(labels.middle, () => this.take(this.middle())), button(labels.whole, () => this.take(this.middle(Math.max)))),
      element("div.row.fields", {}, ...names.map((name, n) => field(name, this.inputs[n])), field("padding", this.fill)),
      this.problem, element("p.quiet", { id: "crop-keys" }, labels.keys));
    watchPixels(this.canvas, () => this.draw());
  }

  // No square is on its way any more.
  stop() {
    clearTimeout(this.timer);
    this.hold = undefined;
    this.dragged = false;
  }

  // picture: as Python tells it, {size, shown, window, padding, colour, most}, with all the paddings there are
  show(picture, rgba) {
    const { shown, window, padding, paddings } = picture;
    this.picture = picture;
    this.rgba = rgba;
    this.padding = padding;
    paint(this.whole, rgba, ...shown);
    this.fill.replaceChildren(...Object.entries(paddings).map(([value, text]) => element("option", { value, selected: value === padding }, text)));
    this.place(window);
    this.render();
    this.draw();
  }

  place(/** @type {number[]} */ [left, top, side]) {
    const { size: [width, height], most } = this.picture;
    const within = clamp(Math.round(side), 1, most);
    const before = this.window;
    this.window = [clamp(Math.round(left), 1 - within, width - 1), clamp(Math.round(top), 1 - within, height - 1), within];
    this.window.forEach((value, n) => value !== before?.[n] && this.write(n));
  }

  write(n) {
    this.inputs[n].value = String(this.window[n]);
    this.inputs[n].setAttribute("aria-valuenow", this.window[n]);
  }

  // The square in the middle, as large as the picture's shorter side, or as its longer one (Math.max).
  middle(side_of = Math.min) {
    const [width, height] = this.picture.size;
    const side = side_of(width, height);
    return [Math.floor((width - side) / 2), Math.floor((height - side) / 2), side];
  }

  take(window) {
    this.place(window);
    this.changed(true);
  }

  typed() {
    const values = this.inputs.map((input) => readNumber(input.value));
    const whole = values.every(Number.isInteger);
    if (whole) this.take(values);
    const moved = whole && values.some((value, n) => value !== this.window[n]);
    this.complain(whole ? (moved ? fill(this.labels.square_moved, { most: this.picture.most }) : "") : this.labels.bad_pixels);
    for (const n of this.window.keys()) this.write(n);
  }

  paste(event) {
    if (!hasLines(event.clipboardData)) return;
    taken(event);
    this.complain(this.labels.bad_pixels);
  }

  complain(sentence) {
    this.problem.hidden = !sentence;
    this.problem.textContent = sentence;
  }

  typing(event, n) {
    if (event.isComposing) return;
    const up = -(ARROWS[event.key]?.[0] ?? 0);
    if (event.key === "Escape") this.write(n);
    else if (up && !event.altKey) {
      event.preventDefault();
      this.place(this.window.map((value, other) => (other === n ? value + up : value)));
      this.changed(false);
    }
  }

  moved() {
    this.tell(this.render());
    this.draw();
  }

  changed(now) {
    this.moved();
    clearTimeout(this.timer);
    if (now) this.commit();
    else this.timer = setTimeout(() => this.commit(), REST_MS);
  }

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
    let next = clamp(side * factor, SMALLEST_PX, this.picture.most);
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

  // About what Python will cut: means over samples of the picture on the screen.
  render() {
    const [left, top, side] = this.window;
    const { size, shown: [width, height], colour } = this.picture;
    const scale = width / size[0];
    const samples = clamp(Math.ceil((side * scale) / NETWORK_PX), 1, MOST_SAMPLES);
    const gap = (side * scale) / (samples * NETWORK_PX);
    // Where the samples of one axis lie in the picture.
    const along = (start, count) => Array.from({ length: samples * NETWORK_PX }, (_, n) => {
      const place = Math.floor(start * scale + (n + 0.5) * gap);
      return this.padding === "edge" ? clamp(place, 0, count - 1) : place < count ? place : -1;
    });
    const [xs, ys] = [along(left, width), along(top, height)];
    const filling = [...(this.padding === "mean" ? colour : [0, 0, 0]), 255];
    const sums = new Float32Array(4 * NETWORK_PX * NETWORK_PX);
    for (const [i, y] of ys.entries()) {
      for (const [j, x] of xs.entries()) {
        const cell = 4 * (Math.floor(i / samples) * NETWORK_PX + Math.floor(j / samples));
        for (let c = 0; c < 4; c++) sums[cell + c] += x < 0 || y < 0 ? filling[c] : this.rgba[4 * (y * width + x) + c];
      }
    }
    const pixels = Uint8ClampedArray.from(sums, (sum) => sum / samples ** 2);
    paint(this.preview, pixels, NETWORK_PX, NETWORK_PX);
    return pixels;
  }

  // The part of the plane on the screen, a square; it stands still while somebody drags.
  look() {
    if (this.hold && this.view) return;
    const [left, top, side] = this.window;
    const [width, height] = this.picture.size;
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
    const ratio = pixelsOf(this.canvas);
    const wide = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const context = sized(this.canvas, wide, wide);
    const { size } = this.picture;
    const [x0, y0, long] = this.view;
    const [left, top, side] = this.window;
    const k = wide / long;
    const box = (x, y, w, h) => /** @type {[number, number, number, number]} */ ([(x - x0) * k, (y - y0) * k, w * k, h * k]);
    context.clearRect(0, 0, wide, wide);
    context.imageSmoothingEnabled = size[0] > 64;
    const [picture, square] = [box(0, 0, size[0], size[1]), box(left, top, side, side)];
    context.drawImage(this.preview, ...square); // shows where the square has no picture
    context.drawImage(this.whole, ...picture);
    context.fillStyle = "rgb(0 0 0 / 42%)"; // over what the network does not see of the picture
    context.fillRect(...picture);
    const scale = this.picture.shown[0] / size[0];
    context.drawImage(this.whole, left * scale, top * scale, side * scale, side * scale, ...square);
    frame(context, square, 3 * ratio, 2);
    for (const [colour, grip] of /** @type {[string, number][]} */ ([[MARK_DARK, 6 * ratio], [MARK_LIGHT, 5 * ratio]])) {
      context.fillStyle = colour;
      for (const [x, y] of this.corners().map((corner) => box(corner[0], corner[1], 0, 0))) {
        context.fillRect(x - grip, y - grip, 2 * grip, 2 * grip);
      }
    }
    if (this.cell) {
      const small = side / NETWORK_PX;
      frame(context, box(left + this.cell[1] * small, top + this.cell[0] * small, small, small), 2 * ratio, 2);
    }
  }
}
