// What the followed unit sees of the picture, and what the units before it do that lie at the same place: frames in frames.

const MOST_FIELDS = 6;
const MARGIN_SHARE = 1 / 4; // of the picture's side, at most, for the ghost pixels beside it
const TAG = { font: 13, high: 16, apart: 10, pad: 3, ink: "#fff", line: "rgba(255,255,255,.8)" }; // pixels, of what stands beside a frame: how large it is

const cellOfField = (layer, { channel, row, col }) => (layer.grid ? unravel(channel, layer.grid).slice(1) : [row, col]);

// Rows and columns of the units of a layer that have a place in the picture.
const countsOf = ({ grid, shape }) => (grid ?? [...shape, 1, 1]).slice(1, 3);

// Of the layers that one reads: the one whose units see most.
function widest(layers, sources) {
  const area = (n) => layers[n].field.size[0] * layers[n].field.size[1];
  return sources.reduce((best, n) => (area(n) > area(best) ? n : best), sources[0] ?? 0);
}

// Of what the unit [row, column] of a layer reads in one before it: the unit that lies nearest to a place of the picture.
function unitBefore(layer, at, before, middle) {
  const counts = countsOf(before);
  const near = unitNear(before, middle, counts);
  if (layer.grid) return at; // the entry is that unit
  if (!layer.window || layer.shape.length === 1) return near;
  const box = windowOf(layer.window, at, counts);
  return near.map((place, axis) => {
    const [first, last] = [Math.ceil(box[axis]), Math.ceil(box[axis] + box[2 + axis]) - 1];
    return clamp(clamp(place, first, last), 0, counts[axis] - 1);
  });
}

// From the smallest to that of the place itself, one for each size: [{layer, at: [row, column], box, real}]. middle: [vertical,
// horizontal] in pixels, where what is followed lies, for units that see all there is.
function fieldsPassed(layers, place, middle = [null, null]) {
  const found = [];
  let n = place.layer;
  let at = cellOfField(layers[n], place);
  if (!n) return [{ layer: n, at, ...fieldOf(layers[n], at) }]; // a pixel of the picture
  const own = middleOf(layers[n], at);
  const followed = middle.map((pixel, axis) => own[axis] ?? pixel);
  while (n) {
    const field = { layer: n, at, ...fieldOf(layers[n], at) };
    const same = found.length && String(found[0].box) === String(field.box);
    if (same) found[0] = field; // the first layer that sees so much
    else if (layers[n].ruled !== false || n === place.layer) found.unshift(field);
    const before = widest(layers, layers[n].sources);
    at = unitBefore(layers[n], at, layers[before], followed);
    n = before;
  }
  return found.filter((field, k) => k === 0 || String(field.box.slice(2)) !== String(found[k - 1].box.slice(2)));
}

// So many of a list that they can be told apart: the first, the last, and between them as evenly as it goes.
function thinned(list, most) {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, n) => list[Math.round((n * (list.length - 1)) / (most - 1))]);
}

// How many rows and columns of ghost pixels stand beside the picture on each side: as far as any unit sees over the border.
function marginOf(layers) {
  return layers[0].shape.slice(1).map((size, axis) => {
    const over = layers.filter(({ field }) => field.jump[axis]).map(({ field, reach }) => {
      const [start, jump] = [field.start[axis], field.jump[axis]];
      return Math.max(-start, start + (reach[axis].length - 1) * jump + field.size[axis] - size);
    });
    return clamp(Math.ceil(Math.max(0, ...over)), 0, Math.ceil(size * MARGIN_SHARE));
  });
}

// RGBA bytes with clear ghost pixels around.
function framed(rgba, rows, cols, [above, beside]) {
  const wide = cols + 2 * beside;
  const all = new Uint8ClampedArray(4 * (rows + 2 * above) * wide);
  for (let row = 0; row < rows; row++) all.set(rgba.subarray(4 * row * cols, 4 * (row + 1) * cols), 4 * ((row + above) * wide + beside));
  return all;
}

const sizeWords = ([, , rows, cols]) => (rows === cols ? String(rows) : `${rows}\u00d7${cols}`);

