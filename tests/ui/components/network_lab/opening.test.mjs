// When PyTorch is asked for the parts of a unit, when Python is told of it, and what of its message an answer replaces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.window = { addEventListener: () => {}, removeEventListener: () => {} };
const { Opening, reopened } = load("Opening, reopened", "shared/base", "shared/post", "shared/messenger", "network_lab/opening");

const message = () => ({
  place: { layer: 1, channel: 0, row: 2, col: 3, revision: 7 }, detail: "before", ladder: null, editing: { layer: "conv1", channel: 0, edits: [5] },
  layers: [{ title: "input", recipe: null }, { title: "conv1", recipe: { how: "old", tensors: [] } }], blobs: { own: [0, 4], picture: [4, 4] },
  bytes: (name) => `message ${name}`, floats: (name) => `message ${name}`,
});
const answer = {
  place: { layer: 1, channel: 4, row: 5, col: 6 }, detail: "after", ladder: { channel: 4 }, kernels: { layer: "conv1", channel: 4 },
  recipes: { 1: { how: "new", tensors: ["weight"] } }, blobs: { own: [0, 4], partial: [4, 4], made_1_weight: [8, 4] }, bytes: (name) => `answer ${name}`, floats: (name) => `answer ${name}`,
};

test("an answer replaces what depends on the open unit, and nothing else", () => {
  const found = reopened(message(), answer);
  assert.deepEqual(found.place, { layer: 1, channel: 4, row: 5, col: 6, revision: 7 });
  assert.deepEqual([found.detail, found.ladder], ["after", { channel: 4 }]);
  assert.deepEqual(found.editing, { layer: "conv1", channel: 4, edits: [5] });
  assert.deepEqual(found.layers, [{ title: "input", recipe: null }, { title: "conv1", recipe: { how: "new", tensors: ["weight"] } }]);
  assert.deepEqual(["own", "partial", "picture"].map(found.floats), ["answer own", "answer partial", "message picture"]);
  assert.equal(found.bytes("picture"), "message picture");
  assert.deepEqual(Object.keys(found.blobs).sort(), ["made_1_weight", "own", "partial", "picture"]);
});

test("how units are made is known as long as the weights for it are here", () => {
  const told = message();
  assert.equal(reopened(told, answer).layers[1].recipe.how, "new");
  const { made_1_weight, ...blobs } = answer.blobs; // of the next unit, in another layer
  assert.equal(reopened(told, { ...answer, recipes: {}, blobs }).layers[1].recipe, null);
  assert.equal(reopened(message(), { ...answer, recipes: {}, blobs }).layers[1].recipe.how, "old");
});

// A lab, and what it has done.
function opening(given = {}) {
  const done = [];
  const lab = {
    root: {}, pinned: { layer: 1, channel: 4, row: 5, col: 6 }, revisions: { made: 8 }, atlas: { large: given.large, known: [0, 1] },
    editing: { isAhead: given.isAhead, tellNow: () => done.push("edits") },
    data: { values: { route: given.route ?? "/unit", secret: "s" }, layers: [{ ruled: true }, { ruled: given.ruled ?? true }] },
    send: (event, told) => done.push([event, told.channel, told.revision]), reopen: (told) => done.push(told),
  };
  const made = new Opening(lab);
  made.messenger.ask = () => done.push("asked");
  return { lab, made, done };
}

test("PyTorch is asked at once, and Python told at a pause, once", () => {
  const { made, done } = opening();
  made.send();
  assert.deepEqual(done, ["asked"]);
  made.tellNow();
  made.tellNow();
  made.tell();
  assert.deepEqual(done, ["asked", "edits", ["place", 4, 8]]);
});

test("without a route, with edits that Python has not heard of, and for a measured field Python is told at once", () => {
  for (const given of [{ route: "" }, { isAhead: true }, { ruled: false }]) {
    const { made, done } = opening(given);
    made.send();
    assert.deepEqual(done, ["edits", ["place", 4, 8]]);
  }
});

test("the question names the pass, the unit, and of a large network the layers whose values are here", () => {
  const { made } = opening();
  assert.deepEqual(made.question().header, { secret: "s", layer: 1, channel: 4, row: 5, col: 6, known: [] });
  assert.deepEqual(opening({ large: true }).made.question().header.known, [0, 1]);
});

test("an answer about another pass, or before an edit, is not taken", () => {
  const { lab, made, done } = opening();
  made.question();
  made.take("first");
  lab.editing.isAhead = true;
  made.take("second");
  lab.editing.isAhead = false;
  lab.data.values.secret = "t";
  made.take("third");
  assert.deepEqual(done, ["first"]);
});
