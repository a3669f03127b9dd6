// Which kernels count as changed, what the tools make, and from which layer on PyTorch is asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { ChangedKernels, Editing, TOOLS } = load("ChangedKernels, Editing, TOOLS", "shared/base", "shared/revisions", "shared/messenger", "network_lab/editing");
const OWN = [[1, 2], [3, 4]];
const ZERO = [[0, 0], [0, 0]];

test("a kernel that is as it came is no change", () => {
  const changes = new ChangedKernels([["conv1", 0, 2, ZERO]]);
  assert.deepEqual(changes.get("conv1", 0, 2), ZERO);
  assert.equal(changes.get("conv1", 0, 1), undefined);
  changes.set("conv1", 0, 1, OWN, OWN);
  assert.deepEqual(changes.told(), [["conv1", 0, 2, ZERO]]);
  changes.set("conv1", 0, 2, OWN, OWN);
  assert.deepEqual(changes.told(), []);
});

test("changes are found by layer, map and kernel", () => {
  const changes = new ChangedKernels([["conv1", 3, 2, ZERO]]);
  assert.equal(changes.has("conv1"), true);
  assert.equal(changes.has("conv1", 3), true);
  assert.equal(changes.has("conv1", 3, 2), true);
  assert.equal(changes.has("conv1", 3, 1), false);
  assert.equal(changes.has("conv1", 2), false);
  assert.equal(changes.has("conv2"), false);
});

test("what is kept does not follow the grid that it was made of", () => {
  const grid = [[5, 5], [5, 5]];
  const changes = new ChangedKernels([]);
  changes.set("conv1", 0, 0, grid, OWN);
  grid[0][0] = 7;
  assert.equal(changes.get("conv1", 0, 0)[0][0], 5);
});

test("zero, negate and restore", () => {
  assert.deepEqual(TOOLS.zero(OWN), ZERO);
  assert.deepEqual(TOOLS.negate([[1, 0], [-2, 3]]), [[-1, 0], [2, -3]]);
  assert.equal(Object.is(TOOLS.negate([[0]])[0][0], 0), true); // never -0
  assert.deepEqual(TOOLS.restore(ZERO, OWN), OWN);
});

function editing() {
  const shown = { layer: "conv2", channel: 1, paths: ["", "conv1", "", "conv2", "", ""], question: { seed: 3 }, edits: [] };
  const made = Object.assign(Object.create(Editing.prototype), {
    shown, own: [OWN, OWN], changes: new ChangedKernels([["conv1", 0, 0, ZERO]]), behind: Infinity,
    revisions: { made: 7 }, pixels: new Uint8Array(3),
  });
  return made;
}

test("the browser is ahead until Python has heard of its edits", () => {
  const made = editing();
  for (const [heard, ahead] of [[6, true], [7, false]]) {
    made.revisions.heard = heard;
    assert.equal(made.isAhead, ahead);
  }
});

test("PyTorch is asked for the maps from the changed layer on", () => {
  const made = editing();
  made.put(1, ZERO);
  const { header, pixels } = made.question();
  assert.equal(header.behind, 3);
  assert.deepEqual(header.edits, [["conv1", 0, 0, ZERO], ["conv2", 1, 1, ZERO]]);
  assert.deepEqual([header.seed, pixels.length, made.asked], [3, 3, 7]);
});

test("once an earlier layer has changed too, from that one on, until Python has told all", () => {
  const made = editing();
  made.put(1, ZERO);
  made.differ("conv1");
  assert.equal(made.question().header.behind, 1);
  made.put(0, ZERO);
  assert.equal(made.question().header.behind, 1);
});
