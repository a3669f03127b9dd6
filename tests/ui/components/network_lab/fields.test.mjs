// What a followed unit sees: frames in frames, each a unit that lies in the window of the next.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { fieldsPassed, marginOf, framed, thinned, windowOf, fieldOf, unravel } = load(
  "fieldsPassed, marginOf, framed, thinned, windowOf, fieldOf, unravel", "shared/base", "shared/stage", "network_lab/windows", "network_lab/fields");

const sizes = (fields) => fields.map(({ box }) => box.slice(2));
const square = (sides) => sides.map((side) => [side, side]);
const named = (name, title) => numbers[name].findIndex((layer) => layer.title === title);
const place = (layer, channel, row, col) => ({ layer, channel, row, col });

test("in Net the frames grow as the chapter says: 3, 4, 8 and 10", () => {
  const net = numbers.Net;
  const found = fieldsPassed(net, place(named("Net", "pool2"), 3, 4, 4));
  assert.deepEqual(sizes(found), square([3, 4, 8, 10]));
  assert.deepEqual(found.map(({ layer }) => net[layer].title), ["conv1", "pool1", "conv2", "pool2"]);
  assert.deepEqual(found.at(-1).box, [13, 13, 10, 10]); // start -3, jump 4
  assert.deepEqual(sizes(fieldsPassed(net, place(named("Net", "conv2"), 0, 0, 0))), square([3, 4, 8]));
  assert.deepEqual(fieldsPassed(net, place(0, 0, 5, 7)).map(({ box }) => box), [[5, 7, 1, 1]]); // of the picture, that pixel
});

test("in NetDepth they grow to 18 and 22", () => {
  const found = fieldsPassed(numbers.NetDepth, place(named("NetDepth", "pool3"), 0, 2, 1));
  assert.deepEqual(sizes(found).slice(-2), square([18, 22]));
});

test("an entry of the flattened vector sees what the unit does that it was, and behind it one stays where one was", () => {
  const net = numbers.Net;
  const flat = named("Net", "flatten1");
  const entry = fieldsPassed(net, place(flat, 100, 0, 0));
  const [map, row, col] = unravel(100, net[flat].grid);
  assert.deepEqual(sizes(entry), square([3, 4, 8, 10]));
  assert.deepEqual(entry.at(-1).box, fieldsPassed(net, place(named("Net", "pool2"), map, row, col)).at(-1).box);
  const whole = fieldsPassed(net, place(named("Net", "fc2"), 1, 0, 0), [18, 6]);
  assert.deepEqual(sizes(whole), square([3, 4, 8, 10, 32]));
  assert.deepEqual(whole[3].box.slice(0, 2).map((at) => at + 5), [18, 6]);
});

test("each frame lies in the next, and its unit in the window of one of the next layer", () => {
  let walked = 0;
  for (const layers of Object.values(numbers)) {
    layers.forEach((layer, n) => {
      if (!n || layer.shape.length !== 3) return;
      for (const [row, col] of [[0, 0], [layer.shape[1] - 1, layer.shape[2] >> 1], [layer.shape[1] >> 1, layer.shape[2] - 1]]) {
        const found = fieldsPassed(layers, place(n, 0, row, col));
        assert.deepEqual(found.at(-1).box, fieldOf(layer, [row, col]).box);
        found.forEach(({ box, at, layer: own }, k) => {
          assert.deepEqual(box, fieldOf(layers[own], at).box);
          const next = found[k + 1]?.box;
          if (!next) return;
          for (const axis of [0, 1]) {
            assert.ok(box[axis] >= next[axis] && box[axis] + box[2 + axis] <= next[axis] + next[2 + axis], `${layer.title} ${row} ${col}`);
          }
          walked++;
        });
      }
    });
  }
  assert.ok(walked > 100);
});

test("ghost pixels stand beside the picture as far as any unit sees over the border, up to a quarter of it", () => {
  assert.deepEqual(marginOf(numbers.Net), [3, 3]);
  assert.deepEqual(marginOf(numbers.NetResDeep), [8, 8]);
  assert.deepEqual(marginOf(numbers.uneven), [0, 0]);
  const rgba = Uint8ClampedArray.from({ length: 4 * 6 }, (_, n) => n + 1);
  const all = framed(rgba, 2, 3, [1, 2]);
  assert.equal(all.length, 4 * 4 * 7);
  assert.deepEqual([...all.slice(4 * (7 + 2), 4 * (7 + 5))], [...rgba.slice(0, 12)]);
  assert.deepEqual([...all.slice(4 * (14 + 2), 4 * (14 + 5))], [...rgba.slice(12)]);
  assert.equal(all.reduce((sum, value) => sum + value, 0), rgba.reduce((sum, value) => sum + value, 0));
});

test("of many frames the first, the last and some between are drawn", () => {
  assert.deepEqual(thinned([1, 2, 3], 7), [1, 2, 3]);
  assert.deepEqual(thinned(Array.from({ length: 101 }, (_, n) => n), 5), [0, 25, 50, 75, 100]);
});

test("a layer without a rule has a frame only while it is the open one", () => {
  const layer = (size, more = {}) => ({ shape: [1, 8, 8], sources: [], window: null, grid: null, field: { size: [size, size], jump: [1, 1], start: [0, 0] }, reach: [[[0, 8]], [[0, 8]]], ...more });
  const layers = [layer(1), layer(3, { sources: [0] }), layer(8, { sources: [1], ruled: false }), layer(5, { sources: [2] })];
  const sizes = (n) => fieldsPassed(layers, { layer: n, channel: 0, row: 2, col: 2 }).map(({ box }) => box[2]);
  assert.deepEqual(sizes(3), [3, 5]);
  assert.deepEqual(sizes(2), [3, 8]);
});
