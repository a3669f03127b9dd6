// Windows and receptive fields of single units against Python's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { fieldOf, windowOf, unitOver, unravel, middleOf, unitNear } = load("fieldOf, windowOf, unitOver, unravel, middleOf, unitNear", "shared/base", "network_lab/windows");

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

test("the middle of what a unit sees leads back to it, and to the unit over it in another layer", () => {
  const maps = numbers.filter(({ unit }) => unit.length === 3);
  for (const { told, unit } of maps) {
    const [, ...at] = unit;
    const middle = middleOf(told, at);
    const counts = at.map((place) => place + 5);
    assert.deepEqual(unitNear(told, middle, counts.map((count, axis) => Math.max(count, told.reach[axis].length))), at);
    for (const other of maps.slice(0, 40)) {
      const size = other.told.reach.map((spans, axis) => Math.max(spans.length, other.unit[1 + axis] + 1));
      const near = unitNear(other.told, middle, size);
      const missed = (place) => middleOf(other.told, place).map((share, axis) => Math.abs(share - middle[axis]));
      near.forEach((place, axis) => {
        for (const beside of [place - 1, place + 1].filter((n) => n >= 0 && n < size[axis])) {
          assert.ok(missed(near)[axis] <= missed(near.with(axis, beside))[axis] + 1e-9);
        }
      });
    }
  }
  assert.deepEqual(unitNear({ field: { size: [32, 32], jump: [0, 0], start: [0, 0] }, reach: [[[0, 32]], [[0, 32]]] }, [3, 3], [1, 5]), [0, 2]);
});
