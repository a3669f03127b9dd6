// Equal blocks are found, and folded so that the first, the last and the open one stay.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { repeats, folded, windowed } = load("repeats, folded, windowed", "shared/base", "network_lab/folding");
const [net, deep] = numbers.map(({ layers }) => layers);

// Every layer is in the row once, in order.
const covers = (items, count) => {
  let next = 0;
  for (const { layer, first = layer, stop = layer + 1 } of items) {
    assert.equal(first, next);
    next = stop;
  }
  assert.equal(next, count);
};

test("the hundred blocks of the deep network are one run, and the chapter's has none", () => {
  assert.deepEqual(repeats(net), []);
  const [run, ...more] = repeats(deep);
  assert.deepEqual(more, []);
  assert.equal(run.period, 4);
  assert.equal(run.times, 100);
});

test("first, last and open block stay, the others are counted", () => {
  const runs = repeats(deep);
  const [{ first }] = runs;
  const times = (open, unfolded = new Set()) => folded(deep, runs, open, unfolded).filter((item) => item.run !== undefined).map((item) => item.times);
  assert.deepEqual(times(1), [98]);
  assert.deepEqual(times(first + 4 * 50), [49, 48]);
  assert.deepEqual(times(first + 4), [97]);
  assert.deepEqual(times(1, new Set([first])), []);
  for (const open of [0, first, first + 201, deep.length - 1]) {
    const items = folded(deep, runs, open, new Set());
    covers(items, deep.length);
    assert.ok(items.some(({ layer }) => layer === open));
  }
});

test("where there is no room at all, the layers around the open one stay", () => {
  const all = deep.map((_, layer) => ({ layer }));
  for (const open of [0, 5, 200, deep.length - 1]) {
    const items = windowed(all, open, 60);
    covers(items, deep.length);
    assert.ok(items.length <= 60);
    assert.ok(items.some(({ layer }) => layer === open));
    assert.equal(items[0].layer, 0);
    assert.equal(items.at(-1).layer, deep.length - 1);
  }
  assert.equal(windowed(all.slice(0, 20), 3, 60).length, 20);
});
