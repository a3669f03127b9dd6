// What a unit is made of, worked out here from the values and weights that Python has sent: pointing must not ask. It is
// told in Python's words, to the same digits.

const NAMED_PRODUCTS = 8; // of a Linear unit, the largest

const counting = (count, first = 0) => Array.from({ length: Math.max(0, count) }, (_, n) => first + n);

// The real place that a place shows beyond an axis of this size, or -1 for a zero.
function shownAt(place, size, mode) {
  if (place >= 0 && place < size) return place;
  if (mode === "replicate") return clamp(place, 0, size - 1);
  if (mode === "circular") return ((place % size) + size) % size;
  return mode === "reflect" ? size - 1 - Math.abs(size - 1 - Math.abs(place)) : -1;
}

// Places of the layer before under each tap of a unit's window along an axis, -1 for padding; all there is without a window.
function tapsOf(window, axis, place, size, mode = "zeros") {
  if (!window) return counting(size);
  if (window.bins) {
    const first = Math.floor((place * size) / window.bins[axis]);
    return counting(Math.ceil(((place + 1) * size) / window.bins[axis]) - first, first);
  }
  const [stride, padding, dilation] = [window.stride[axis], window.padding[axis], window.dilation[axis]];
  return counting(window.kernel[axis]).map((tap) => {
    const at = place * stride - padding + tap * dilation; // of a transposed convolution these are fractions
    return Math.abs(at - Math.round(at)) < 1e-6 ? shownAt(Math.round(at), size, mode) : -1;
  });
}

// net: {layers, sizes: [rows, columns] of each, values: float32 of each, tensor(layer, name)}.
class UnitSums {
  constructor(labels, net = null) {
    this.labels = labels;
    this.net = net;
  }

  // {how, value, terms: [{layer, channel, row, col, value, input, weight, winner}], bias, ...}; null where values or weights
  // that it takes are not here.
  parts(place) {
    const { layers, sizes, values } = this.net;
    const layer = layers[place.layer];
    const whole = (n) => values[n]?.length === layers[n].shape[0] * sizes[n][0] * sizes[n][1];
    if (!layer.recipe || ![place.layer, ...layer.sources].every(whole)) return null;
    return { how: layer.recipe.how, value: this.value(place), ...this[layer.recipe.how](layer, place) };
  }

  value({ layer, channel, row = 0, col = 0 }) {
    const [rows, cols] = this.net.sizes[layer];
    return this.net.values[layer]?.[(channel * rows + row) * cols + col] ?? NaN; // of a large network not all have come
  }

  convolution({ window, shape, sources: [source], recipe: { numbers: { groups, mode, read } } }, { layer, channel, row, col }) {
    const first = Math.floor((channel * groups) / shape[0]) * read;
    const weights = this.net.tensor(layer, "weight");
    const [rows, cols] = [row, col].map((place, axis) => tapsOf(window, axis, place, this.net.sizes[source][axis], mode));
    const terms = counting(read).map((n) => {
      let value = 0;
      let at = (channel * read + n) * rows.length * cols.length;
      for (const i of rows) {
        for (const j of cols) {
          if (i >= 0 && j >= 0) value += weights[at] * this.value({ layer: source, channel: first + n, row: i, col: j });
          at++;
        }
      }
      return { layer: source, channel: first + n, value };
    });
    return { terms, bias: this.net.tensor(layer, "bias")?.[channel] ?? 0 };
  }

  linear({ sources: [source] }, { layer, channel }) {
    const inputs = this.net.values[source];
    const weights = this.net.tensor(layer, "weight").subarray(channel * inputs.length, (channel + 1) * inputs.length);
    const terms = [...inputs].map((input, n) => ({ layer: source, channel: n, input, weight: weights[n], value: input * weights[n] }));
    terms.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    return { terms, bias: this.net.tensor(layer, "bias")?.[channel] ?? 0 };
  }

  // What lies under a pool's window, in reading order; padding holds `ghost`, or nothing.
  pooled({ window, sources: [source] }, { channel, row, col }, ghost) {
    const [rows, cols] = [row, col].map((place, axis) => tapsOf(window, axis, place, this.net.sizes[source][axis]));
    const cells = rows.flatMap((i) => cols.map((j) => ({ layer: source, channel, row: i, col: j })));
    const real = ({ row, col }) => row >= 0 && col >= 0;
    return cells.filter((cell) => real(cell) || ghost !== null).map((cell) => ({ ...cell, value: real(cell) ? this.value(cell) : ghost }));
  }

