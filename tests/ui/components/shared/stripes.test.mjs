// Cells beyond the scale are striped, and no others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { beyondMask, chooseScale } = load("beyondMask, chooseScale", "shared/base", "shared/scale", "shared/stripes");

const grey = Uint8Array.from({ length: 768 }, (_, n) => Math.floor(n / 3));
const diverging = Uint8Array.from({ length: 768 }, (_, n) => 255 - Math.abs(Math.floor(n / 3) - 128)); // dark at both ends
const tables = { grey, diverging };
const cells = (rgba) => Array.from({ length: rgba.length / 4 }, (_, n) => [...rgba.subarray(4 * n, 4 * n + 4)]);

test("above the top of a grey scale, and what is black there is not", () => {
  const values = [0, 0.5, 1, 1.01, 3];
  const mask = cells(beyondMask(values, chooseScale(values, "auto", 0, tables, { unit: true })));
  assert.deepEqual(mask.map(([, , , alpha]) => alpha), [0, 0, 0, 255, 255]);
  assert.deepEqual(mask[3], [190, 65, 0, 255]); // dark on white
  const below = [-5, 0, 3];
  assert.deepEqual(cells(beyondMask(below, chooseScale(below, "grey", 2, tables))).map(([, , , alpha]) => alpha), [0, 0, 255]);
});

test("beyond both ends of a fixed signed scale", () => {
  const values = [-3, -2, 0, 2, 2.5];
  const mask = cells(beyondMask(values, chooseScale(values, "signed", 2, tables)));
  assert.deepEqual(mask.map(([, , , alpha]) => alpha), [255, 0, 0, 0, 255]);
  assert.deepEqual(mask[0].slice(0, 3), mask[4].slice(0, 3));
});

test("the mask has as many cells as the legend counts", () => {
  for (let n = 0; n < 200; n++) {
    const values = Float32Array.from({ length: 40 }, () => Math.random() * 4 - (n % 2));
    const scale = chooseScale(values, ["auto", "signed", "grey"][n % 3], n % 5 ? 1.5 : 0, tables, { unit: true });
    const marked = cells(beyondMask(values, scale)).filter(([, , , alpha]) => alpha === 255).length;
    assert.equal(marked, scale.beyond);
  }
});
