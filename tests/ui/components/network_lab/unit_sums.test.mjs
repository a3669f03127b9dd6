// Units that the browser takes apart against Python's: the same terms, to the same digits, in the same words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { UnitSums, equation, summedUp, decimalsFor, unfoldedHere } = load(
  "UnitSums, equation, summedUp, decimalsFor, unfoldedHere",
  "shared/base", "shared/scale", "network_lab/windows", "network_lab/sums", "network_lab/unfolding", "network_lab/ladder",
);

const labels = {
  from_map: "from map {n}", so_far: "sum so far {total}", sum_over: "sum over {count} maps", sum: "sum", total_bias: "{total} {sign} bias {bias}", entry: "entry {n}", more_terms: "{count} others",
  largest: "the largest", largest_is: "largest = {value}", survives: "{count} values enter, one survives.", quotient: "sum {total} / {count}", input: "input",
  mean: "mean", variance: "variance", scale: "scale", shift: "shift", running: "running", of_batch: "of this batch", unit_kept: "kept", unit_dropped: "dropped", channel: "map {n}", bias: "bias",
};

const netOf = ({ layers, values, tensors }) => ({
  layers, values: values.map((map) => Float32Array.from(map)), sizes: layers.map(({ shape: [, rows = 1, cols = 1] }) => [rows, cols]),
  tensor: (layer, name) => (`${layer}.${name}` in tensors ? Float32Array.from(tensors[`${layer}.${name}`]) : null),
});

// Sums of many numbers may differ in the last digit that is shown: the rounded ones within one unit of it.
const near = (text, wanted) => {
  const [mine, yours] = [text, wanted].map((words) => words.replaceAll("\u2212", "-").match(/-?\d+(\.\d+)?(e-\d+)?/g)?.map(Number) ?? []);
  return mine.length === yours.length && mine.every((number, n) => Math.abs(number - yours[n]) < 1.5e-4) && text.replace(/[\d.\u2212=\u2248]/g, "") === wanted.replace(/[\d.\u2212=\u2248]/g, "");
};

test("every unit has Python's terms, steps and remark", () => {
  const hows = new Set();
  let [count, differing] = [0, 0];
  for (const network of numbers) {
    const sums = new UnitSums(labels, netOf(network));
    for (const { place, terms, steps, remark } of network.units) {
      const parts = sums.parts(place);
      const words = sums.words(place, parts);
      const name = `${network.layers[place.layer].title} ${JSON.stringify(place)}`;
      hows.add(parts.how);
      assert.equal(words.remark, remark, name);
      assert.equal(words.terms.length, terms.length, name);
      words.terms.forEach(([title, value, note], n) => {
        assert.equal(title, terms[n][0], name);
        assert.ok(Math.abs(value - terms[n][1]) <= 1e-5 * Math.max(1, Math.abs(terms[n][1])), `${name}: ${value} ${terms[n][1]}`);
        assert.ok(near(note, terms[n][2]), `${name}: ${note} | ${terms[n][2]}`);
      });
      assert.equal(words.steps.length, steps.length, name);
      words.steps.forEach((step, n) => {
        assert.ok(near(step, steps[n]), `${name}: ${step} | ${steps[n]}`);
        count++;
        if (step !== steps[n]) differing++;
      });
    }
  }
  assert.deepEqual([...hows].sort(), ["batch_norm", "concat", "convolution", "dropout", "itself", "largest", "linear", "mean", "merge"]);
  assert.ok(count > 500);
  assert.ok(differing < count / 50, `${differing} of ${count}`);
});

// What unfoldedHere() asks of the lab.
function labOf(network, given = {}) {
  const net = netOf(network);
  const { layers, sizes, values } = net;
  const cells = (layer) => sizes[layer][0] * sizes[layer][1];
  return {
    atlas: { layers, sizes, knows: (layer) => layer !== given.missing, mapOf: ({ layer, channel }) => values[layer].subarray(channel * cells(layer), (channel + 1) * cells(layer)) },
    data: { editing: { paths: layers.map(({ title }) => title) } }, sum: { sums: new UnitSums(labels, net) },
    editing: { isAhead: false, changes: { has: () => given.changed ?? false }, presetsAt: () => given.presets ?? [] },
  };
}

