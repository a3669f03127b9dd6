// Numbers in the cells of a picture: short, alike, and apart from their neighbours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { cellWriter, charactersIn } = load("cellWriter, charactersIn", "shared/base", "kernel_lab/cell_numbers");
const written = (values, characters) => values.map(cellWriter(values, characters));

test("no second decimal where none of them needs it", () => {
  assert.deepEqual(written([0.6, -0.4, 1, 0], 5), ["0.6", "\u22120.4", "1.0", "0.0"]);
  assert.deepEqual(written([0.6, -0.45, 1, 0], 5), ["0.60", "\u22120.45", "1.00", "0.00"]);
});

test("where one of them would be too long, all leave out the 0 in front", () => {
  assert.deepEqual(written([0.53, -0.41, 0, -2.25], 4), [".53", "\u2212.41", ".00", "\u22122.3"]);
  assert.deepEqual(written([0.53, 0.41, 1.25], 4), ["0.53", "0.41", "1.25"]);
});

test("a cell of 36 pixels has room for a sign and two decimals, with a gap to its neighbour", () => {
  const count = charactersIn(36, 12.5);
  assert.equal(count, 4);
  assert.ok(36 - count * 12.5 * 0.602 >= 5);
  for (const value of [-0.4, -0.07, 0.41, -12.345, 99.2, -9.99]) {
    const values = [value, 0.123];
    assert.ok(cellWriter(values, count)(value).length <= 4, String(value));
  }
});

test("large numbers are as they were", () => {
  assert.deepEqual(written([123.456, -1234.5], 4), ["123.5", "\u22121235"]);
});
