// The numbers of one output pixel.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { writing, weightTexts, addUp, shades, largestProduct } = load(
  "writing, weightTexts, addUp, shades, largestProduct", "shared/base", "kernel_lab/grid", "kernel_lab/sizes", "kernel_lab/arithmetic",
);

test("three decimals, unless that would make all of them 0", () => {
  assert.deepEqual([0.5, -1, 0.0001].map(writing([0.5, -1, 0.0001], 3)), ["0.500", "\u22121.000", "0.000"]);
  assert.deepEqual([2e-6, -1e-6, 0].map(writing([2e-6, -1e-6, 0], 3)), ["2.00e\u22126", "\u22121.00e\u22126", "0.000"]);
  assert.deepEqual([0, 0].map(writing([0, 0], 3)), ["0.000", "0.000"]);
  assert.deepEqual([0.004, 0].map(writing([0.004, 0], 2)), ["4.00e\u22123", "0.00"]);
});

test("a weight has the decimals that it needs", () => {
  assert.deepEqual(weightTexts([-1, 0, 0.5, 0.25, 1 / 9], 3), ["\u22121", "0", "0.5", "0.25", "0.111"]);
  assert.deepEqual(weightTexts([-1, 0.125], 2), ["\u22121", "0.13"]);
  assert.deepEqual(weightTexts([1e-5, 0], 3), ["1.00e\u22125", "0"]);
});

test("numbers add up as they are written, or not", () => {
  assert.ok(addUp(["0.1", "0.2"], "0.3"));
  assert.ok(addUp(["0.310", "\u22120.400"], "\u22120.090"));
  assert.ok(!addUp(["0.1", "0.2"], "0.301"));
  assert.ok(addUp(["2.00e\u22126", "1.00e\u22126"], "3.00e\u22126"));
  assert.ok(!addUp(["2.00e\u22126", "1.00e\u22126"], "3.01e\u22126"));
  assert.ok(addUp(["0", "0.000"], "0.000"));
});

test("a product has one colour in every window: the scale is the kernel's and the picture's", () => {
  const table = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const largest = largestProduct([-2, 0.5], [-0.5, 1]);
  assert.equal(largest, 2);
  const [bright, dark] = [[2, 0.5, 0], [0.5, 0.1, -2]].map((products) => shades(products, table, largest));
  assert.deepEqual(bright[1], dark[0]);
  assert.deepEqual([bright[0][0], bright[2][0], dark[2][0]], [255, 128, 0]); // zero is neutral
  assert.deepEqual(shades([0, 0], table, largestProduct([0, 0], [0, 1])), [[128, 128, 128], [128, 128, 128]]);
});
