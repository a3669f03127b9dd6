// A kernel as coloured cells with numbers: one grid a channel, zero in the neutral middle.

// Few enough characters for a cell, whatever a diverging run comes to: "0.111", "-12.3", "3e30".
function weightText(value, decimals) {
  const size = Math.abs(value);
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}\u221e` : "\u221e";
  if (size >= 9999.5) return value.toExponential(0).replace("+", "").replace("-", MINUS);
  return fixed(value, size < 10 ? decimals : size < 100 ? Math.min(1, decimals) : 0);
}

// Weights in reading order -> [channels][rows][columns].
function nested(values, /** @type {number[]} */ [count, kh, kw]) {
  const row = (start) => [...values.slice(start, start + kw)];
  return Array.from({ length: count }, (_, c) => Array.from({ length: kh }, (_, r) => row((c * kh + r) * kw)));
}

class WeightGrids {
  // shape: [channels, kh, kw]; channels: their names, none where there is one
  constructor(title, shape, channels, table, limit) {
    const [count, kh, kw] = shape;
    this.table = table;
    this.limit = limit;
    this.decimals = kw > 5 ? 2 : 3;
    this.cells = Array.from({ length: count * kh * kw }, () => element("span.cell"));
    const grids = Array.from({ length: count }, (_, c) => {
      const cells = this.cells.slice(c * kh * kw, (c + 1) * kh * kw);
      const name = count > 1 ? [element("span.channel", {}, channels[c])] : [];
      return element("div", {}, ...name, element("div.weights.numbers", { style: `--columns:${kw}` }, ...cells));
    });
    const size = kw > 5 ? "small" : kw > 3 ? "medium" : "large";
    this.node = element(`section.${size}`, { style: `--rows:${count * kh}` }, element("h3", {}, title), element("div.grids", {}, ...grids));
  }

  show(values) {
    values.forEach((value, n) => {
      const cell = this.cells[n];
      cell.textContent = weightText(value, this.decimals);
      if (Number.isNaN(value)) cell.removeAttribute("style");
      else tint(cell, this.table, 0.5 + value / this.limit / 2);
    });
  }
}
