// A step of a number field is the sum that decimals have, whatever their number of digits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { stepped } = load("stepped", "number_fields/steps");

test("a step adds as Python's decimals do", () => {
  assert.ok(numbers.length > 500);
  for (const [value, step, sum] of numbers) assert.equal(stepped(value, step), sum, `${value} + ${step}`);
});
