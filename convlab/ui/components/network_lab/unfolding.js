// A convolution's map unfolded here, from values and weights that Python has sent: who opens a unit need not wait for an answer.

const MOST_RUNGS = 32; // of more maps that are read Python chooses
const MOST_PRODUCTS = 2 ** 19; // a few milliseconds

// What PyTorch's answer of the route will tell of the unit, but for its words; null where that takes what is not here.
function unfoldedHere({ atlas, data, editing, sum: { sums } }, { layer, ...at }) {
  const { recipe, shape, window, sources: [source] } = atlas.layers[layer];
  const path = data.editing.paths[layer];
  if (recipe?.how !== "convolution" || !path || editing.isAhead || editing.changes.has(path, at.channel) || ![layer, source].every((one) => atlas.knows(one))) return null;
  const { groups, mode, read } = recipe.numbers;
  const [cells, taps] = [atlas.sizes[layer], window.kernel].map(([rows, cols]) => rows * cols);
  const presets = editing.presetsAt(window.kernel);
  if (!presets || read > MOST_RUNGS || read * cells * Math.max(2, taps) > MOST_PRODUCTS) return null;
  const first = Math.floor((at.channel * groups) / shape[0]) * read;
  const told = { layer, channel: at.channel, source, first, maps: counting(read, first), mode, others: 0, bias: sums.net.tensor(layer, "bias")?.[at.channel] ?? 0, kernel: window.kernel };
  const kernels = sums.net.tensor(layer, "weight").subarray(at.channel * read * taps, (at.channel + 1) * read * taps);
  const partial = new Float32Array(read * cells);
  told.maps.forEach((map, n) => partial.set(convolved(atlas, told, map, kernels.subarray(n * taps, (n + 1) * taps)), n * cells));
  const blobs = { kernels, partial, own: kernels };
  return {
    place: { layer, ...at }, detail: null, ladder: told, recipes: {}, blobs, bytes: (name) => blobs[name], floats: (name) => blobs[name],
    kernels: { layer: path, channel: at.channel, presets, size: [read, ...window.kernel] },
  };
}

// What a kernel makes of a map that the unfolded one reads.
function convolved(atlas, { layer, source, mode }, map, weights) {
  const [height, width] = atlas.sizes[source];
  const { window } = atlas.layers[layer];
  const values = atlas.mapOf({ layer: source, channel: map });
  const [down, across] = [height, width].map((length, axis) => counting(atlas.sizes[layer][axis]).map((at) => tapsOf(window, axis, at, length, mode)));
  const found = new Float64Array(down.length * across.length);
  let cell = 0;
  for (const rows of down) {
    for (const cols of across) {
      let [value, at] = [0, 0];
      for (const i of rows) for (const j of cols) value += (i < 0 || j < 0 ? 0 : values[i * width + j]) * weights[at++];
      found[cell++] = value;
    }
  }
  return found;
}
