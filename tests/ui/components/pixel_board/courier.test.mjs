// What passes between the board and Python.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "../load.mjs";

const { Courier } = load("Courier", "shared/base", "shared/revisions", "pixel_board/courier");

test("an echo is no news, another board is, and so is an old one that Python can no longer hold", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [];
  const courier = new Courier((message) => sent.push(message), 4);
  assert.ok(courier.isNews("blank", 4));
  courier.accept("blank");
  courier.say("one");
  courier.say("two");
  courier.say("three"); // quick strokes go together
  assert.deepEqual(sent, ["5 one"]);
  mock.timers.tick(1000);
  assert.deepEqual(sent, ["5 one", "6 three"]);
  for (const text of ["blank", "one", "three"]) assert.ok(!courier.isNews(text, 4));
  assert.ok(courier.isNews("other", 4));
  assert.ok(!courier.isNews("three", 6));
  assert.ok(courier.isNews("one", 6));
  mock.timers.reset();
});

test("a board that was painted and undone at once is not sent", () => {
  const sent = [];
  const courier = new Courier((message) => sent.push(message), 0);
  courier.accept("blank");
  courier.say("blank");
  assert.deepEqual(sent, []);
});
