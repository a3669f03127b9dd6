// Where each entry of a tensor is drawn: every entry once, whole pixels, and Python's own order of entries.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { arranged, entryAtCell, cellOfEntry, indexOf, entryOf, steppedEntry, drawnOut, largestOf } = load(
  "arranged, entryAtCell, cellOfEntry, indexOf, entryOf, steppedEntry, drawnOut, largestOf",
  "shared/base",
  "shared/scale",
  "tensor_sheet/drawn_out",
);

const SHAPES = [[], [1], [16], [512], [2, 32], [32, 512], [16, 3, 3, 3], [8, 16, 3, 3], [16, 32, 5, 5], [32, 2048], [4, 3, 1, 3], [7, 11]];
const ROOMS = [40, 115, 300, 493, 1100];
const TABLE = Uint8Array.from({ length: 768 }, (_, n) => Math.floor(n / 3));

test("every entry has one cell of its own, in whole pixels that fit into the room", () => {
  for (const shape of SHAPES) {
    for (const room of ROOMS) {
      const layout = arranged(shape, room, 1);
      const count = shape.reduce((product, size) => product * size, 1);
      assert.ok(layout.line * layout.cell <= room, `${shape} in ${room}`);
      assert.ok(Number.isInteger(layout.cell) && layout.cell >= 1);
      const cells = new Set();
      for (let entry = 0; entry < count; entry++) {
        const [row, column] = cellOfEntry(layout, entry);
        assert.equal(entryAtCell(layout, row, column), entry, `${shape} in ${room}: ${entry}`);
        assert.ok(row < layout.rows && column < layout.line);
        cells.add(row * layout.line + column);
      }
      assert.equal(cells.size, count);
      let drawn = 0;
      for (let row = -1; row <= layout.rows; row++) for (let column = -1; column <= layout.line; column++) drawn += entryAtCell(layout, row, column) >= 0;
      assert.equal(drawn, count);
    }
  }
});

test("a row for each output, out x in.k.k, where there is room", () => {
  assert.deepEqual(arranged([16, 3, 3, 3], 300, 1), { outs: 16, per: 27, line: 27, tall: 16, rows: 16, cell: 4 });
  assert.deepEqual(arranged([8, 16, 3, 3], 300, 1), { outs: 8, per: 144, line: 144, tall: 8, rows: 8, cell: 2 });
  assert.deepEqual(arranged([16], 300, 1), { outs: 1, per: 16, line: 16, tall: 1, rows: 1, cell: 8 });
});

test("what is too wide goes on in a block below, and no block ends within a kernel", () => {
  const { line, tall, rows, cell } = arranged([32, 512], 300, 1);
  assert.deepEqual({ line, tall, rows, cell }, { line: 256, tall: 34, rows: 66, cell: 1 });
  for (const room of [115, 300]) assert.equal(arranged([16, 32, 3, 3], room, 1).line % 9, 0);
});

test("a long bias stays low", () => {
  for (const room of [115, 300, 500]) {
    const { rows, cell } = arranged([1024], room, 1);
    assert.ok(rows * cell <= 24, `${rows} rows of ${cell} in ${room}`);
  }
});

test("on a finer screen a cell has more of its pixels", () => {
  assert.equal(arranged([16], 900, 3).cell, 24);
});

test("indices are PyTorch's", () => {
  for (const { shape, entries, indices } of numbers) {
    entries.forEach((entry, n) => {
      assert.deepEqual(indexOf(entry, shape), indices[n]);
      assert.equal(entryOf(indices[n], shape), entry);
    });
  }
  assert.equal(entryOf([0, 3], [2, 3]), -1);
  assert.equal(entryOf([0], [2, 3]), -1);
});

test("arrow keys stay within a tensor's rows, and leave it upwards and downwards", () => {
  const layout = arranged([4, 6], 300, 1);
  assert.equal(steppedEntry("ArrowRight", 0, layout), 1);
  assert.equal(steppedEntry("ArrowRight", 5, layout), 5);
  assert.equal(steppedEntry("ArrowDown", 1, layout), 7);
  assert.equal(steppedEntry("End", 7, layout), 11);
  assert.equal(steppedEntry("Home", 11, layout), 6);
  assert.equal(steppedEntry("ArrowUp", 5, layout), null);
  assert.equal(steppedEntry("ArrowDown", 18, layout), null);
});

test("zero is the table's middle; what is no finite number is yellow; where no entry is, nothing is painted", () => {
  const values = Float32Array.from([-2, 0, 2, Number.NaN, Number.POSITIVE_INFINITY]);
  const layout = { outs: 1, per: 5, line: 3, tall: 1, rows: 2, cell: 1 };
  const rgba = drawnOut(values, layout, 2, TABLE);
  const cells = Array.from({ length: 6 }, (_, n) => [...rgba.subarray(4 * n, 4 * n + 4)]);
  assert.deepEqual(cells, [[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255], [255, 214, 10, 255], [255, 214, 10, 255], [0, 0, 0, 0]]);
  assert.equal(largestOf(values), 2);
});
