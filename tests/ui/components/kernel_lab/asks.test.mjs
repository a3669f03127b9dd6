// Why an RGB picture burns out is said beside its remedy, with the weights as they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

class Node {
  constructor() {
    const names = new Set();
    const toggle = (name, on) => (on ? names.add(name) : names.delete(name));
    Object.assign(this, { classList: { add: (name) => names.add(name), toggle, contains: (name) => names.has(name) }, textContent: "" });
  }
  append() {}
  addEventListener() {}
  setAttribute(name, value) {
    if (name === "class") for (const each of value.split(" ")) this.classList.add(each);
  }
}

globalThis.document = { createElementNS: () => new Node() };
const { Asks } = load("Asks", "shared/base", "kernel_lab/asks");
const BURNT = { unit: true, beyond: 3 };
const ninth = [Array(3).fill(Array(3).fill(1 / 9))];

function offered(scale, weights) {
  const asks = new Asks({ keep: "", normalise: "", three_channels: "they add up to {total}: {total} times" }, () => {});
  asks.offer(scale, weights);
  return { text: asks.why.textContent, seen: !asks.why.classList.contains("empty"), button: !asks.normalise.classList.contains("empty") };
}

test("on three channels the weights' sum says why", () => {
  assert.deepEqual(offered(BURNT, [ninth, ninth, ninth].flat()), { text: "they add up to 3: 3 times", seen: true, button: true });
  assert.equal(offered(BURNT, [[[1.25]], [[0]], [[0]]]).text, "they add up to 1.25: 1.25 times");
});

test("on one channel there is nothing of channels to say; without the button it is not seen", () => {
  assert.deepEqual(offered(BURNT, [[[2]]]), { text: "", seen: true, button: true });
  for (const [scale, weight] of [[{ unit: true, beyond: 0 }, 1], [{ unit: false, beyond: 3 }, 1], [BURNT, 0.3]]) {
    const { seen, button } = offered(scale, Array(3).fill([[weight]]));
    assert.deepEqual([seen, button], [false, false]);
  }
});
