// Windows and receptive fields of single units against Python's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { fieldOf, windowOf, unitOver, unravel } = load("fieldOf, windowOf, unitOver, unravel", "shared/base", "network_lab/windows");

const length = ([first, stop]) => stop - first;

test("a unit's receptive field is Python's, with as many real pixels", () => {
  for (const { told, unit, seen, real } of numbers) {
    const place = told.grid ? unravel(unit[0], told.grid).slice(1) : unit.length === 3 ? unit.slice(1) : [0, 0];
    const field = fieldOf(told, place);
    assert.deepEqual(field.box, [seen[0][0], seen[1][0], length(seen[0]), length(seen[1])]);
    assert.deepEqual(field.real, real.map(length));
  }
  assert.ok(numbers.some(({ told }) => told.grid));
});

test("a window holds what Python reads, and the unit over its middle is the one it belongs to", () => {
  const slid = numbers.filter(({ window }) => window);
  assert.ok(slid.length > 50);
  for (const { window, unit, taps } of slid) {
    const place = unit.slice(1);
    const box = windowOf(window, place);
    for (const axis of [0, 1]) {
      const all = Array.from({ length: window.kernel[axis] }, (_, n) => box[axis] + n * window.dilation[axis]);
      assert.deepEqual(all.filter((at) => taps[axis].includes(at)), taps[axis]);
      assert.equal(box[axis] + box[2 + axis] - 1, all.at(-1));
    }
    const middle = [0, 1].map((axis) => box[axis] + (box[2 + axis] - 1) / 2);
    assert.deepEqual(unitOver(window, middle, [1000, 1000]), place);
    assert.deepEqual(unitOver(window, [-50, 5000], [7, 9]), [0, 8]);
  }
});

test("bins of unequal size hold what Python reads", () => {
  const unequal = numbers.filter(({ bins }) => bins);
  assert.equal(unequal.length, 4);
  for (const { bins, size, unit, taps } of unequal) {
    const box = windowOf(bins, unit.slice(1), size);
    for (const axis of [0, 1]) {
      assert.deepEqual(Array.from({ length: box[2 + axis] }, (_, n) => box[axis] + n), taps[axis]);
    }
  }
});

test("entries of a flattened map", () => {
  assert.deepEqual([0, 5, 6, 23].map((entry) => unravel(entry, [2, 3, 4])), [[0, 0, 0], [0, 1, 1], [0, 1, 2], [1, 2, 3]]);
});
