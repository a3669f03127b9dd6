// Which channel's tile a place is in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { channelAt } = load("channelAt", "shared/base", "map_row/tiles");
const tiles = { height: 8, width: 6, columns: 4 };

test("tiles are counted row by row, and a place within one from its corner", () => {
  assert.deepEqual(channelAt([0, 0], tiles), { channel: 0, row: 0, column: 0 });
  assert.deepEqual(channelAt([7, 23], tiles), { channel: 3, row: 7, column: 5 });
  assert.deepEqual(channelAt([8, 6], tiles), { channel: 5, row: 0, column: 0 });
  assert.deepEqual(channelAt([31, 0], tiles), { channel: 12, row: 7, column: 0 });
});
