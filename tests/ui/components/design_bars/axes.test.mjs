// Where an axis of accuracies begins, its ticks, and a logarithmic axis of costs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { beginOf, ticksOf, placeOf, decades, roundIn, short, besides } = load(
  "beginOf, ticksOf, placeOf, decades, roundIn, short, besides",
  "shared/base",
  "design_bars/axes",
);

test("an axis begins at a round tick below all values, and ends at 1", () => {
  for (let value = 0; value <= 1; value += 0.01) {
    const begin = beginOf([value, 1]);
    const ticks = ticksOf(begin);
    assert.ok(begin <= value && begin <= 0.9, `${value}: ${begin}`);
    assert.equal(ticks[0], begin);
    assert.equal(ticks.at(-1), 1);
    assert.ok(ticks.length >= 3 && ticks.length <= 7, `${ticks}`);
  }
  assert.equal(beginOf([]), 0.9);
  assert.deepEqual(ticksOf(0), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});

test("a share stands where it belongs", () => {
  assert.equal(placeOf(0.75, 0.5), 50);
  assert.equal(placeOf(0.2, 0.5), 0);
  assert.equal(placeOf(2, 0.5), 100);
});

test("a logarithmic axis holds its values and has round numbers", () => {
  const axis = decades([16130, 75810]);
  assert.ok(axis[0] < Math.log10(16130) && axis[1] > Math.log10(75810));
  assert.deepEqual(roundIn(axis), [20000, 50000]);
  assert.deepEqual([20000, 0.5, 2.5e6].map(short), ["20k", "0.5", "2.5M"]);
});

test("points that cost and reach the same stand beside each other, others where they belong", () => {
  assert.deepEqual(besides([[20, 70], [60, 70], [20, 40]]), [0, 0, 0]);
  assert.deepEqual(besides([[20, 70], [60, 76], [20, 71], [61, 77], [60, 77]]), [0, 0, 1, 1, -1]);
  const many = besides(Array.from({ length: 8 }, () => [50, 50]));
  assert.deepEqual([...many].sort((a, b) => a - b), [-3, -2, -1, 0, 1, 2, 3, 4]);
});
