// What a chart offers beside its lines: smoothed values, and its numbers as CSV.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { smoothed, csvOf, csvCell, fileName } = load("smoothed, csvOf, csvCell, fileName", "shared/base", "shared/chart_axes", "shared/chart_tools");

const line = (name, style, points) => ({ name, style, points: Float32Array.from(points.flat()), width: points[0].length });

test("without a weight nothing is smoothed, and what is even stays even", () => {
  const points = Float32Array.of(1, 5, 2, 5, 3, 5);
  assert.equal(smoothed(points, 2, 0), points);
  assert.deepEqual([...smoothed(points, 2, 0.9)], [...points]);
});

test("a smoothed value is the weighted mean of those up to it", () => {
  const found = smoothed(Float32Array.of(1, 8, 2, 2, 3, NaN, 4, 4), 2, 0.5);
  assert.deepEqual([found[0], found[2], found[6]], [1, 2, 4]);
  assert.equal(found[1], 8);
  assert.equal(found[3], 4); // (1/2 · 8 + 2) / (1/2 + 1)
  assert.ok(Number.isNaN(found[5]));
  assert.equal(found[7], 4); // (1/4 · 8 + 1/2 · 2 + 4) / (1/4 + 1/2 + 1)
});

test("both edges of a band are smoothed", () => {
  assert.deepEqual([...smoothed(Float32Array.of(1, 2, 4, 2, 5, 7), 3, 0.5)], [1, 2, 4, 2, 4, 6]);
});

test("a chart's numbers have a row for each place, and blanks where a line has none", () => {
  const series = [
    line("", "faint", [[0.5, 3], [1, 2]]),
    line("Training", "solid", [[1, 2.5], [2, NaN]]),
    line("The book", "level", [[0, 0.93]]),
    line("Spread", "band", [[1, 2, 3]]),
  ];
  const text = csvOf({ title: "Loss", exponent: null }, series, "epoch");
  assert.deepEqual(text.trimEnd().split("\r\n"), [
    "epoch,Loss 1,Training,The book,Spread ↓,Spread ↑",
    "0.5,3,,0.93,,",
    "1,2,2.5,0.93,2,3",
    "2,,,0.93,,",
  ]);
});

test("a logarithmic axis is written as what it stands for", () => {
  assert.equal(csvOf({ title: "", exponent: -3 }, [line("a", "solid", [[1, 7]])], "rate"), "rate,a\r\n0.01,7\r\n");
});

test("a name is quoted, and is no formula", () => {
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell("=1+1"), "'=1+1");
  assert.equal(csvCell("@sum"), "'@sum");
});

test("a nameless band is its line's or left out, and points are points", () => {
  const series = [
    { ...line("", "band", [[1, 0.5, 0.75]]), colour: "grey" },
    { ...line("", "band", [[1, 0.25, 0.5]]), colour: "red" },
    { ...line("Net", "solid", [[1, 0.375]]), colour: "red" },
    { ...line("Gap (points)", "told", [[1, 0.25]]), colour: "grey" },
  ];
  const text = csvOf({ title: "Accuracy", kind: "percent" }, series, "epoch");
  assert.deepEqual(text.trimEnd().split("\r\n"), ["epoch,Net \u2193,Net \u2191,Net,Gap (points)", "1,0.25,0.5,0.375,25"]);
});

test("a file has the name of its run, as every system can have it", () => {
  assert.equal(fileName("net, seed 0", "loss", "png"), "convlab-net-seed-0-loss.png");
  assert.equal(fileName("../\u00c4rger: \u7f51\u7edc?", "loss", "csv"), "convlab-\u00c4rger-\u7f51\u7edc-loss.csv");
  assert.equal(fileName("", "val_loss", "svg"), "convlab-val_loss.svg");
});
