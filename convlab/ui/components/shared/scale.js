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

// choice: "auto" | "signed" | "grey"; limit: a fixed end of the scale, or 0 for the data's own.
function chooseScale(values, choice, limit, tables) {
  const [low, high] = ends(values);
  const signed = choice === "signed" || (choice === "auto" && low < 0);
  const end = limit || (signed ? Math.max(Math.abs(low), Math.abs(high)) : high) || 1;
  return { signed, low: signed ? -end : 0, high: end, table: signed ? tables.diverging : tables.grey, automatic: !limit };
}

function colourise(values, scale) {
  const span = 255 / (scale.high - scale.low);
  const { table, low } = scale;
  const bytes = new Uint8ClampedArray(256 * 4).fill(255);
  for (let i = 0; i < 256; i++) bytes.set(table.subarray(3 * i, 3 * i + 3), 4 * i);
  const colours = new Uint32Array(bytes.buffer); // four bytes at once
  const rgba = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const place = (values[i] - low) * span + 0.5;
    rgba[i] = colours[place < 0 ? 0 : place > 255 ? 255 : place | 0];
  }
  return new Uint8ClampedArray(rgba.buffer);
}

function sameBytes(a, b) {
  if (!a || !b || a.length !== b.length) return false;
  const [left, right] = [a, b].map((bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
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
    const identity = `${scale.low},${scale.high},${scale.automatic},${scale.signed}`;
    if (identity === this.identity) return;
    this.identity = identity;
    paint(this.bar, colourise(EVERY_PLACE, { low: 0, high: 255, table: scale.table }), 256, 1);
    [scale.low, (scale.low + scale.high) / 2, scale.high].forEach((value, n) => (this.ends[n].textContent = brief(value)));
    const range = scale.automatic ? this.labels.scale_own : this.labels.scale_fixed;
    this.words.textContent = `${scale.signed ? this.labels.scale_signed : this.labels.scale_grey} ${range}`;
  }
}
