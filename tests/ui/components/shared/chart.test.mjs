// The path of a line through points, some of which are no numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Chart, perCent } = load("Chart, perCent", "shared/base", "shared/chart_axes", "shared/chart_zoom", "shared/chart_tools", "shared/chart");

function path(points, style = "solid", begin = 0) {
  const chart = { begin, end: 9, x: (x) => x, y: (y) => y, axis: { place: (y) => y } };
  const series = { points: Float32Array.from(points.flat()), style, width: 2 };
  return Chart.prototype.path.call(chart, series);
}

test("neighbours are joined", () => {
  assert.equal(path([[1, 2], [2, 3], [3, 1]]), "M1.0 2.0L2.0 3.0L3.0 1.0");
});

test("a point by itself is a dot, wherever it stands", () => {
  assert.equal(path([[1, 2]]), "M1.0 2.0h0.01");
  assert.equal(path([[1, 2], [2, NaN], [3, 1]]), "M1.0 2.0h0.01M3.0 1.0h0.01");
  assert.equal(path([[1, 2], [2, 3], [3, NaN], [4, 1]]), "M1.0 2.0L2.0 3.0M4.0 1.0h0.01");
  assert.equal(path([[1, NaN], [2, 3], [3, Infinity], [4, 1], [5, 1]]), "M2.0 3.0h0.01M4.0 1.0L5.0 1.0");
});

test("a line leaves the axis on its way to the next point", () => {
  assert.equal(path([[8, 2], [10, 4]]), "M8.0 2.0L9.0 3.0");
  assert.equal(path([[NaN, NaN]]), "");
});

test("a line comes onto a part of the axis from the point before it", () => {
  assert.equal(path([[1, 2], [5, 6], [7, 6]], "solid", 3), "M3.0 4.0L5.0 6.0L7.0 6.0");
  assert.equal(path([[1, NaN], [5, 6], [7, 6]], "solid", 3), "M5.0 6.0L7.0 6.0");
  assert.equal(path([[1, 4], [11, 14]], "solid", 3), "M3.0 6.0L9.0 12.0");
  assert.equal(path([[1, 2], [2, 3]], "solid", 3), "");
});

test("what is only told is not drawn", () => {
  assert.equal(path([[1, 2], [2, 3]], "told"), "");
});

test("a band below 0 does not pull down the axis of what is never below 0", () => {
  const ticks = (line) => {
    const series = [[line, 2, "solid"], [[1, -3, 4, 2, -1, 2], 3, "band"]].map(([points, width, style]) => ({ points: Float32Array.from(points), width, style }));
    const chart = { series, begin: 0, end: 9, spec: { kind: "number" }, panel: { labels: {} }, tools: {}, scale: { setAttribute: () => {} }, unit: {} };
    Chart.prototype.measure.call(chart);
    return chart.axis.ticks;
  };
  assert.equal(Math.min(...ticks([1, 0.5, 2, 0.4])), 0);
  assert.ok(Math.min(...ticks([1, 0.5, 2, -0.4])) < 0);
});

test("a gap is that of the values as they are shown", () => {
  const series = [[1, 0.82639], [1, 0.80031], [1, 0.02608]].map((points) => ({ points: Float32Array.from(points), width: 2 }));
  const gap = (lines) => Chart.prototype.difference.call({ series: lines }, 2, 1);
  assert.equal(gap(series).toFixed(4), "0.0260");
  const error = series.map((one) => ({ ...one, points: one.points.map((value, i) => (i % 2 ? 1 - value : value)) }));
  assert.equal(gap(error).toFixed(4), "-0.0260");
  assert.ok(Number.isNaN(gap([{ points: [], width: 2 }, series[1], series[2]])));
});

test("per cents are those that Python writes", () => {
  const written = { 0.8025: "80.2", 0.8075: "80.8", 0.8255: "82.5", 0.82575: "82.6", 0.5: "50.0", "-0.02525": "-2.5", 1: "100.0" }; // f"{share:.1%}"
  for (const share in written) assert.equal(perCent(Math.fround(Number(share))), written[share]);
});

test("of a smoothed line the legend says both values", () => {
  const one = { points: Float32Array.of(1, 2, 2, 4), style: "solid", width: 2 };
  const chart = { series: [one], tools: { weight: 0.5 }, spec: { kind: "number" }, panel: { labels: { smoothed_value: "{value} ({smoothed})" } } };
  Object.setPrototypeOf(chart, Chart.prototype);
  assert.equal(chart.smoothedToo(0, 1, "4"), "4 (3.333)");
  assert.equal(chart.smoothedToo(0, 1, ""), "");
});
