// How large a map is drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { mapWidth } = load("mapWidth", "shared/base", "kernel_bank/card");

test("cells have whole pixels where there is room for them", () => {
  for (const [cols, room, width] of [[30, 128, 120], [32, 128, 128], [15, 128, 120], [1, 128, 128], [30, 30, 30], [7, 130, 126]]) {
    assert.equal(mapWidth(cols, room), width, `${cols} in ${room}`);
    assert.equal(mapWidth(cols, room) % cols, 0);
  }
});

test("a map is never wider than its room, and never so wide that few fit", () => {
  assert.equal(mapWidth(38, 30), 30);
  assert.equal(mapWidth(30, 1000), 180);
});
