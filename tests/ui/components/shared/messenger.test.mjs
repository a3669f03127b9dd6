// One question at a time: the newest is asked next, and answers to those before it are handed on only where they are wanted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Messenger, MOST_FAILURES } = load("Messenger, MOST_FAILURES", "shared/base", "shared/post", "shared/messenger");

function messenger(handlers) {
  const asked = [];
  const waiting = [];
  const made = Object.assign(Object.create(Messenger.prototype), {
    handlers: { question: () => asked.length, ...handlers },
    fetched: (question) => new Promise((resolve) => {
      asked.push(question);
      waiting.push(() => resolve(`answer ${question}`));
    }),
  });
  const answer = async () => {
    waiting.shift()();
    for (let n = 0; n < 5; n++) await null;
  };
  return { made, asked, answer };
}

test("of many edits while PyTorch answers only the newest is asked, and overtaken answers are shown where that is wanted", async () => {
  const shown = [];
  const { made, asked, answer } = messenger({ answered: (map) => shown.push(map), overtaken: (map) => shown.push(`${map}, overtaken`) });
  made.ask();
  made.ask();
  made.ask();
  assert.deepEqual(asked, [0]);
  await answer();
  assert.deepEqual(asked, [0, 1]);
  await answer();
  assert.deepEqual(shown, ["answer 0, overtaken", "answer 1"]);
  assert.equal(made.asking, false);
});

test("without that, and once the question is void, an answer is not shown", async () => {
  const shown = [];
  const { made, answer } = messenger({ answered: (map) => shown.push(map) });
  made.ask();
  made.ask();
  await answer();
  await answer();
  assert.deepEqual(shown, ["answer 1"]);
  made.ask();
  made.drop();
  await answer();
  assert.deepEqual(shown, ["answer 1"]);
  assert.equal(made.asking, false);
});

test("a question that is refused is no failure of the route where somebody says why, and else it is", async (context) => {
  context.mock.method(globalThis, "fetch", async () => ({ ok: false, status: 422 }));
  const said = [];
  const made = (handlers) => Object.assign(Object.create(Messenger.prototype), { handlers: { tell: () => said.push("told"), ...handlers }, failures: 0, route: "/x", timer: 1 });
  const [explained, unexplained] = [made({ refused: () => said.push("refused") }), made({})];
  for (let n = 0; n < MOST_FAILURES; n++) {
    for (const one of [explained, unexplained]) assert.equal(await one.fetched({ header: {}, pixels: new Uint8Array() }), null);
  }
  assert.deepEqual(said.slice(0, 3), ["told", "refused", "told"]);
  assert.equal(explained.hasRoute, true);
  assert.equal(unexplained.hasRoute, false);
});