test("a map unfolded here adds up, map by map, to what Python makes of each of its units", () => {
  let count = 0;
  for (const network of numbers) {
    for (const { place, terms } of network.units.filter(({ place: { layer } }) => network.layers[layer].recipe.how === "convolution")) {
      const found = unfoldedHere(labOf(network), place);
      const { title, shape: [, rows, cols] } = network.layers[place.layer];
      assert.equal(found.ladder.maps.length, terms.length, title);
      terms.forEach(([, value], n) => {
        const here = found.floats("partial")[(n * rows + place.row) * cols + place.col];
        assert.ok(Math.abs(here - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${title}: ${here} ${value}`);
      });
      assert.deepEqual(found.kernels.size, [terms.length, ...found.ladder.kernel]);
      count++;
    }
  }
  assert.ok(count > 60, `${count}`);
});

test("what is no convolution, or not here, is left to PyTorch", () => {
  const [network] = numbers;
  const of = (how) => network.units.find(({ place: { layer } }) => network.layers[layer].recipe.how === how).place;
  assert.ok(unfoldedHere(labOf(network), of("convolution")));
  assert.equal(unfoldedHere(labOf(network), of("largest")), null);
  assert.equal(unfoldedHere(labOf(network, { missing: of("convolution").layer }), of("convolution")), null);
  assert.equal(unfoldedHere(labOf(network, { changed: true }), of("convolution")), null);
  const ahead = labOf(network);
  ahead.editing.isAhead = true;
  assert.equal(unfoldedHere(ahead, of("convolution")), null);
});

test("without the values or the weights nothing is told", () => {
  const net = netOf(numbers[0]);
  const { place } = numbers[0].units.find(({ place: { layer } }) => numbers[0].layers[layer].recipe.how === "convolution");
  const without = (change) => new UnitSums(labels, { ...net, ...change }).parts(place);
  assert.ok(without({}));
  assert.equal(without({ values: net.values.map(() => new Float32Array(0)) }), null);
  assert.equal(without({ layers: net.layers.map((layer) => ({ ...layer, recipe: null })) }), null);
});

test("the line names the strongest terms and what the others make together", () => {
  const terms = [0.25, -0.5, 0.125, 1, 0.0625].map((value, channel) => ({ channel, value }));
  const text = equation(labels, terms, { count: 0, value: 0 }, -0.5, 0.4375);
  assert.equal(text, "1.0000 (map 3) \u2212 0.5000 (map 1) + 0.2500 (map 0) + 0.1875 (2 others) \u2212 0.5000 (bias) = 0.4375");
  const few = equation(labels, terms.slice(0, 3), { count: 0, value: 0 }, 0.5, 0.4);
  assert.equal(few, "0.2500 (map 0) \u2212 0.5000 (map 1) + 0.1250 (map 2) + 0.5000 (bias) \u2248 0.4000");
  const many = equation(labels, terms.slice(0, 4), { count: 96, value: 0.25 }, 0, 1.125);
  assert.equal(many, "1.0000 (map 3) \u2212 0.5000 (map 1) + 0.2500 (map 0) + 0.3750 (97 others) + 0.0000 (bias) = 1.1250");
});

test("each running sum holds all maps up to it", () => {
  assert.deepEqual([...summedUp(Float32Array.of(1, 2, 3, 4, 5, 6), 2)], [1, 2, 4, 6, 9, 12]);
  assert.deepEqual([123, 12, 1.5, 0.5, 0.01].map(decimalsFor), [0, 1, 2, 3, 4]);
});

test("a minus is written once, between the terms", () => {
  const sums = new UnitSums(labels);
  assert.deepEqual(sums.sumSteps("sum", [["a", 0.25, ""]], -0.5, -0.25), ["sum = 0.2500", "0.2500 \u2212 bias 0.5000 = \u22120.2500"]);
  const net = { layers: [{ title: "a" }, { title: "b" }] };
  const merged = new UnitSums(labels, net).merged({ terms: [{ layer: 0, value: -0.5 }, { layer: 1, value: -0.25 }], value: -0.75 }, { recipe: { numbers: { kind: "Add" } } });
  assert.deepEqual(merged.steps, ["\u22120.5000 \u2212 0.2500 = \u22120.7500"]);
  const { steps: [step] } = sums.normalised({ terms: [{ value: 1 }], mean: -0.5, variance: 1, scale: 1, shift: -0.25, eps: 0, steady: true, value: 1.25 });
  assert.equal(step, "(1.0000 + 0.5000) / \u221a(1.0000 + 0) \u00d7 1.0000 \u2212 0.2500 = 1.2500");
});
