// Messages, numbers in words, colours and keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { unpack, fill, fixed, brief, colourAt, readableOn, steered, clamp, writeInto, inARow } = load(
  "unpack, fill, fixed, brief, colourAt, readableOn, steered, clamp, writeInto, inARow",
  "shared/base",
);

test("a message is read wherever it lies in memory", () => {
  const bytes = Buffer.from(numbers.message, "base64");
  for (let shift = 0; shift < 4; shift++) {
    const moved = new Uint8Array(shift + bytes.length);
    moved.set(bytes, shift);
    const read = unpack(moved.subarray(shift));
    assert.equal(read.text, "aé🐱");
    assert.deepEqual(read.n, [1, 2.5, null]);
    assert.equal(Buffer.from(read.bytes("bytes")).toString(), "abcde");
    assert.deepEqual([...read.floats("floats")], [0.5, -1]);
  }
});

test("fields are filled, others are left", () => {
  assert.equal(fill("{a} of {b} {c}", { a: 1, b: "two" }), "1 of two {c}");
  assert.equal(fill("{zero}", { zero: 0 }), "0");
});

test("sentences stand in a row, in Chinese without a blank behind their marks", () => {
  assert.equal(inARow("Row 1, column 2:", "", 0, "0.5", false, undefined, "There."), "Row 1, column 2: 0.5 There.");
  assert.equal(inARow("\u7b2c 1 \u884c\uff1a", "0.5", "\u5b8c\u3002", "\u5b8c\u3002"), "\u7b2c 1 \u884c\uff1a0.5 \u5b8c\u3002\u5b8c\u3002");
  assert.equal(inARow("", ""), "");
});

test("numbers as people read them", () => {
  assert.equal(fixed(-1.25, 1), "\u22121.3");
  assert.equal(fixed(-0.001, 2), "0.00");
  assert.equal(fixed(-Infinity, 2), "\u2212Infinity");
  assert.equal(brief(0), "0");
  assert.equal(brief(-0.123456), "\u22120.1235");
  assert.equal(brief(12345678), "1.235e+7");
  assert.equal(brief(0.00001), "1.000e\u22125");
  assert.equal(brief(1 / 3, 2), "0.33");
});

test("a position between 0 and 1 picks a colour of Python's table", () => {
  const { table } = numbers;
  assert.deepEqual(colourAt(table, 0), table.slice(0, 3));
  assert.deepEqual(colourAt(table, 1), table.slice(-3));
  assert.deepEqual(colourAt(table, -5), table.slice(0, 3));
  assert.deepEqual(colourAt(table, 0.5), table.slice(3 * 128, 3 * 129));
});

test("letters on a colour are black or white, whichever is read better", () => {
  assert.equal(readableOn([255, 255, 255]), "#000");
  assert.equal(readableOn([0, 0, 0]), "#fff");
  assert.equal(readableOn([0, 0, 255]), "#fff");
  assert.equal(readableOn([0, 255, 0]), "#000");
});

test("arrow keys stay on the board", () => {
  assert.deepEqual(steered({ key: "ArrowDown" }, [0, 0], [2, 3]), [1, 0]);
  assert.deepEqual(steered({ key: "ArrowDown" }, [1, 0], [2, 3]), [1, 0]);
  assert.deepEqual(steered({ key: "ArrowRight" }, [1, 2], [2, 3]), [1, 2]);
  assert.deepEqual(steered({ key: "Home" }, [1, 2], [2, 3], { Home: [0, -1e4] }), [1, 0]);
  assert.equal(steered({ key: "a" }, [1, 2], [2, 3]), undefined);
  assert.equal(clamp(7, 0, 3), 3);
});

test("a text is put into the node's own text, if that is all it has, and not twice", () => {
  const node = (parts = {}) => {
    const writes = [];
    return { ...parts, writes, get textContent() { return writes.at(-1) ?? "before"; }, set textContent(text) { writes.push(text); } };
  };
  for (const [types, own] of [[[3], true], [[], false], [[1], false], [[3, 1], false]]) {
    const children = types.map((nodeType) => node({ nodeType }));
    const whole = node({ firstChild: children[0] ?? null, lastChild: children.at(-1) ?? null });
    for (let times = 0; times < 2; times++) writeInto(whole, "after");
    assert.deepEqual([whole.writes, children[0]?.writes ?? []], own ? [[], ["after"]] : [["after"], []]);
  }
});
