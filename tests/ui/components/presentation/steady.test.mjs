// How far a page goes with a card that grows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { follows } = load("follows", "shared/base", "presentation/steady");

test("as far as the card grows, while all of it stays in sight", () => {
  assert.equal(follows(120, 160), 120);
  assert.equal(follows(200, 160), 160);
  assert.equal(follows(120, -30), 0); // its upper edge has left the screen already
  assert.equal(follows(-40, 160), 0); // one that would shrink keeps its height
});
