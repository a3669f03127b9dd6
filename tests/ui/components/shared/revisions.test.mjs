// Who knows of which edit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Revisions } = load("Revisions", "shared/base", "shared/revisions");

test("an answer to an older edit is stale, the answer to the last one is not", () => {
  const revisions = new Revisions();
  assert.ok(revisions.hear(0, "a"));
  assert.equal(revisions.next(), 1);
  assert.equal(revisions.next(), 2);
  assert.ok(!revisions.hear(1, "a"));
  assert.ok(revisions.stale);
  revisions.hear(2, "a");
  assert.ok(!revisions.stale);
});

test("another origin is shown whatever was made, and what was made before it stays counted", () => {
  const revisions = new Revisions();
  revisions.hear(0, "a");
  revisions.next();
  revisions.next();
  assert.ok(revisions.hear(1, "b"));
  assert.ok(!revisions.stale);
  assert.equal(revisions.next(), 3);
});

test("where Python takes no edit of the old origin, counting goes on from what it has heard", () => {
  const revisions = new Revisions();
  revisions.hear(0, 1);
  revisions.next();
  revisions.hear(0, 2);
  revisions.forget();
  assert.equal(revisions.made, 0);
  assert.ok(!revisions.due(1));
});

test("a component that is built again counts on from Python's number", () => {
  const revisions = new Revisions();
  revisions.hear(7, "a");
  assert.equal(revisions.next(), 8);
});

test("one edit is told at a time, each once, and again only after a long silence", () => {
  const revisions = new Revisions();
  revisions.hear(0, "a");
  assert.ok(!revisions.due(1));
  revisions.next();
  assert.ok(revisions.due(1));
  assert.ok(!revisions.due(2));
  revisions.next();
  assert.ok(!revisions.due(3)); // the first is on its way
  revisions.hear(1, "a");
  assert.ok(revisions.due(4));
  revisions.next();
  assert.ok(!revisions.due(3003));
  assert.ok(revisions.due(3005));
});
