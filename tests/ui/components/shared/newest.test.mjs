// Of an answer over a route and Streamlit's own, the newer one is shown, and nothing comes back.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { load } from "../load.mjs";

globalThis.window = new EventTarget();
globalThis.unpack = (bytes) => bytes; // of shared/base
const { Newest, CATCH_UP_MS } = load("Newest, CATCH_UP_MS", "shared/newest");

afterEach(() => mock.timers.reset());

function shown() {
  mock.timers.enable({ apis: ["setTimeout"] });
  const drawn = [];
  const newest = new Newest((data) => drawn.push(data));
  const streamlit = (n, data) => newest.hear({ key: "a", told: { n } }, data);
  const route = (n, data, key = "a") => window.dispatchEvent(Object.assign(new Event("convlab-answer"), { detail: { told: { n }, names: ["n"], messages: { [key]: data } } }));
  return { drawn, newest, streamlit, route };
}

test("what Streamlit says of the time before is left aside", () => {
  const { drawn, streamlit, route, newest } = shown();
  streamlit("1", "one");
  route("2", "two");
  route("3", "three");
  streamlit("2", "two again");
  streamlit("3", "three again");
  streamlit("1", "one anew");
  assert.deepEqual(drawn, ["one", "two", "three", "three again", "one anew"]);
  newest.stop();
});

test("an answer to another component is none to this one, and nothing comes once it is gone", () => {
  const { drawn, streamlit, route, newest } = shown();
  streamlit("1", "one");
  route("2", "two", "b");
  newest.stop();
  route("3", "three");
  assert.deepEqual(drawn, ["one"]);
});

test("where Streamlit never agrees, its last word counts in the end", () => {
  const { drawn, streamlit, route, newest } = shown();
  streamlit("1", "one");
  route("2", "two");
  streamlit("1", "one again");
  mock.timers.tick(CATCH_UP_MS);
  assert.deepEqual(drawn, ["one", "two", "one again"]);
  newest.stop();
});

test("where the route refuses what came next, Streamlit's word counts at once", () => {
  const { drawn, streamlit, route, newest } = shown();
  streamlit("1", "one");
  route("2", "two");
  window.dispatchEvent(new Event("convlab-refused"));
  streamlit("1", "one again");
  assert.deepEqual(drawn, ["one", "two", "one again"]);
  newest.stop();
});

test("a message of a page where nobody asks is shown as it comes", () => {
  const { drawn, newest } = shown();
  newest.hear(undefined, "one");
  newest.hear(undefined, "two");
  assert.deepEqual(drawn, ["one", "two"]);
  newest.stop();
});
