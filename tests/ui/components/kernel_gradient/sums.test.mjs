// The browser's contributions against Python's, whose sum is autograd's gradient.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { offsetOf, metBy, contributionsOf, summed, farthest, weightsOf, reachOf, inCells } = load(
  "offsetOf, metBy, contributionsOf, summed, farthest, weightsOf, reachOf, inCells",
  "shared/base",
  "kernel_gradient/sums",
);

const close = (a, b, most) => assert.ok(Math.abs(a - b) <= 1e-5 * most + 1e-9, `${a} is not ${b}`);

test("what a weight meets, its contributions and their sum are Python's", () => {
  for (const { inputs, shape, size, settings, upstream, met, gradient } of numbers) {
    const count = size[0] * size[1];
    weightsOf(shape).forEach((weight, n) => {
      const found = metBy(inputs, weight, shape, settings, size);
      assert.deepEqual([...found], met.slice(n * count, (n + 1) * count), JSON.stringify(settings));
      const contributions = contributionsOf(found, upstream);
      close(summed(contributions), gradient[n], summed(contributions.map(Math.abs)));
    });
  }
});

test("the common scale reaches as far as the largest contribution", () => {
  for (const { inputs, shape, size, settings, upstream, met } of numbers) {
    const count = upstream.length;
    const most = Math.max(...met.map((value, n) => Math.abs(value * upstream[n % count])));
    close(reachOf(inputs, upstream, shape, settings, size), most, most);
  }
});

test("a true convolution turns the kernel, so its first weight meets the window's last pixel", () => {
  assert.deepEqual(offsetOf([0, 0, 1], [1, 3, 4], { dilation: 2, flip: false }), [0, 2]);
  assert.deepEqual(offsetOf([0, 0, 1], [1, 3, 4], { dilation: 2, flip: true }), [4, 4]);
});

test("the farthest from 0 is found on both sides", () => {
  assert.equal(farthest([1, -3, 2]), 1);
  assert.equal(farthest([0, 0]), 0);
});

test("numbers in cells have two digits of the largest and are short", () => {
  assert.deepEqual([-0.0529, 0.00025, -0.154].map(inCells(0.154)), ["\u22120.05", "0.00", "\u22120.15"]);
  assert.deepEqual([-0.0444, 0.0001].map(inCells(0.044)), ["\u2212.044", "0.000"]);
  assert.deepEqual([-12.34, 0].map(inCells(12.34)), ["\u221212", "0"]);
  assert.deepEqual([1e-9].map(inCells(1e-8)), [".0000"]);
});