  largest(layer, place) {
    const terms = this.pooled(layer, place, null);
    const most = Math.max(...terms.map(({ value }) => value));
    const winner = terms.findIndex(({ value }) => value === most); // the first, as PyTorch takes it
    return { terms: terms.map((term, n) => ({ ...term, winner: n === winner })) };
  }

  mean(layer, place) {
    const { counts, divisor } = layer.recipe.numbers;
    return { terms: this.pooled(layer, place, 0), count: divisor || counts[0][place.row] * counts[1][place.col] };
  }

  batch_norm({ sources: [source], recipe: { numbers } }, place) {
    const of = (name) => this.net.tensor(place.layer, name)[place.channel];
    const from = { ...place, layer: source };
    return { terms: [{ ...from, value: this.value(from) }], mean: of("mean"), variance: of("var"), scale: of("scale"), shift: of("shift"), ...numbers };
  }

  // A branch of one row and column is spread over all.
  merge({ sources }, { channel, row, col }) {
    const { layers, sizes } = this.net;
    return { terms: sources.map((layer) => {
      const at = { layer, channel: Math.min(channel, layers[layer].shape[0] - 1), row: Math.min(row, sizes[layer][0] - 1), col: Math.min(col, sizes[layer][1] - 1) };
      return { ...at, value: this.value(at) };
    }) };
  }

  concat({ sources }, { channel, row, col }) {
    let [first, source] = [0, 0];
    while (channel - first >= this.net.layers[sources[source]].shape[0]) first += this.net.layers[sources[source++]].shape[0];
    const at = { layer: sources[source], channel: channel - first, row, col };
    return { terms: [{ ...at, value: this.value(at) }] };
  }

  itself({ sources: [source], shape }, { channel, row, col }) {
    const before = this.net.layers[source].shape;
    const [c, i, j] = shape.length === 1 && before.length === 3 ? unravel(channel, before) : [channel, row, col];
    const at = { layer: source, channel: c, row: i, col: j };
    return { terms: [{ ...at, value: this.value(at) }] };
  }

  // In train(): what was not dropped is larger than it was.
  dropout(layer, place) {
    return { ...this.itself(layer, place), p: layer.recipe.numbers.p };
  }

  // The parts in words: {terms: [[name, value, note]], steps, remark}.
  words(place, parts) {
    const told = { convolution: "addedMaps", linear: "addedProducts", largest: "kept", mean: "averaged", batch_norm: "normalised", merge: "merged", dropout: "dropped" }[parts.how];
    if (told) return this.turned(place, parts, { remark: "", ...this[told](parts, this.net.layers[place.layer]) });
    const { recipe } = this.net.layers[place.layer];
    const [{ value }] = parts.terms;
    const kind = recipe.how === "concat" ? "Concat" : recipe.numbers.kind;
    return { terms: [[this.labels.input, value, ""]], steps: [`${kind}(${fixed(value, 4)}) = ${fixed(parts.value, 4)}`], remark: "" };
  }

  // What its activation makes of an entry of a vector: maps show that behind their sums.
  turned(place, { value }, told) {
    const { layers, values } = this.net;
    const { shape, after } = layers[place.layer];
    if (after === null || shape.length !== 1 || !values[after]) return told;
    const behind = this.value({ ...place, layer: after });
    return { ...told, steps: [...told.steps, `${layers[after].kind}(${fixed(value, 4)}) = ${fixed(behind, 4)}`] };
  }

  addedMaps({ terms, bias, value }) {
    let total = 0;
    const named = terms.map(({ channel, value: term }) => {
      total += term;
      return [fill(this.labels.from_map, { n: channel }), term, fill(this.labels.so_far, { total: fixed(total, 4) })];
    });
    return { terms: named, steps: this.sumSteps(fill(this.labels.sum_over, { count: terms.length }), named, bias, value) };
  }

