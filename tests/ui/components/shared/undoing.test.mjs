// Which keys undo and redo, and how many steps are left while Python has not answered.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { stepOf, Undoing } = load("stepOf, Undoing", "shared/base", "shared/revisions", "shared/undoing");

test("Ctrl+Z undoes, Ctrl+Shift+Z and Ctrl+Y redo, Cmd as well as Ctrl", () => {
  const held = (key, ...names) => stepOf({ key, ...{ ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }, ...Object.fromEntries(names.map((name) => [name, true])) });
  for (const control of ["ctrlKey", "metaKey"]) {
    assert.equal(held("z", control), -1);
    assert.equal(held("Z", control, "shiftKey"), 1);
    assert.equal(held("y", control), 1);
    assert.equal(held("z", control, "altKey"), 0);
    assert.equal(held("x", control), 0);
  }
  assert.equal(held("z"), 0);
  assert.equal(held("z", "ctrlKey", "metaKey"), 0);
});

function undoing() {
  const sent = [];
  const made = Object.assign(Object.create(Undoing.prototype), { total: 0, asked: -Infinity, enable() {}, handlers: { step: (total) => sent.push(total) } });
  return { made, sent };
}

test("steps that Python has not heard of count as done, and are asked for in sum", () => {
  const { made, sent } = undoing();
  made.show({ undo: 2, redo: 0, steps: 0 });
  made.go(-1);
  made.go(-1);
  made.go(-1);
  assert.deepEqual(sent, [-1, -2]);
  made.show({ undo: 1, redo: 1, steps: -1 });
  assert.deepEqual(made.left, { undo: 0, redo: 2 });
  assert.deepEqual(sent, [-1, -2, -2]); // said again: it may have been lost
  made.go(1);
  assert.deepEqual(sent, [-1, -2, -2, -1]);
  made.show({ undo: 1, redo: 1, steps: -1 });
  assert.deepEqual(sent, [-1, -2, -2, -1]); // Python has it
  assert.deepEqual(made.left, { undo: 1, redo: 1 });
});

test("an edit can be undone at once, and ends what could be redone", () => {
  const { made } = undoing();
  made.show({ undo: 2, redo: 3, steps: 0 }, false);
  made.edited();
  made.edited();
  assert.deepEqual(made.left, { undo: 3, redo: 0 });
  made.show({ undo: 2, redo: 3, steps: 0 }, true);
  assert.deepEqual(made.left, { undo: 3, redo: 0 });
  made.show({ undo: 3, redo: 0, steps: 0 }, false);
  assert.deepEqual(made.left, { undo: 3, redo: 0 });
});

test("a session that begins anew is followed", () => {
  const { made } = undoing();
  made.show({ undo: 5, redo: 0, steps: 0 });
  made.go(-1);
  made.show({ undo: 4, redo: 1, steps: -1 });
  made.show({ undo: 0, redo: 0, steps: 0 });
  assert.deepEqual(made.left, { undo: 0, redo: 0 });
});
