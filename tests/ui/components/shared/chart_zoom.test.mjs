// A part of a chart's horizontal axis: which points it has, how it is made wider and moved.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { within, widened, moved } = load("within, widened, moved", "shared/base", "shared/chart_axes", "shared/chart_zoom");

test("points inside, and one between two neighbours at each end", () => {
  const line = Float32Array.of(0, 0, 2, 4, 4, 0, 6, 8);
  assert.deepEqual(within(line, 2, 0, 6), [...line]);
  assert.deepEqual(within(line, 2, 1, 5), [1, 2, 2, 4, 4, 0, 5, 4]);
  assert.deepEqual(within(line, 2, 2, 4), [2, 4, 4, 0]);
  assert.deepEqual(within(line, 2, 2.5, 3.5), [2.5, 3, 3.5, 1]);
  assert.deepEqual(within(line, 2, 7, 9), []);
});

test("both edges of a band are cut", () => {
  assert.deepEqual(within(Float32Array.of(0, 0, 2, 2, 4, 10), 3, 1, 2), [1, 2, 6, 2, 4, 10]);
});

test("a line leaves at its height where the next value is no number", () => {
  assert.deepEqual(within(Float32Array.of(0, 3, 2, Infinity), 2, 0, 1), [0, 3, 1, 3]);
});

test("in and out around a place that stays where it is", () => {
  assert.deepEqual(widened([0, 100], 0.5, 50, 100), [25, 75]);
  assert.deepEqual(widened([0, 100], 0.5, 0, 100), [0, 50]);
  assert.deepEqual(widened([25, 75], 2, 50, 200), [0, 100]);
  assert.equal(widened([25, 75], 2, 50, 100), null);
  assert.deepEqual(widened([90, 100], 2, 95, 100), [80, 100]);
  assert.deepEqual(widened([0, 0.1], 0.5, 0, 100), [0, 0.1]);
});

test("a part moves no farther than to a place that is to be seen", () => {
  assert.deepEqual(moved([2, 4], 3), [2, 4]);
  assert.deepEqual(moved([2, 4], 7), [5, 7]);
  assert.deepEqual(moved([2, 4], 1), [1, 3]);
});
