// A tensor as a picture: [out, ...] is flattened to a row for each output; what is too wide goes on in a block below.

const MOST_CELL = 8; // pixels of the page
const MOST_HIGH = 72;
const MOST_HIGH_OF_ONE = 24; // of a tensor with a single row
const ZERO = new Uint32Array(new Uint8Array([128, 138, 150, 255]).buffer)[0]; // grey
const ODD_VALUE = new Uint32Array(new Uint8Array([255, 214, 10, 255]).buffer)[0]; // yellow: not a number, or infinite

const BLOCKS_APART = 2; // cells

// room: the width there is, unit: pixels of the screen to one of the page. -> `outs` rows of `per` entries each; where they are too
// long, the picture is cut into blocks of `line` entries across, which stand below each other; a cell has `cell` pixels of the
// screen.
function arranged(shape, room, unit) {
  const count = shape.reduce((product, size) => product * size, 1);
  const outs = shape.length > 1 ? shape[0] : 1;
  const per = Math.max(1, count / Math.max(1, outs));
  const high = Math.floor((outs > 1 ? MOST_HIGH : MOST_HIGH_OF_ONE) * unit);
  const most = Math.max(1, Math.round(MOST_CELL * unit));
  const kernel = shape.length > 2 ? shape.slice(2).reduce((product, size) => product * size, 1) : 1;
  const flat = Math.min(most, Math.floor(room / per), Math.floor(high / outs));
  if (flat >= 2) return { outs, per, line: per, tall: outs, rows: outs, cell: flat };
  for (let cell = most; ; cell--) {
    const fitting = Math.max(1, Math.floor(room / cell));
    const whole = kernel <= fitting ? Math.floor(fitting / kernel) * kernel : fitting; // a block ends where a kernel does
    const blocks = Math.ceil(per / whole);
    const line = Math.min(per, whole, Math.ceil(per / blocks / kernel) * kernel);
    const tall = outs + (outs > 1 && blocks > 1 ? BLOCKS_APART : 0);
    const rows = (blocks - 1) * tall + outs;
    if (rows * cell <= high || cell === 1) return { outs, per, line, tall, rows, cell };
  }
}

// The entry, counted in reading order, that is drawn at [row, column] of the picture's cells; -1 for none.
function entryAtCell({ outs, per, line, tall, rows }, row, column) {
  const [block, out] = [Math.floor(row / tall), row % tall];
  const place = block * line + column;
  return row < 0 || row >= rows || out >= outs || column < 0 || column >= line || place >= per ? -1 : out * per + place;
}

// [row, column] of an entry.
function cellOfEntry({ per, line, tall }, entry) {
  const [out, place] = [Math.floor(entry / per), entry % per];
  return [Math.floor(place / line) * tall + out, place % line];
}

// An entry's index in a tensor of this shape: [3, 0, 1, 2].
function indexOf(entry, shape) {
  const index = [];
  for (const size of [...shape].reverse()) {
    index.unshift(entry % size);
    entry = Math.floor(entry / size);
  }
  return index;
}

// The other way: -1 where a tensor of this shape has no such entry.
function entryOf(index, shape) {
  if (index.length !== shape.length || index.some((place, axis) => place < 0 || place >= shape[axis])) return -1;
  return index.reduce((entry, place, axis) => entry * shape[axis] + place, 0);
}

// The entry that an arrow key leads to; null beyond the first or the last row, where the next tensor begins.
function steppedEntry(key, entry, { outs, per }) {
  const [out, place] = [Math.floor(entry / per), entry % per];
  const next = { ArrowUp: [out - 1, place], ArrowDown: [out + 1, place], ArrowLeft: [out, place - 1], ArrowRight: [out, place + 1], Home: [out, 0], End: [out, per - 1] }[key];
  if (next[0] < 0 || next[0] >= outs) return null;
  return next[0] * per + clamp(next[1], 0, per - 1);
}

// RGBA bytes of the picture; where no entry is, nothing is painted.
function drawnOut(values, layout, end, table, greyZeros = false) {
  const { outs, per, line, tall, rows } = layout;
  const colours = new Uint32Array(colourise(values, { low: -end, high: end, table }).buffer);
  for (let n = 0; n < values.length; n++) if (!Number.isFinite(values[n])) colours[n] = ODD_VALUE;
  if (greyZeros) for (let n = 0; n < values.length; n++) if (values[n] === 0) colours[n] = ZERO;
  const picture = new Uint32Array(rows * line);
  for (let out = 0; out < outs; out++) {
    for (let place = 0; place < per; place += line) {
      const from = out * per + place;
      picture.set(colours.subarray(from, Math.min(from + line, (out + 1) * per)), ((place / line) * tall + out) * line);
    }
  }
  return new Uint8ClampedArray(picture.buffer);
}

const largestOf = (values) => values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
