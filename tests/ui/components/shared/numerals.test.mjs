// The browser reads a number as Python does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { readNumber } = load("readNumber", "shared/numerals");

test("what people write is read as Python reads it, or refused as Python refuses it", () => {
  assert.ok(numbers.length > 500);
  for (const [text, value] of numbers) {
    const wanted = value === "inf" ? Infinity : value === "-inf" ? -Infinity : value;
    assert.equal(readNumber(text), wanted, JSON.stringify(text));
  }
});
