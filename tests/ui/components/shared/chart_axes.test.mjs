// Where values stand on the axes of a chart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { acrossEnd, acrossTicks, lackedBy, upAxis, nearest, roundTicks, tickText } = load(
  "acrossEnd, acrossTicks, lackedBy, upAxis, nearest, roundTicks, tickText",
  "shared/base",
  "shared/chart_axes",
);

test("the axis of epochs grows by steps up to what is planned", () => {
  assert.deepEqual([0.2, 1, 1.5, 3, 11, 47, 50].map((reached) => acrossEnd(reached, 50)), [1, 1, 2, 5, 20, 50, 50]);
  assert.equal(acrossEnd(120, 120), 120);
  assert.equal(acrossEnd(2000, 3000), 2000);
});

test("round numbers", () => {
  assert.deepEqual(roundTicks(1, 5).map(tickText), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  assert.deepEqual(roundTicks(73, 5), [0, 20, 40, 60]);
  assert.deepEqual([0.00001, 123456, 1e-3, 0.1 + 0.2].map(tickText), ["1e\u22125", "1.23e5", "0.001", "0.3"]);
});

test("a linear axis has the largest value just below its top", () => {
  const axis = upAxis([1, 4], [], { kind: "number", log: false });
  assert.equal(axis.place(0), 0);
  assert.ok(Math.abs(axis.place(4) - 1 / 1.04) < 1e-12);
  assert.deepEqual(axis.ticks.map(axis.text), ["0", "1", "2", "3", "4"]);
  const shares = upAxis([0.62, 0.9], [], { kind: "percent", log: false });
  assert.deepEqual([shares.place(0.6), shares.place(1)], [0, 1]);
  assert.equal(shares.text(shares.ticks[0]), "60%");
});

test("below 0 the axis begins at a round number under the lowest value", () => {
  const axis = upAxis([-1.91, -1.5, 0], [], { kind: "number", log: false });
  assert.deepEqual(axis.ticks.map(axis.text), ["\u22122.0", "\u22121.5", "\u22121.0", "\u22120.5", "0.0"]);
  assert.deepEqual([axis.place(-2), axis.place(0)], [0, 1]);
  const both = upAxis([-1, 3], [], { kind: "number", log: false });
  assert.ok(both.place(-1) > 0 && both.place(3) < 1);
  assert.deepEqual(both.ticks.map(both.text), ["\u22122", "\u22121", "0", "1", "2", "3"]);
});

test("noise may leave the picture at the top", () => {
  const noise = [...Array(99).fill(2), 1000];
  assert.ok(upAxis([1], noise, { kind: "number", log: false }).place(2) < 1);
  assert.ok(upAxis([1], noise, { kind: "number", log: false }).place(1000) > 1);
});

test("on a logarithmic axis decades are equally far apart, and 0 lies on the bottom", () => {
  const axis = upAxis([0, 1e-3, 10], [], { kind: "number", log: true });
  const places = [1e-3, 1e-2, 1e-1, 1, 10].map(axis.place);
  for (let n = 2; n < places.length; n++) assert.ok(Math.abs(places[n] - places[n - 1] - (places[1] - places[0])) < 1e-12);
  assert.equal(axis.place(0), 0);
  assert.ok(Number.isNaN(axis.place(-1)));
  assert.ok(axis.ticks.every((tick) => axis.place(tick) >= 0 && axis.place(tick) <= 1));
  assert.ok(axis.ticks.length >= 3);
});

test("the numbers of a logarithmic axis do not run into each other", () => {
  for (let n = 0; n < 2000; n++) {
    const low = 10 ** (-6 + (n % 50) / 7);
    const axis = upAxis([low, low * 10 ** (n / 250)], [], { kind: "number", log: true });
    const places = axis.ticks.map(axis.place);
    assert.ok(places.length >= 2, `${low} ${n}`);
    for (let k = 1; k < places.length; k++) assert.ok(places[k] - places[k - 1] > 0.06, `${low} ${n}: ${axis.ticks}`);
  }
});

test("nothing finite to show", () => {
  assert.equal(upAxis([NaN, Infinity], [], { kind: "number", log: true }).place(0.5), 0.5);
});

test("near by, the axis holds what is seen and no more", () => {
  const axis = upAxis([0.412, 0.448], [], { kind: "number", log: false, near: true });
  assert.ok(axis.place(0.412) > 0 && axis.place(0.412) < 0.1 && axis.place(0.448) > 0.9 && axis.place(0.448) < 1);
  assert.deepEqual(axis.ticks.map(axis.text), ["0.41", "0.42", "0.43", "0.44", "0.45"]);
  const shares = upAxis([0.951, 0.956], [], { kind: "percent", log: false, near: true });
  assert.ok(shares.ticks.length >= 3);
  assert.deepEqual(shares.ticks.map(shares.text), shares.ticks.map((tick) => `${(100 * tick).toFixed(1)}%`));
  const even = upAxis([0.5, 0.5], [], { kind: "number", log: false, near: true });
  assert.equal(even.place(0.5), 0.5);
});

test("a part of the horizontal axis has round numbers of its own", () => {
  assert.deepEqual(acrossTicks(0, 20, 5, false), [0, 5, 10, 15, 20]);
  assert.deepEqual(acrossTicks(0, 1, 10, false), [0, 0.5, 1]);
  assert.deepEqual(acrossTicks(12.3, 17.9, 6, true), [13, 14, 15, 16, 17]);
  assert.deepEqual(acrossTicks(3.05, 3.45, 5, true), [3.1, 3.2, 3.3, 3.4]);
});

test("the nearest point", () => {
  const points = [1, 0, 2, 0, 4, 0];
  assert.deepEqual([0, 1.4, 1.6, 2.9, 3.1, 9].map((x) => nearest(points, x)), [0, 0, 1, 1, 2, 2]);
  assert.equal(nearest([], 1), -1);
  assert.equal(nearest([1, 0, 0, 5, 0, 0], 4, 3), 1);
});

test("what shares lack of 1; of a band the lower end lacks most", () => {
  assert.deepEqual([...lackedBy(Float64Array.from([1, 0.75, 2, 1]), 2)], [1, 0.25, 2, 0]);
  assert.deepEqual([...lackedBy(Float64Array.from([3, 0.5, 0.75]), 3)], [3, 0.25, 0.5]);
});

test("shares on a logarithmic axis are told in per cent", () => {
  const axis = upAxis([0.004, 0.3, 0], [], { kind: "percent", log: true });
  assert.deepEqual(axis.ticks.map(axis.text), ["0.5%", "1%", "2%", "5%", "10%", "20%"]);
  assert.equal(axis.place(0), 0);
  const narrow = upAxis([0.32, 0.5], [], { kind: "percent", log: true });
  assert.deepEqual(narrow.ticks.map(narrow.text), ["30%", "40%", "50%", "60%", "70%"]);
});
