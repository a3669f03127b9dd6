// The outline of the cells that are marked: a line wherever a marked one meets another, or the edge.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { outlineOf } = load("outlineOf", "shared/base", "kernel_lab/remark");
const sorted = (lines) => lines.map(String).sort();

test("one cell has four sides", () => {
  assert.deepEqual(sorted(outlineOf([0, 0, 0, 1], 2)), sorted([[1, 1, 1, 2], [1, 1, 2, 1], [2, 1, 2, 2], [1, 2, 2, 2]]));
});

test("there is no line within a region, and none without marks", () => {
  assert.equal(outlineOf([1, 1, 1, 1], 2).length, 8);
  assert.equal(outlineOf([1, 1, 0, 0, 0, 0], 3).length, 6);
  assert.deepEqual(outlineOf([0, 0, 0, 0], 2), []);
});