  addedProducts({ terms, bias, value }) {
    const named = terms.slice(0, NAMED_PRODUCTS).map((term) => [fill(this.labels.entry, { n: term.channel }), term.value, `${fixed(term.input, 4)} \u00d7 ${fixed(term.weight, 4)}`]);
    const others = terms.slice(NAMED_PRODUCTS);
    named.push([fill(this.labels.more_terms, { count: others.length }), totalOf(others), ""]);
    return { terms: named, steps: this.sumSteps(this.labels.sum, named, bias, value) };
  }

  kept({ terms, value }) {
    const named = terms.map((term) => [`(${term.row}, ${term.col})`, term.value, term.winner ? this.labels.largest : ""]);
    return { terms: named, steps: [fill(this.labels.largest_is, { value: fixed(value, 4) })], remark: fill(this.labels.survives, { count: terms.length }) };
  }

  averaged({ terms, count, value }) {
    const named = terms.map((term) => [`(${term.row}, ${term.col})`, term.value, ""]);
    const total = roundedTotal(named);
    return { terms: named, steps: [`${fill(this.labels.quotient, { total: fixed(total, 4), count })} ${sameOr(total / count, value)}`] };
  }

  normalised({ terms: [{ value: input }], mean, variance, scale, shift, eps, steady, value }) {
    const { labels } = this;
    const [x, m, v, w, b] = [input, mean, variance, scale, shift].map((number) => Number(number.toFixed(4)));
    const step = `(${fixed(x, 4)} ${signedTerm(-m)}) / \u221a(${fixed(v, 4)} + ${exponent(eps)}) \u00d7 ${fixed(w, 4)} ${signedTerm(b)}`;
    const whose = steady ? labels.running : labels.of_batch;
    const terms = [[labels.input, input, ""], [labels.mean, mean, whose], [labels.variance, variance, whose], [labels.scale, scale, "weight"], [labels.shift, shift, "bias"]];
    return { terms, steps: [`${step} ${sameOr(((x - m) / Math.sqrt(v + eps)) * w + b, value)}`] };
  }

  merged({ terms, value }, { recipe: { numbers: { kind } } }) {
    const named = terms.map((term) => [this.net.layers[term.layer].title, term.value, ""]);
    const added = `${terms.map((term, n) => (n ? signedTerm(term.value) : fixed(term.value, 4))).join(" ")} ${sameOr(roundedTotal(named), value)}`;
    return { terms: named, steps: [kind === "Add" ? added : `${kind} = ${fixed(value, 4)}`] };
  }

  dropped({ terms: [{ value: input }], p, value }) {
    const gone = value === 0 && input !== 0;
    const step = gone ? `${fixed(input, 4)} \u00d7 0` : `${fixed(input, 4)} / (1 \u2212 ${brief(p, 6)})`;
    return { terms: [[this.labels.input, input, gone ? this.labels.unit_dropped : this.labels.unit_kept]], steps: [`${step} = ${fixed(value, 4)}`] };
  }

  sumSteps(name, terms, bias, value) {
    const total = terms.reduce((sum, [, term]) => sum + term, 0);
    const [sign, size] = signedTerm(bias).split(" ");
    const both = fill(this.labels.total_bias, { total: fixed(total, 4), sign, bias: size });
    return [`${name} ${sameOr(roundedTotal(terms), total)}`, `${both} ${sameOr(Number(total.toFixed(4)) + Number(bias.toFixed(4)), value)}`];
  }
}

// A term behind others, with its sign as the one between them.
function signedTerm(term) {
  const text = fixed(term, 4);
  return text.startsWith(MINUS) ? `${MINUS} ${text.slice(1)}` : `+ ${text}`;
}

const totalOf = (terms) => terms.reduce((sum, { value }) => sum + value, 0);
const roundedTotal = (terms) => terms.reduce((sum, [, value]) => sum + Number(value.toFixed(4)), 0);

// The value behind "=", or behind "\u2248" where the rounded numbers on the screen do not add up to it.
const sameOr = (shown, value) => `${fixed(shown, 4) === fixed(value, 4) ? "=" : "\u2248"} ${fixed(value, 4)}`;

// A small number as Python writes it: 1e-05.
function exponent(value) {
  const text = String(Number(value.toPrecision(6)));
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential().replace(/e-(\d)$/, "e-0$1") : text;
}
