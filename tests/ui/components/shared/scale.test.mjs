// Values become colours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { chooseScale, colourise, ends, sameBytes } = load("chooseScale, colourise, ends, sameBytes", "shared/base", "shared/scale");

const grey = Uint8Array.from({ length: 768 }, (_, n) => Math.floor(n / 3));
const diverging = Uint8Array.from({ length: 768 }, (_, n) => 255 - Math.floor(n / 3));
const tables = { grey, diverging };

test("signed data has zero in the middle, other data at the bottom", () => {
  const signed = chooseScale([-1, 0, 3], "auto", 0, tables);
  assert.deepEqual([signed.signed, signed.low, signed.high, signed.table, signed.automatic], [true, -3, 3, diverging, true]);
  const plain = chooseScale([0, 3], "auto", 0, tables);
  assert.deepEqual([plain.signed, plain.low, plain.high, plain.table], [false, 0, 3, grey]);
  const fixed = chooseScale([-1, 3], "grey", 7, tables);
  assert.deepEqual([fixed.signed, fixed.low, fixed.high, fixed.automatic], [false, 0, 7, false]);
  assert.equal(chooseScale([0, 0], "auto", 0, tables).high, 1);
});

test("each value gets the nearest of 256 colours, those beyond the ends the last", () => {
  const rgba = colourise([0, 1, 0.5, -9, 9], { low: 0, high: 1, table: grey });
  assert.deepEqual([...rgba], [0, 255, 128, 0, 255].flatMap((value) => [value, value, value, 255]));
});

test("ends and equal bytes", () => {
  assert.deepEqual(ends([2, -1, 5]), [-1, 5]);
  assert.ok(sameBytes(new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 4])));
  assert.ok(!sameBytes(new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 5])));
  assert.ok(!sameBytes(new Uint8Array(4), undefined));
});
