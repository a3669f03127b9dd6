// Value -> colour. Signed data: diverging, zero in the neutral middle. Other data: grey from zero up.

// choice: "auto" | "signed" | "grey"; limit: a fixed end of the scale, or 0 for the data's own.
function chooseScale(values, choice, limit, tables) {
  let low = Infinity;
  let high = -Infinity;
  for (let n = 0; n < values.length; n++) {
    const value = values[n];
    if (value < low) low = value;
    if (value > high) high = value;
  }
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

class Legend {
  constructor(labels) {
    this.labels = labels;
    this.bar = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
    this.low = element("span.low.numbers");
    this.middle = element("span.middle.numbers");
    this.high = element("span.high.numbers");
    this.words = element("span.words.quiet");
    this.node = element("div.legend", {}, this.bar, this.low, this.middle, this.high, this.words);
  }

  show(scale) {
    const identity = `${scale.low},${scale.high},${scale.automatic},${scale.signed}`;
    if (identity === this.identity) return;
    this.identity = identity;
    const rgba = new Uint8ClampedArray(256 * 4);
    for (let i = 0; i < 256; i++) rgba.set([...scale.table.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    this.bar.getContext("2d").putImageData(new ImageData(rgba, 256, 1), 0, 0);
    this.low.textContent = brief(scale.low);
    this.middle.textContent = brief((scale.low + scale.high) / 2);
    this.high.textContent = brief(scale.high);
    const range = scale.automatic ? this.labels.scale_own : this.labels.scale_fixed;
    this.words.textContent = `${scale.signed ? this.labels.scale_signed : this.labels.scale_grey} ${range}`;
  }
}
