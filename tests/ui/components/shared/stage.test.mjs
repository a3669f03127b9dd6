// Which of the three numbers of a cell is red, green or blue.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { channelBar } = load("channelBar", "shared/base", "shared/stage");

function drawn(channel, channels) {
  const bars = [];
  const context = { fillStyle: "", fillRect: (...box) => bars.push([context.fillStyle, ...box]) };
  channelBar(context, 100, 50, channel, channels, 2);
  return bars;
}

test("each of three channels has a bar of its colour in front, edged with white", () => {
  for (const [channel, ink] of [[0, "#d00"], [1, "#080"], [2, "#00d"]]) {
    const [edge, bar] = drawn(channel, 3);
    assert.deepEqual(edge, ["#fff", 102, 40, 8, 20]);
    assert.deepEqual(bar, [ink, 104, 42, 4, 16]);
  }
});

test("a single number has none", () => {
  assert.deepEqual(drawn(0, 1), []);
});
