// Weights as people type them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { parseWeight, isRange } = load("parseWeight, isRange", "shared/base", "shared/numerals", "shared/editor");

test("decimals, fractions, commas and true minus signs are weights, in float32", () => {
  for (const [text, value] of [["0.5", 0.5], [" -1 ", -1], ["1/9", 1 / 9], ["\u22122", -2], ["0,25", 0.25], ["+3", 3], ["1e2", 100], ["1 / 4", 0.25]]) {
    assert.equal(parseWeight(text, 1000), Math.fround(value), text);
  }
});

test("anything else is not", () => {
  for (const text of ["", "x", "1/0", "1000.1", "-1e9", "1/2/3", "1e999", "..", "NaN", "Infinity"]) assert.equal(parseWeight(text, 1000), null, text);
});

test("more than one cell takes is left to Python to read", () => {
  const texts = ["1\t2\n3\t4", "1\n2", "1 2", "1;2", "1|2", "1,2,3", "[1]", "1/16 * [1 2]", "(1)", "{1}", "1 \uff0c 2", "x y", "\\frac"];
  for (const text of texts) assert.equal(isRange(text), true, JSON.stringify(text));
});

test("one number, and a word, are a text of one cell", () => {
  for (const text of ["5", "5\r\n", " 0,5 ", "1 / 4", "\uff11", "x", "", "-"]) assert.equal(isRange(text), false, text);
});
