// Which pixel the lab is about.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Spot, windowAround } = load("Spot, windowAround", "shared/base", "shared/convolve", "kernel_lab/spot");
const plain = (size, kernel = 3, stride = 1, dilation = 1) => ({ stride, dilation, kernel: [kernel, kernel], before: [0, 0], size: [size, size] });
const range = (count) => Array.from({ length: count }, (_, n) => n);
const over = (side, row, col, target = { row, col }) => ({ side, row, col, target });

function settled() {
  const spot = new Spot();
  spot.settle([6, 6], plain(8));
  return spot;
}

test("the cursor is where one points, and stays when the pointer leaves", () => {
  const spot = settled();
  assert.deepEqual(spot.cursor, { row: 3, col: 3 });
  spot.point(over("out", 1, 2));
  spot.leave("in");
  assert.ok(spot.over);
  spot.leave("out");
  assert.deepEqual([spot.over, spot.cursor], [null, { row: 1, col: 2 }]);
});

test("a pin holds until the same pixel is chosen again", () => {
  const spot = settled();
  spot.point(over("out", 1, 2));
  spot.toggle();
  assert.equal(spot.hover, null);
  spot.point(over("out", 4, 4));
  assert.deepEqual([spot.cursor, spot.hover.row], [{ row: 1, col: 2 }, 4]);
  spot.toggle();
  assert.deepEqual([spot.pinned, spot.cursor, spot.hover], [true, { row: 4, col: 4 }, null]);
  spot.toggle();
  assert.equal(spot.pinned, false);
  spot.hold({ row: 0, col: 5 });
  spot.point(over("in", 3, 3, { row: 2, col: 2 }));
  assert.deepEqual(spot.cursor, { row: 0, col: 5 });
  spot.free();
  assert.deepEqual(spot.cursor, { row: 2, col: 2 });
  spot.hold(null);
  assert.deepEqual(spot.cursor, { row: 2, col: 2 });
});

test("a pin waits while the kernel slides, and is taken up again", () => {
  const spot = settled();
  spot.hold({ row: 1, col: 2 });
  spot.slide({ row: 0, col: 0 });
  spot.slide({ row: 0, col: 1 });
  assert.deepEqual([spot.pinned, spot.cursor, spot.pin], [false, { row: 0, col: 1 }, { row: 1, col: 2 }]);
  spot.hear({ row: 1, col: 2 }, false); // Python says what it knew
  assert.deepEqual(spot.cursor, { row: 0, col: 1 });
  spot.settle([8, 8], { ...plain(8), before: [1, 1] });
  assert.deepEqual(spot.pin, { row: 2, col: 3 });
  assert.equal(spot.resume(), true);
  assert.deepEqual([spot.pinned, spot.cursor], [true, { row: 2, col: 3 }]);
  assert.equal(spot.resume(), false);
  spot.slide({ row: 0, col: 0 });
  spot.hear({ row: 5, col: 5 }, true);
  assert.deepEqual([spot.cursor, spot.pin], [{ row: 0, col: 0 }, { row: 5, col: 5 }]);
  spot.hear({ row: 4, col: 4 }, false); // by Back
  assert.deepEqual([spot.pinned, spot.cursor], [true, { row: 4, col: 4 }]);
  spot.slide({ row: 0, col: 0 });
  spot.free();
  assert.equal(spot.pin, null);
});

test("the cursor keeps its place, and comes back from where it was rounded", () => {
  const spot = settled();
  spot.point(over("out", 2, 5));
  spot.settle([2, 2], plain(8, 3, 4));
  spot.settle([8, 8], { ...plain(8), before: [1, 1] });
  assert.deepEqual(spot.cursor, { row: 3, col: 6 });
  spot.settle([6, 6], plain(8));
  assert.deepEqual(spot.cursor, { row: 2, col: 5 });
});

test("the window around a pixel", () => {
  const maps = [range(8), range(8)];
  const found = windowAround([3, 4], maps, [6, 6], plain(8));
  assert.deepEqual(found, { row: 2, col: 3, centred: true, fed: [[1, 2, 3], [2, 3, 4]] });
  assert.deepEqual(windowAround([0, 7], maps, [6, 6], plain(8)), { row: 0, col: 5, centred: false, fed: [[0], [5]] });
  // With stride 4 and a kernel of one pixel most are read by none.
  assert.deepEqual(windowAround([1, 1], maps, [2, 2], plain(8, 1, 4)), { row: 0, col: 0, centred: false, fed: [[], []] });
  // Of two taps far apart the nearest window that reads the pixel, though another has its middle nearer.
  const apart = windowAround([3, 3], maps, [4, 4], plain(8, 2, 1, 4));
  assert.deepEqual([apart.row, apart.fed[0]], [3, [3]]);
});

test("a ghost of padding feeds nothing that is counted, a copy feeds what its pixel does", () => {
  const maps = [[-1, 0, 1, 2, 3, -1], [-1, 0, 1, 2, 3, -1]];
  assert.deepEqual(windowAround([0, 2], maps, [4, 4], { ...plain(4), before: [1, 1] }).fed, [[], []]);
  const copies = [[1, 0, 1, 2, 3, 2], [1, 0, 1, 2, 3, 2]];
  assert.deepEqual(windowAround([2, 2], copies, [4, 4], { ...plain(4), before: [1, 1] }).fed[0], [0, 1, 2]);
});
