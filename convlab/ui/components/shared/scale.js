// Value -> colour. Signed data: diverging, zero in the neutral middle. Other data: grey from zero up.

// choice: "auto" | "signed" | "grey"; limit: a fixed end of the scale, or 0 for the data's own.
function chooseScale(values, choice, limit, tables) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const signed = choice === "signed" || (choice === "auto" && low < 0);
  const end = limit || (signed ? Math.max(Math.abs(low), Math.abs(high)) : high) || 1;
  return { signed, low: signed ? -end : 0, high: end, table: signed ? tables.diverging : tables.grey, automatic: !limit };
}

function colourise(values, scale) {
  const rgba = new Uint8ClampedArray(values.length * 4);
  const span = 255 / (scale.high - scale.low);
  const { table, low } = scale;
  for (let i = 0; i < values.length; i++) {
    const place = 3 * Math.max(0, Math.min(255, Math.round((values[i] - low) * span)));
    rgba[4 * i] = table[place];
    rgba[4 * i + 1] = table[place + 1];
    rgba[4 * i + 2] = table[place + 2];
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

function sameBytes(a, b) {
  if (!a || !b || a.length !== b.length) return false;
  const [left, right] = [a, b].map((bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
  return left.every((value, n) => value === right[n]);
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
