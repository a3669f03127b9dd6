// A weight in a cell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { weightText, nested } = load("weightText, nested", "shared/base", "learning_player/weights");

test("few characters, whatever a run comes to", () => {
  assert.deepEqual(
    [1 / 9, -12.345, 345.6, 3.2e30, -3.2e-5, NaN, -Infinity, 9999.4].map((value) => weightText(value, 3)),
    ["0.111", "\u221212.3", "346", "3e30", "0.000", "NaN", "\u2212\u221e", "9999"],
  );
});

test("weights in reading order, channel by channel", () => {
  assert.deepEqual(nested(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), [2, 2, 3]), [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]);
});
