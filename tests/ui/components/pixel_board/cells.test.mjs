// What is done to the cells of a board.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { cellsBetween, poured, sameCells, encoded, UndoSteps } = load("cellsBetween, poured, sameCells, encoded, UndoSteps", "shared/base", "pixel_board/cells");

test("a board is written as Python writes it", () => {
  for (const { size, cells, text } of numbers) assert.equal(encoded(size, Uint8Array.from(cells)), text);
});

test("a line has no gaps and both its ends", () => {
  for (const end of [[0, 0], [0, 9], [9, 3], [-4, 7], [5, -5]]) {
    const line = cellsBetween([2, 2], end);
    assert.deepEqual(line[0], [2, 2]);
    assert.deepEqual(line.at(-1), end);
    for (let n = 1; n < line.length; n++) {
      assert.ok(Math.abs(line[n][0] - line[n - 1][0]) <= 1 && Math.abs(line[n][1] - line[n - 1][1]) <= 1);
    }
  }
});

test("colour is poured over one patch, not over corners", () => {
  const cells = Uint8Array.from([0, 0, 1, 0, 1, 0, 1, 0, 0]);
  assert.deepEqual([...poured(cells, 3, 0, 5)], [5, 5, 1, 5, 1, 0, 1, 0, 0]);
  assert.ok(sameCells(poured(cells, 3, 0, 0), cells));
});

test("steps are undone and done again, until another is made", () => {
  const steps = new UndoSteps();
  steps.record("a");
  steps.record("b");
  assert.equal(steps.undo("c"), "b");
  assert.equal(steps.undo("b"), "a");
  assert.equal(steps.redo("a"), "b");
  steps.record("b");
  assert.deepEqual(steps.future, []);
  for (let n = 0; n < 300; n++) steps.record(n);
  assert.equal(steps.past.length, 200);
});
