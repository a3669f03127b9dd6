// All columns fit side by side, maps as large as there is room, none outside its height.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { arranged, tilesOf, widened, pitchOf, LEAST_TILE_PX, LEAST_PITCH_PX, PITCH_PX } = load(
  "arranged, tilesOf, widened, pitchOf, LEAST_TILE_PX, LEAST_PITCH_PX, PITCH_PX", "shared/base", "network_lab/arrange");

const everything = (count) => new Set(Array(count).keys());

test("columns fill the width and stay within the height", () => {
  for (const { layers } of numbers) {
    const columns = layers.slice(0, 14).map((layer) => tilesOf(layer));
    for (const [width, height] of [[1050, 190], [1400, 240], [980, 150]]) {
      const found = arranged(columns, everything(columns.length), width, height, pitchOf(columns.length, width));
      const total = found.reduce((sum, { slot }) => sum + slot, 0);
      assert.ok(total <= width + 0.01, `${total} in ${width}`);
      found.forEach(({ tile, down, across, apart, slot, wide }, n) => {
        assert.ok(down * (tile + apart) - apart <= height);
        assert.ok(down * across >= columns[n].maps);
        assert.ok(wide < slot);
        assert.ok(tile >= LEAST_TILE_PX);
      });
    }
  }
});

test("more room makes larger maps, up to their largest", () => {
  const columns = numbers[0].layers.map((layer) => tilesOf(layer));
  const tiles = (width) => arranged(columns, everything(columns.length), width, 200, PITCH_PX).map(({ tile }) => tile);
  const [narrow, wide, widest] = [800, 1100, 9000].map(tiles);
  narrow.forEach((tile, n) => assert.ok(tile <= wide[n] && wide[n] <= widest[n]));
  assert.deepEqual(widest, columns.map(({ most }) => most));
});

test("too many columns are thin but for those around the open one", () => {
  for (const open of [0, 10, 69]) {
    const wide = widened(70, open, 1100);
    assert.ok(wide.has(open));
    const columns = Array.from({ length: 70 }, () => tilesOf({ shape: [64, 56, 56] }));
    const found = arranged(columns, wide, 1100, 190, LEAST_PITCH_PX);
    assert.ok(found.reduce((sum, { slot }) => sum + slot, 0) <= 1100 + 0.01);
    for (const { down, tile, apart } of found) assert.ok(down * (tile + apart) - apart <= 190);
  }
  assert.equal(widened(11, 3, 11 * LEAST_PITCH_PX).size, 11);
});
