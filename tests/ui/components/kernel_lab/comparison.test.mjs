// A beside B: their difference, and the same place in both.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { differenceOf, Comparison } = load(
  "differenceOf, Comparison", "shared/base", "shared/scale", "shared/convolve", "shared/stripes", "kernel_lab/comparison",
);

test("the difference is B - A, the first of the largest is named", () => {
  const found = differenceOf([1, 2, 3, 4], [1, 2.5, -2, 9]);
  assert.deepEqual([...found.values], [0, 0.5, -5, 5]);
  assert.deepEqual([found.largest, found.place], [5, 2]);
  assert.deepEqual({ ...differenceOf([7, 7], [7, 7]), values: 0 }, { values: 0, largest: 0, place: 0 });
});

test("it is float32's, as PyTorch subtracts", () => {
  const [a, b] = [Math.fround(0.1), Math.fround(0.7)];
  assert.equal(differenceOf([a], [b]).values[0], Math.fround(b - a));
});

// A comparison without a page: its stages keep where they are marked.
function bare(told, values, difference) {
  const marked = [];
  const stage = { drawCursor: (drawing) => drawing({}, { box: (_context, row, col) => marked.push([row, col]) }) };
  const labels = { comparison: { at_both: "{row},{column} {a} {b} {difference}", at_each: "{row},{column} {b} {row_a},{column_a} {a}" } };
  const comparison = Object.assign(Object.create(Comparison.prototype), { told, values, difference, labels, kept: stage, apart: stage, reading: {} });
  return { comparison, marked };
}

test("pointing reads A, B and the difference at one place", () => {
  const { comparison, marked } = bare({ result_shape: [2, 3] }, [0, 1, 2, 3, 4, 5], { values: [] });
  assert.equal(comparison.point({ row: 1, col: 2 }, 7.5), "1,2 5 7.5 2.5");
  assert.deepEqual(marked, [[1, 2], [1, 2]]);
});

test("in a map of another shape it is the pixel whose window lies nearest", () => {
  const windows = { stride: 2, dilation: 1, kernel: [1, 1], before: [0, 0], size: [4, 4] };
  const { comparison, marked } = bare({ result_shape: [2, 2], windows }, [0, 1, 2, 3], null);
  assert.equal(comparison.point({ row: 3, col: 0 }, 9, [3.5 / 4, 0.5 / 4]), "3,0 9 1,0 2");
  assert.deepEqual(marked[0], [1, 0]);
});

test("where nothing is kept, there is nothing to read or to share a scale with", () => {
  const { comparison, marked } = bare(null, null, null);
  assert.equal(comparison.point({ row: 0, col: 0 }, 1), "");
  assert.deepEqual([comparison.shared, comparison.cells, marked], [[], null, []]);
});
