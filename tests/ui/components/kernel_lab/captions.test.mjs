// What is said of the pixels that are marked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { hatchedWords, outputCaption } = load("hatchedWords, outputCaption", "shared/base", "kernel_lab/captions");

test("why cells are hatched", () => {
  const labels = { hatched_ghosts: "ghosts", hatched_unreached: "unreached", hatched_both: "both" };
  const words = (padding, ignored) => hatchedWords(labels, { padding, ignored });
  assert.equal(words([0, 0, 0, 0], [0, 0]), "");
  assert.equal(words([0, 1, 0, 0], [0, 0]), "ghosts");
  assert.equal(words([0, 0, 0, 0], [0, 1]), "unreached");
  assert.equal(words([2, 2, 2, 2], [1, 0]), "both");
});

test("a pin that waits is named", () => {
  const labels = { pixel_at: "{row},{column}:", pin_waits: "waits {row},{column}", pin_it: "pin", free_it: "free", pinned_at: "pinned {row},{column}:" };
  const said = (spot) => outputCaption(labels, { spot, values: () => "0.5" });
  const cursor = { row: 1, col: 2 };
  assert.deepEqual(said({ cursor, pinned: false, waiting: { row: 3, col: 4 }, hover: null }), ["1,2: 0.5", "waits 3,4"]);
  assert.deepEqual(said({ cursor, pinned: true, waiting: null, hover: null }), ["pinned 1,2: 0.5", "free"]);
  assert.deepEqual(said({ cursor, pinned: false, waiting: null, hover: null }), ["1,2: 0.5", "pin"]);
});
