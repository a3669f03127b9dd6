// Round numbers for the axes of a chart, and how they are written.

// Some `count` round numbers from 0 to `end` or just short of it.
function roundTicks(end, count) {
  const rough = end / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((n) => n * power >= rough) || 10);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, n) => n * step);
}

function tickText(value) {
  if (value === 0) return "0";
  if (value >= 1e-3 && value < 1e5) return String(Number(value.toPrecision(6)));
  return Number(value.toPrecision(3)).toExponential().replace("+", "").replace("-", MINUS);
}
