// A weight in a cell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { weightText } = load("weightText", "shared/base", "learning_player/weights");

test("few characters, whatever a run comes to", () => {
  assert.deepEqual(
    [1 / 9, -12.345, 345.6, 3.2e30, -3.2e-5, NaN, -Infinity, 9999.4].map((value) => weightText(value, 3)),
    ["0.111", "\u221212.3", "346", "3e30", "0.000", "NaN", "\u2212\u221e", "9999"],
  );
});
