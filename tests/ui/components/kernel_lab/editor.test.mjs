// Weights as people type them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { parseWeight } = load("parseWeight", "shared/base", "kernel_lab/editor");

test("decimals, fractions, commas and true minus signs are weights, in float32", () => {
  for (const [text, value] of [["0.5", 0.5], [" -1 ", -1], ["1/9", 1 / 9], ["\u22122", -2], ["0,25", 0.25], ["+3", 3], ["1e2", 100], ["1 / 4", 0.25]]) {
    assert.equal(parseWeight(text, 1000), Math.fround(value), text);
  }
});

test("anything else is not", () => {
  for (const text of ["", "x", "1/0", "1000.1", "-1e9", "1/2/3", "1e999", "..", "NaN", "Infinity"]) assert.equal(parseWeight(text, 1000), null, text);
});
