// The sum is not said before its products are there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

let animations = [];
let still = false;

class Node {
  constructor() {
    Object.assign(this, { children: [], style: {}, offsetWidth: 100 });
  }
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  setAttribute() {}
  getBoundingClientRect() {
    return { left: 0, top: 0, width: 100, height: 100 };
  }
  animate(steps, timing) {
    const animation = { node: this, steps, timing, cancel: () => (animation.cancelled = true) };
    animations.push(animation);
    return animation;
  }
}

globalThis.document = { createElementNS: () => new Node() };
globalThis.window = { matchMedia: () => ({ matches: still }) };
const { Flight } = load("Flight", "shared/base", "kernel_lab/flight");
const box = { left: 0, top: 0, width: 10, height: 10 };
const product = { text: "1", colour: [0, 0, 0], box };

function launched(count, seconds = 1) {
  animations = [];
  const [flight, said] = [new Flight(), []];
  const parts = { products: Array(count).fill(product), sum: { text: "9", box }, cell: box };
  const flies = flight.launch(parts, seconds, { added: () => said.push("added"), landed: () => said.push("landed") });
  return { flight, said, flies };
}

const ends = ({ timing: { delay = 0, duration } }) => delay + duration;

test("the products are there, then the sum is said, then it flies to its cell", () => {
  for (const count of [9, 27, 147]) {
    const { flight, said } = launched(count);
    const [clock, sum] = [animations.find(({ node }) => node === flight.node), animations.at(-1)];
    const products = animations.filter((animation) => animation !== clock && animation !== sum);
    assert.equal(products.length, count > 27 ? 0 : count);
    for (const each of products) {
      assert.ok(ends(each) <= ends(clock) + 1e-9);
      assert.deepEqual(each.steps.opacity.slice(-2), [0, 0]); // none is seen on the result
    }
    assert.equal(sum.timing.delay, ends(clock));
    assert.equal(sum.steps.opacity[0], 0); // the answer is not seen before
    assert.deepEqual(said, []);
    clock.onfinish();
    assert.deepEqual(said, ["added"]);
    sum.onfinish();
    assert.deepEqual(said, ["added", "landed"]);
    assert.equal(flight.node.children.length, 0);
  }
});

test("what is stopped says its sum at once, and never lands", () => {
  const { flight, said } = launched(9);
  flight.stop();
  assert.deepEqual(said, ["added"]);
  assert.ok(animations.every(({ cancelled }) => cancelled));
  flight.land();
  assert.deepEqual(said, ["added"]);
});

test("nothing is held back where nothing flies", () => {
  assert.deepEqual([launched(9, 0.1).flies, launched(9, 0.1).said], [false, []]);
  still = true;
  assert.deepEqual([launched(9).flies, animations], [false, []]);
  still = false;
});
