// What is in the loupe, and how its numbers are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { cellNumber, firstInView, isGhost, pixelName } = load(
  "cellNumber, firstInView, isGhost, pixelName", "shared/base", "kernel_lab/cell_numbers", "kernel_lab/loupe", "kernel_lab/captions",
);

test("numbers of a cell are short, and none is 0 that is not", () => {
  const cases = [[0.5, "0.50"], [-0.004, "0.00"], [-99.99, "\u221299.99"], [123.456, "123.5"], [-1234.5, "\u22121235"], [2e5, "2.0e5"], [-49e6, "\u22124.9e7"]];
  for (const [value, text] of cases) assert.equal(cellNumber(value), text);
});

test("the view is full up to the picture's edges", () => {
  assert.deepEqual([0, 1, 5, 9].map((middle) => firstInView(middle, 5, 10)), [0, 0, 3, 5]);
  assert.equal(firstInView(1, 5, 3), 0);
});

test("ghosts are named by their place, copies too", () => {
  const data = { rows: [1, 0, 1, 2, 1], cols: [1, 0, 1, 2, 1], padding: [1, 1, 1, 1] };
  const labels = { pixel_at: "{row},{column}", ghost_at: "ghost {row},{column}" };
  assert.equal(pixelName(labels, data, { row: 0, col: 2 }), "ghost \u22121,1");
  assert.equal(pixelName(labels, data, { row: 1, col: 3 }), "0,2");
  assert.deepEqual([[4, 1], [3, 3], [1, 0]].map(([row, col]) => isGhost(data, row, col)), [true, false, true]);
});
