// The browser's own convolution against PyTorch's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { padPicture, paddedColours, effectiveWeights, convolve, tapsAt, reached, largestDifference, npyFile, placeOf, nearestTo } = load(
  "padPicture, paddedColours, effectiveWeights, convolve, tapsAt, reached, largestDifference, npyFile, placeOf, nearestTo",
  "shared/base",
  "shared/convolve",
);

const padded = ({ pixels, shape, rows, cols, mean, std }) => padPicture(pixels, shape, rows, cols, mean, std);
const weights = ({ kernel, shape, settings }) => effectiveWeights(kernel, shape[0], settings.flip);

test("every map is PyTorch's, up to the last digits of float32", () => {
  for (const one of numbers) {
    const map = convolve(padded(one), weights(one), one.settings);
    assert.deepEqual([map.rows, map.cols], one.output_shape);
    const largest = Math.max(1, ...one.output.map(Math.abs));
    assert.ok(largestDifference(map.values, one.output) < 2e-5 * largest, JSON.stringify(one.settings));
  }
});

test("the terms of an output pixel add up to it", () => {
  for (const one of numbers.filter(({ settings }) => settings.activation === "none")) {
    const [rows, cols] = one.output_shape;
    for (const cursor of [{ row: 0, col: 0 }, { row: rows - 1, col: cols - 1 }, { row: rows >> 1, col: 0 }]) {
      const taps = tapsAt(one, padded(one), weights(one), cursor);
      const sum = taps.reduce((total, { value, weight }) => total + value * weight, one.settings.bias);
      const expected = one.output[cursor.row * cols + cursor.col];
      assert.ok(Math.abs(sum - expected) < 2e-5 * Math.max(1, Math.abs(expected)));
      for (const { row, col, ghost } of taps) assert.equal(ghost, one.rows[row] < 0 || one.cols[col] < 0);
    }
  }
});

test("the outputs that a pixel feeds are those that change with it", () => {
  for (const one of numbers.filter((_, n) => n % 9 === 0)) {
    const [, height, width] = one.shape;
    const ones = Array.from({ length: one.shape[0] }, () => one.kernel[0].map((line) => line.map(() => 1)));
    const plain = { ...one.settings, activation: "none" };
    const at = [height >> 1, width - 1];
    const before = convolve(padded(one), ones, plain);
    const pixels = one.pixels.map((pixel, n) => (n === at[0] * width + at[1] ? pixel + 255 : pixel));
    const after = convolve(padded({ ...one, pixels }), ones, plain);
    const changed = [...after.values.keys()].filter((n) => Math.abs(after.values[n] - before.values[n]) > 1e-3);
    const rows = reached(one.rows, at[0], one.kernel[0].length, before.rows, one.settings);
    const cols = reached(one.cols, at[1], one.kernel[0][0].length, before.cols, one.settings);
    assert.deepEqual(rows.flatMap((row) => cols.map((col) => row * before.cols + col)), changed);
  }
});

test("the padded picture is shown in the pixels' own colours", () => {
  for (const one of numbers.filter(({ settings, shape }) => settings.padding === 0 && shape[0] === 3)) {
    const rgba = paddedColours(padded(one), one.mean, one.std);
    const size = one.shape[1] * one.shape[2];
    for (let n = 0; n < size; n++) {
      const expected = [0, 1, 2].map((c) => one.pixels[c * size + n]);
      assert.deepEqual([...rgba.subarray(4 * n, 4 * n + 4)], [...expected, 255]);
    }
  }
});

test("a download is the file that NumPy writes", async () => {
  for (const { output, output_shape, npy } of numbers.slice(0, 20)) {
    const bytes = Buffer.from(await npyFile(new Float32Array(output), output_shape).arrayBuffer());
    const expected = Buffer.from(npy, "base64");
    assert.equal(bytes.length % 64, expected.length % 64);
    assert.equal(bytes.toString("base64"), npy);
  }
});

test("a pixel's place in the picture is the one that Python says, and leads back to it", () => {
  for (const { windows, output_shape } of numbers) {
    for (const [[row, col], place] of windows.places) {
      placeOf({ row, col }, windows).forEach((share, axis) => assert.ok(Math.abs(share - place[axis]) < 1e-12));
      assert.deepEqual(nearestTo(place, windows, output_shape), { row, col });
    }
    for (const [place, [row, col]] of windows.nearest) assert.deepEqual(nearestTo(place, windows, output_shape), { row, col });
  }
});
