// What is said of a score while a kernel is dragged: where it is, and what comes next, of the values that are there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { scoreWords } = load("scoreWords", "shared/base", "network_lab/verdict");

const atlas = { values: [null, Float32Array.from([-1, 0.25, 3, 2, 0.5, -7])], sizes: [null, [2, 3]] };

test("the largest value, where it is, and the next", () => {
  const score = { layer: 1, words: "{row}, {column}; {value}" };
  assert.equal(scoreWords({ words: "of before", score }, atlas), "0, 2; 2");
  atlas.values[1][4] = 3.5;
  assert.equal(scoreWords({ words: "of before", score }, atlas), "1, 1; 3");
});

test("any other verdict says the same always", () => {
  assert.equal(scoreWords({ words: "Softmax of fc2.", score: null }, atlas), "Softmax of fc2.");
});
