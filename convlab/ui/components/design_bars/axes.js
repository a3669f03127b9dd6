// Where an axis of accuracies begins, and its ticks.

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2];
const MOST_TICKS = 7;

// The round number below all values where an axis of shares begins, a tick itself; it leaves some room, and is at most 0.9.
function beginOf(values) {
  const least = Math.min(0.95, ...values) - 0.02;
  const step = least >= 0.7 ? 0.05 : least >= 0.4 ? 0.1 : 0.2;
  return Number(Math.max(0, Math.floor(least / step + 1e-9) * step).toFixed(4));
}

// Ticks from a share to 1, as few as people read.
function ticksOf(begin) {
  const step = STEPS.find((one) => (1 - begin) / one <= MOST_TICKS - 1 + 1e-9) ?? 0.25;
  const found = [];
  for (let n = Math.ceil(begin / step - 1e-9); n * step <= 1 + 1e-9; n++) found.push(Number((n * step).toFixed(4)));
  return found;
}

// Where a share stands on an axis from `begin` to 1, in percent of its length.
const placeOf = (value, begin) => 100 * clamp((value - begin) / (1 - begin), 0, 1);

const percent = (share) => `${Number((100 * share).toFixed(1))} %`;

// A logarithmic axis that holds all values, with room to both sides: [low, high] as logarithms to the base 10.
function decades(values) {
  const logs = values.map((value) => Math.log10(value));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const room = Math.max(0.12, 0.08 * (high - low));
  return [low - room, high + room];
}

// Round numbers (1, 2, 5 times a power of ten) within such an axis; of many, the powers of ten alone.
function roundIn(/** @type {number[]} */ [low, high]) {
  const found = [];
  for (let power = Math.floor(low); power <= high; power++) {
    for (const first of [1, 2, 5]) {
      const log = power + Math.log10(first);
      if (log >= low && log <= high) found.push(first * 10 ** power);
    }
  }
  const tens = found.filter((value) => Number.isInteger(Number(Math.log10(value).toFixed(9))));
  return found.length > MOST_TICKS && tens.length > 1 ? tens : found;
}

// A number on an axis: "0.5", "20", "5k", "2M".
function short(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

const POINT = [4, 9]; // a point's width and height, in hundredths of a field of usual size

// By how many widths each of [left, up], in hundredths, is moved aside, so that none hides one that costs and reaches the same.
function besides(places) {
  const shifts = [];
  for (const [left, up] of places) {
    const free = (shift) => shifts.every((other, n) => Math.abs(places[n][1] - up) >= POINT[1] || Math.abs(places[n][0] + POINT[0] * other - left - POINT[0] * shift) >= POINT[0] - 1e-9);
    let shift = 0;
    while (!free(shift)) shift = shift > 0 ? -shift : 1 - shift;
    shifts.push(shift);
  }
  return shifts;
}
