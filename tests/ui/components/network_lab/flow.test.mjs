// Where the flow is when, and along which ways.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { along, alongPieces, flowAt, bow, bundle } = load("along, alongPieces, flowAt, bow, bundle", "shared/base", "shared/curves", "shared/player", "network_lab/flow");

test("a pulse begins and ends where its line does, and never goes back", () => {
  const way = bow([10, 40], [70, 4]);
  assert.deepEqual(along(way, 0), [10, 40]);
  assert.deepEqual(along(way, 1), [70, 4]);
  const across = Array.from({ length: 21 }, (_, n) => along(way, n / 20)[0]);
  assert.deepEqual(across, across.toSorted((a, b) => a - b));
});

test("an arc is passed at equal speed", () => {
  const arc = [[0, 10], [0, 0], [30, 0], [30, 10]]; // 50 long
  assert.deepEqual([0, 0.1, 0.2, 0.5, 0.9, 1].map((share) => alongPieces(arc, share)), [[0, 10], [0, 5], [0, 0], [15, 0], [30, 5], [30, 10]]);
});

test("pulses come first, then the maps; without motion there are whole stages alone", () => {
  assert.deepEqual(flowAt(0, false), { stage: 0, sent: 0, seen: 0 });
  const early = flowAt(335, false);
  assert.deepEqual([early.stage, early.seen], [3, 0]);
  assert.ok(Math.abs(early.sent - 0.5) < 1e-9);
  const late = flowAt(385, false);
  assert.equal(late.sent, 1);
  assert.ok(Math.abs(late.seen - 0.5) < 1e-9);
  assert.deepEqual(flowAt(385, true), { stage: 3, sent: 0, seen: 0 });
});

test("a bundle leaves and arrives over the whole height", () => {
  const ways = bundle({ right: 10, top: 0, bottom: 24 }, { left: 30, top: 100, bottom: 112 });
  assert.deepEqual([ways[0][0], ways[0][3], ways.at(-1)[0], ways.at(-1)[3]], [[10, 1], [30, 100.5], [10, 23], [30, 111.5]]);
});
