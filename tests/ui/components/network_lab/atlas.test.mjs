// What a unit reads, map by map, as Python says it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { Atlas } = load("Atlas", "shared/base", "shared/scale", "network_lab/windows", "network_lab/atlas");

const atlasOf = (layers) => {
  const floats = (name) => new Float32Array(layers[Number(name.slice(6))].shape.reduce((a, b) => a * b));
  const blobs = Object.fromEntries(layers.map((_, n) => [`layer_${n}`, [0, 0]]));
  return new Atlas({ layers, labels: {}, scale: "map", floats, blobs }, { diverging: new Uint8Array(768), grey: new Uint8Array(768) });
};

test("a unit reads the maps and the places that Python says", () => {
  let windows = 0;
  for (const { layers, units } of numbers) {
    const atlas = atlasOf(layers);
    for (const { layer, unit: [channel, row = 0, col = 0], reads } of units) {
      const found = atlas.reads({ layer, channel, row, col });
      assert.equal(found.length, reads.length);
      found.forEach((one, n) => {
        assert.equal(one.layer, reads[n].layer);
        assert.deepEqual([one.first, one.stop], reads[n].channels, `${layers[layer].kind} ${channel}`);
        const [rows, cols] = reads[n].taps;
        if (!one.box || !rows.length) return;
        windows++;
        const [top, left, height, width] = one.box;
        assert.ok(top <= rows[0] && rows.at(-1) < top + height);
        assert.ok(left <= cols[0] && cols.at(-1) < left + width);
      });
    }
  }
  assert.ok(windows > 100);
});

test("in vectors and single numbers white is zero, with or without a negative value; maps above zero are grey", () => {
  const tables = { diverging: new Uint8Array(768).fill(1), grey: new Uint8Array(768).fill(2) };
  const layers = [{ shape: [2] }, { shape: [1, 1, 1] }, { shape: [2, 1, 1] }, { shape: [1, 1, 2] }, { shape: [2] }];
  const values = [[0.171, 0.096], [3], [1, 2], [1, 2], [-1, 2]];
  const blobs = Object.fromEntries(layers.map((_, n) => [`layer_${n}`, [0, 0]]));
  for (const scale of ["map", "layer"]) {
    const atlas = new Atlas({ layers, labels: {}, scale, blobs, floats: (name) => Float32Array.from(values[Number(name.slice(6))]) }, tables);
    const told = layers.map((_, n) => atlas.scales[n](0));
    assert.deepEqual(told.map(({ signed }) => signed), [true, true, true, false, true]);
    assert.deepEqual(told.map(({ low, high }) => [low, high]), [[-Math.fround(0.171), Math.fround(0.171)], [-3, 3], [-2, 2], [0, 2], [-2, 2]]);
    assert.deepEqual([...atlas.tile(1, 0).rgba], [1, 1, 1, 255]);
  }
});

test("a field says how much of it is real only where padding is in it", () => {
  const labels = { field_words: "{rows}, {real_rows} real", field_inside: "{rows}", field_all: "all" };
  const layer = { shape: [1, 8, 8], field: { size: [3, 3], jump: [1, 1], start: [-1, -1] }, reach: [0, 1].map(() => [[0, 2], [0, 3], [1, 4]]) };
  const atlas = atlasOf([{ shape: [1, 8, 8] }, layer]);
  atlas.labels = labels;
  const words = (row) => atlas.field({ layer: 1, channel: 0, row, col: row }).words;
  assert.deepEqual([words(0), words(1)], ["3, 2 real", "3"]);
});

test("an edit tells which maps are dead now, and which are constant", () => {
  const atlas = atlasOf([{ shape: [3, 2, 2], captions: ["", ""], dead: [0], constant: [] }]);
  atlas.renew(0, new Float32Array(12), { low: 0, high: 1, dead: [1], constant: [2] });
  assert.deepEqual([atlas.layers[0].dead, atlas.layers[0].constant], [[1], [2]]);
});

test("of a large network some layers have values, and the others the thumbnails of their first maps", () => {
  const layers = [{ shape: [1, 4, 4], small: null }, { shape: [20, 4, 4], small: { maps: 2, rows: 2, cols: 2, signed: false } }];
  const tables = { diverging: new Uint8Array(768).fill(9), grey: Uint8Array.from({ length: 768 }, (_, n) => n / 3) };
  const blobs = { layer_0: [0, 0], small_1: [0, 0] };
  const data = { layers, labels: {}, scale: "map", blobs, floats: () => Float32Array.from({ length: 16 }, (_, n) => n), bytes: () => new Uint8Array([10, 20, 30, 40, 50, 60, 70, 80]) };
  const atlas = new Atlas(data, tables);
  const place = { layer: 1, channel: 1, row: 0, col: 3 };
  assert.ok(atlas.large && atlas.knows(0) && !atlas.knows(1));
  assert.deepEqual([atlas.tiles(0), atlas.tiles(1)], [1, 2]);
  assert.equal(atlas.valueOf({ layer: 0, channel: 0, row: 1, col: 2 }), 6);
  assert.ok(Number.isNaN(atlas.valueOf(place)));
  assert.deepEqual([...atlas.tile(1, 0).rgba].filter((_, n) => n % 4 === 0), [10, 20, 30, 40]);
  const reds = [...atlas.colours(place)].filter((_, n) => n % 4 === 0);
  assert.deepEqual(reds, [50, 50, 60, 60, 50, 50, 60, 60, 70, 70, 80, 80, 70, 70, 80, 80]);
  assert.ok(atlas.colours({ ...place, channel: 7 }).every((one) => one === 0)); // a map without a thumbnail
  atlas.hear({ ...data, blobs: { layer_1: [0, 0], small_1: [0, 0] } });
  assert.ok(atlas.knows(0) && atlas.knows(1)); // what has come stays
  assert.deepEqual(atlas.known, [0, 1]);
  assert.equal(atlas.hear(data), false); // again
  assert.deepEqual(atlas.known, [1, 0]);
});

test("of more values than are kept those go that came first, but none of the open layer's", () => {
  const [map, small] = [2 ** 23, { maps: 1, rows: 1, cols: 1, signed: false }];
  const layers = Array.from({ length: 4 }, () => ({ shape: [1, 1, map], small }));
  const data = (blobs) => ({
    layers, labels: {}, scale: "layer", blobs: Object.fromEntries(blobs.map((n) => [`layer_${n}`, [0, 0]])),
    floats: () => new Float32Array(map), bytes: () => new Uint8Array(1),
  });
  const atlas = new Atlas(data([0, 1]), { diverging: new Uint8Array(768), grey: new Uint8Array(768) });
  atlas.hear(data([2]));
  assert.deepEqual(atlas.known, [1, 2]);
  assert.deepEqual([0, 1, 2, 3].map((n) => atlas.knows(n)), [false, true, true, false]);
  atlas.hear(data([1]));
  assert.deepEqual(atlas.known, [2, 1]);
  atlas.hear(data([0, 1, 3]));
  assert.deepEqual(atlas.known, [0, 1, 3]);
});
