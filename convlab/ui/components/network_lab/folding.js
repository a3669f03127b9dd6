// Deep networks repeat a block of layers: of many equal ones the first and the last are shown, and that of the open layer.

const LEAST_TIMES = 3; // that a block is there
const LEAST_SAVED = 4; // columns
const LONGEST_BLOCK = 24; // layers

// What a layer has to share with another to be one more like it: what it does and where it reads, counted back from itself.
const likeness = ({ kind, shape, window, groups, sources }, n) => JSON.stringify([kind, shape, window, groups, sources.map((at) => n - at)]);

// How often the `period` layers from `first` on come behind each other.
function timesOf(likes, first, period) {
  let stop = first + period;
  while (stop < likes.length && likes[stop] === likes[stop - period]) stop++;
  return Math.floor((stop - first) / period);
}

// -> runs of equal blocks: [{first, period, times}], in order, none within another.
function repeats(layers) {
  const likes = layers.map(likeness);
  const found = [];
  for (let first = 0; first < likes.length; first++) {
    let best = { saved: LEAST_SAVED - 1, first, period: 1, times: 1 };
    for (let period = 1; period <= LONGEST_BLOCK; period++) {
      const times = timesOf(likes, first, period);
      const saved = (times - 2) * period;
      if (times >= LEAST_TIMES && saved > best.saved) best = { saved, first, period, times };
    }
    if (best.times === 1) continue;
    found.push({ first, period: best.period, times: best.times });
    first += best.period * best.times - 1;
  }
  return found;
}

// What stands side by side: {layer}, or {first, stop, times, run} for layers that are folded away. `open`: the layer that must be
// seen; `unfolded`: runs, by their first layer, that are shown whole.
function folded(layers, runs, open, unfolded) {
  const items = [];
  const show = (first, stop) => {
    for (let layer = first; layer < stop; layer++) items.push({ layer });
  };
  let at = 0;
  for (const { first, period, times } of runs) {
    if (unfolded.has(first)) continue;
    show(at, first);
    at = first + period * times;
    const kept = new Set([0, Math.floor((open - first) / period), times - 1]);
    for (let block = 0; block < times; block++) {
      const start = first + block * period;
      const before = items.at(-1);
      if (kept.has(block)) show(start, start + period);
      else if (before?.run === first) Object.assign(before, { stop: start + period, times: before.times + 1 });
      else items.push({ first: start, stop: start + period, times: 1, run: first });
    }
  }
  show(at, layers.length);
  return items;
}

// Where there is no room for all: those around the open layer, the first and the last; the others are folded away.
function windowed(items, open, most) {
  if (items.length <= most) return items;
  const middle = items.findIndex(({ layer, first, stop }) => layer === open || (open >= first && open < stop));
  const room = Math.max(1, most - 4);
  const from = clamp(middle - (room >> 1), 1, Math.max(1, items.length - 1 - room));
  const fold = (first, stop) => {
    if (stop - first < 2) return items.slice(first, stop);
    const begin = items[first].layer ?? items[first].first;
    const end = items[stop - 1].stop ?? items[stop - 1].layer + 1;
    return [{ first: begin, stop: end, times: 0, run: null }];
  };
  const to = Math.min(items.length - 1, from + room);
  return [items[0], ...fold(1, from), ...items.slice(from, to), ...fold(to, items.length - 1), items.at(-1)];
}
