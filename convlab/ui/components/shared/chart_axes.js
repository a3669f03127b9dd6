// Where a value stands on the axes of a chart: across in epochs, up on a linear or a logarithmic scale.

const LOG_FROM_RATIO = 100; // largest over smallest: from here on a linear axis would hide the small ones
const ACROSS = [1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000];

// The axis grows by steps, so that the first epochs of a long run are not a speck at its left end.
function acrossEnd(reached, planned) {
  const next = ACROSS.find((end) => end >= reached - 1e-6) ?? reached;
  return Math.max(1, Math.min(next, Math.max(planned, Math.ceil(reached - 1e-6))));
}

// values: those that must be seen; noisy: those that may leave the picture at the top.
// near: between the two alone, as a part of the whole is looked at.
function upAxis(values, noisy, { kind, log, near = false }) {
  const sorted = noisy.filter(Number.isFinite).sort((a, b) => a - b);
  const calm = sorted[Math.floor(0.98 * sorted.length)]; // undefined is not finite either
  const quiet = near ? sorted[Math.floor(0.02 * sorted.length)] : undefined;
  const all = [...values, calm, quiet].filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (!all.length) return linear(0, 1, kind);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (log) return logarithmic(low, high, kind);
  if (near) return around(low, high, kind);
  if (kind === "percent") return linear(Math.max(0, Math.floor(low * 10 - 0.05) / 10), 1, kind);
  return low < 0 ? acrossZero(low, high, kind) : linear(0, high * 1.04 || 1, kind);
}

// From a round number below the lowest value to above the highest, 0 among them.
function acrossZero(low, high, kind) {
  const [, step] = roundTicks(Math.max(0, high) - low, 5);
  const [first, top] = [Math.floor(low / step - 0.04), Math.max(0, high) * 1.04];
  const ticks = Array.from({ length: Math.floor(top / step + 1e-9) - first + 1 }, (_, n) => (first + n) * step);
  return linear(first * step, top, kind, ticks);
}

function around(low, high, kind) {
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.05 || 0.5;
  const [bottom, top] = [low - margin, high + margin];
  return linear(bottom, top, kind, ticksBetween(bottom, top, 5));
}

function linear(low, high, kind, ticks = roundTicks(high - low, 5).map((tick) => low + tick)) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = kind === "percent" ? (tick) => `${fixed(tick * 100, Math.max(0, digits - 2))}%` : (tick) => (step >= 1e-3 && high < 1e5 ? fixed(tick, digits) : tickText(tick));
  return { log: false, ticks, text, place: (value) => (value - low) / (high - low) };
}

// 0 has no logarithm: it lies on the bottom.
function logarithmic(low, high, kind) {
  const short = Math.max(0, 0.5 - Math.log10(high / low)) / 2; // of half a decade, which always has a tick
  const [from, to] = [Math.log10(low) - short, Math.log10(high) + short];
  const margin = (to - from) * 0.04;
  const [bottom, top] = [from - margin, to + margin];
  const [first, last] = [Math.floor(bottom), Math.ceil(top)];
  const every = Math.ceil((last - first) / 6);
  const powers = (times) => counted(first, last, every).flatMap((n) => times.map((one) => one * 10 ** n)).filter((tick) => Math.log10(tick) >= bottom && Math.log10(tick) <= top);
  const steps = to - from <= 2 ? [[1, 2, 5]] : [[1], [1, 2, 5]];
  const ticks = steps.map(powers).find((found) => found.length >= 3) ?? ticksBetween(10 ** bottom, 10 ** top, 8).filter((tick) => tick > 0);
  const text = kind === "percent" ? (tick) => `${tickText(Number((100 * tick).toPrecision(6)))}%` : tickText;
  return { log: true, ticks, text, place: (value) => (value > 0 ? (Math.log10(value) - bottom) / (top - bottom) : value === 0 ? 0 : NaN) };
}

const counted = (first, last, every) => Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, n) => first + n * every);

// What each value of points lacks of 1, as an accuracy's error does; a band's lower end becomes the upper one.
function lackedBy(points, width) {
  const found = points.slice();
  for (let i = 0; i < points.length; i += width) for (let j = 1; j < width; j++) found[i + j] = 1 - points[i + width - j];
  return found;
}

// Position of the point nearest to x in a list of points [x, y, x, y, ...]; -1 in an empty one.
function nearest(points, x, width = 2) {
  const away = (n) => Math.abs(points[n * width] - x);
  let found = -1;
  for (let n = 0; n < points.length / width; n++) if (found < 0 || away(n) <= away(found)) found = n;
  return found;
}

// Some `count` round numbers from 0 to `end` or just short of it.
function roundTicks(end, count) {
  const rough = end / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((n) => n * power >= rough) || 10);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, n) => n * step);
}

// The multiples of a round number between two ends.
function ticksBetween(low, high, count) {
  const [, step] = roundTicks(high - low, count);
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(9)));
}

// The numbers below the horizontal axis, whole ones where all of it is shown.
function acrossTicks(begin, end, count, part) {
  if (part) return ticksBetween(begin, end, count);
  return end <= 1 ? [0, 0.5, 1] : roundTicks(end, count).filter(Number.isInteger);
}

function tickText(value) {
  if (value === 0) return "0";
  if (value >= 1e-3 && value < 1e5) return String(Number(value.toPrecision(6)));
  return Number(value.toPrecision(3)).toExponential().replace("+", "").replace("-", MINUS);
}
