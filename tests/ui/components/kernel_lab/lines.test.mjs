// Lines between window, sum and output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { funnel, bow } = load("funnel, bow", "shared/base", "shared/curves", "kernel_lab/lines");
const box = (left, top, right, bottom) => ({ left, top, right, bottom });

test("a funnel opens from the end of the window's column to the sum's left edge", () => {
  const [above, below] = funnel(box(10, 10, 20, 20), 40, box(50, 30, 80, 90));
  assert.deepEqual(above, [[40, 10], [45, 10], [45, 30], [50, 30]]);
  assert.deepEqual(below, [[40, 20], [45, 20], [45, 90], [50, 90]]);
});

test("a bow leaves and arrives level", () => {
  assert.deepEqual(bow([20, 15], [60, 55]), [[20, 15], [40, 15], [40, 55], [60, 55]]);
});
