// Value -> colour. Signed data: diverging, zero in the neutral middle. Other data: grey from zero up.

// The smallest and the largest value.
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let n = 0; n < values.length; n++) {
    if (values[n] < low) low = values[n];
    if (values[n] > high) high = values[n];
  }
  return [low, high];
}

// choice: "auto" | "own" | "signed" | "grey"; limit: a fixed end of the scale, or 0 for none. unit: the data come from a
// picture of values 0 to 1, whose own scale "auto" takes for what is not negative; "own" never does. shared: further data
// on the same scale. below: values under 0 are black like 0; beyond: how many values lie beyond ends that are not theirs.
function chooseScale(values, choice, limit, tables, { unit = false, shared = [] } = {}) {
  const [low, high] = ends([values, ...shared].flatMap(ends));
  const [own, negative] = [choice === "auto" || choice === "own", low < 0];
  const signed = choice === "signed" || (own && negative);
  const largest = signed ? Math.max(Math.abs(low), Math.abs(high)) : Math.max(0, high);
  const pictures = unit && choice === "auto" && !limit && !negative;
  const end = limit || (pictures ? 1 : largest) || 1;
  const scale = { signed, low: signed ? -end : 0, high: end, table: signed ? tables.diverging : tables.grey, automatic: !limit, unit: pictures, shared: shared.length > 0 };
  return { ...scale, below: !signed && negative, beyond: largest > end ? countBeyond(values, scale) : 0, count: values.length };
}

// How many values lie beyond the ends; where black is zero or less, it is an end for all below.
function countBeyond(values, { signed, low, high }) {
  let count = 0;
  for (let n = 0; n < values.length; n++) if (values[n] > high || (signed && values[n] < low)) count++;
  return count;
}

// Four bytes at once are a signed number: an opaque colour then is a small one, which JavaScript keeps without an object of its own.
const opaque = new WeakMap(); // table -> its colours

function coloursOf(table) {
  if (!opaque.has(table)) {
    const bytes = new Uint8ClampedArray(256 * 4).fill(255);
    for (let i = 0; i < 256; i++) bytes.set(table.subarray(3 * i, 3 * i + 3), 4 * i);
    opaque.set(table, new Int32Array(bytes.buffer));
  }
  return opaque.get(table);
}

function colourise(values, scale) {
  const span = 255 / (scale.high - scale.low);
  const { table, low } = scale;
  const colours = coloursOf(table);
  const rgba = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const place = (values[i] - low) * span + 0.5;
    rgba[i] = colours[place < 0 ? 0 : place > 255 ? 255 : place | 0];
  }
  return new Uint8ClampedArray(rgba.buffer);
}

function sameBytes(a, b) {
  if (!a || !b || a.length !== b.length) return false;
  const [left, right] = [a, b].map((bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
  for (let n = 0; n < left.length; n++) if (left[n] !== right[n]) return false;
  return true;
}

const EVERY_PLACE = Uint8Array.from({ length: 256 }, (_, n) => n);

class Legend {
  constructor(labels) {
    this.labels = labels;
    this.bar = element("canvas", { "aria-hidden": "true" });
    this.ends = ["low", "middle", "high"].map((end) => element(`span.${end}.numbers`));
    this.words = element("span.words.quiet");
    this.node = element("div.legend", {}, this.bar, ...this.ends, this.words);
  }

  show(scale) {
    const words = this.sentences(scale);
    const identity = `${scale.low},${scale.high},${words}`;
    if (identity === this.identity) return;
    this.identity = identity;
    paint(this.bar, colourise(EVERY_PLACE, { low: 0, high: 255, table: scale.table }), 256, 1);
    [scale.low, (scale.low + scale.high) / 2, scale.high].forEach((value, n) => writeInto(this.ends[n], brief(value)));
    writeInto(this.words, words);
  }

  sentences(scale) {
    const { labels } = this;
    const colours = scale.signed ? labels.scale_signed : scale.below ? labels.scale_below : labels.scale_grey;
    const own = scale.shared ? labels.scale_shared : labels.scale_own;
    const range = scale.unit ? labels.scale_unit : scale.automatic ? own : labels.scale_fixed;
    const beyond = scale.beyond ? (scale.signed ? labels.scale_beyond : labels.scale_above) : "";
    return inARow(colours, range, fill(beyond, { count: scale.beyond, all: scale.count, end: brief(scale.high) }));
  }
}