// The picture with what the followed unit sees of it, and its size; ghost pixels around it are hatched.
class Photograph {
  // point(row, column): of the picture's pixels, also beside it.
  constructor(label, description, { point, ...handlers }, attributes = {}) {
    const draw = (context, stage) => this.size && stage.hatchAround(context, ...this.margin, ...this.size);
    const pointed = (row, col) => point(row - this.margin[0], col - this.margin[1]);
    this.stage = new Stage(label, description, { ...handlers, draw, point: pointed }, attributes);
    this.node = this.stage.node;
    this.margin = [0, 0];
    this.font = "";
    this.words = new Map();
  }

  // rgba: of the picture; layers: of the network that it enters.
  load(rgba, layers) {
    this.size = layers[0].shape.slice(1);
    this.margin = marginOf(layers);
    const [rows, cols] = this.size.map((size, axis) => size + 2 * this.margin[axis]);
    this.stage.show(rows, cols, framed(rgba, ...this.size, this.margin));
  }

  // fields: as fieldsPassed() has them; words: the same in words.
  show(fields, words) {
    this.node.title = words;
    const drawn = thinned(fields, MOST_FIELDS).map(({ box: [row, col, height, width] }) => [row + this.margin[0], col + this.margin[1], height, width]);
    this.stage.drawCursor((context, stage) => {
      drawn.toReversed().forEach((box, n) => stage.box(context, ...box, n ? 1 : 2));
      this.tags(context, stage, drawn);
    });
  }

  // Beside the outermost frame, where there is room: each size, with a line to its frame.
  tags(context, { cell, scale: ratio, cursor }, boxes) {
    if (!boxes.length) return;
    const words = boxes.map((box) => this.written(sizeWords(box), ratio));
    const wide = Math.max(...words.map(({ width }) => width)) + 2 * TAG.pad * ratio;
    const high = Math.min(TAG.high * ratio, cursor.height / boxes.length);
    const [row, col, height, width] = boxes.at(-1).map((length) => length * cell);
    const [left, right] = [Math.max(0, col), Math.min(cursor.width, col + width)];
    const away = TAG.apart * ratio;
    const onRight = cursor.width - right >= wide + away || left < wide + away;
    const x = onRight ? Math.min(right + away, cursor.width - wide) : left - away - wide;
    const middle = (Math.max(0, row) + Math.min(cursor.height, row + height)) / 2;
    const top = clamp(middle - (boxes.length * high) / 2, 0, cursor.height - boxes.length * high);
    words.forEach(({ picture }, n) => {
      const y = top + (n + 0.5) * high;
      const [first, beside, tall, across] = boxes[n].map((length) => length * cell);
      const from = [onRight ? x : x + wide, y];
      const to = [onRight ? Math.min(beside + across, cursor.width) : Math.max(beside, 0), clamp(y, Math.max(0, first), Math.min(first + tall, cursor.height))];
      this.lead(context, from, to, ratio);
      context.fillStyle = MARK_DARK;
      context.fillRect(x, y - high / 2, wide, high - ratio);
      context.drawImage(picture, Math.round(x + TAG.pad * ratio), Math.round(y - picture.height / 2));
    });
  }

  // A size as a picture, and how wide it is. A text on a canvas of the page costs a layout each time.
  written(text, ratio) {
    const name = `${text} ${ratio}`;
    const known = this.words.get(name);
    if (known) return known;
    this.font ||= getComputedStyle(this.node).getPropertyValue("--st-font");
    const font = `600 ${TAG.font * ratio}px ${this.font || "sans-serif"}`;
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.font = font;
    const { width } = context.measureText(text);
    const { canvas: picture } = context;
    [picture.width, picture.height] = [Math.ceil(width), Math.ceil(TAG.high * ratio)];
    Object.assign(context, { font, textBaseline: "middle", fillStyle: TAG.ink });
    context.fillText(text, 0, picture.height / 2);
    if (document.fonts.status === "loaded") this.words.set(name, { picture, width });
    return { picture, width };
  }

  lead(context, /** @type {number[]} */ from, /** @type {number[]} */ to, ratio) {
    for (const [colour, width] of /** @type {[string, number][]} */ ([["rgba(0,0,0,.4)", 2.5], [TAG.line, 1]])) {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      context.moveTo(from[0], from[1]);
      context.lineTo(to[0], to[1]);
      context.stroke();
    }
  }
}
