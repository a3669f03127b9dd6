// Which columns of a sheet are shown: Python's choice, or that of a component that leads it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { withColumns, Following } = load("withColumns, Following", "tensor_sheet/following");

const CELLS = [{ at: 0 }, { at: 4 }, { at: 8 }];
const message = (more = {}) => ({
  labels: { not_yet: "not yet" }, identity: "a", shown: [0, 1], formula: "then",
  columns: [{ title: "x" }, { title: "y" }, { title: "z" }],
  rows: [{ name: "m", module: true, cells: [] }, { name: "m.w", module: false, cells: CELLS }], ...more,
});
const titles = ({ columns }) => columns.map(({ title }) => title);

test("the chosen columns, in their order, with the cells of each row", () => {
  const shown = withColumns(message(), { columns: [2, 0], formula: "now" });
  assert.deepEqual(titles(shown), ["z", "x"]);
  assert.deepEqual(shown.rows[1].cells, [CELLS[2], CELLS[0]]);
  assert.deepEqual(shown.rows[0], message().rows[0]);
  assert.equal(shown.formula, "now");
});

test("a column that is not there yet keeps its place and its title", () => {
  const shown = withColumns(message(), { columns: [0, ~2], formula: "" });
  assert.deepEqual(titles(shown), ["x", "z"]);
  assert.deepEqual(shown.rows[1].cells, [CELLS[0], { at: -1, shape: null, said: "not yet" }]);
});

test("a formula that is not said keeps its line", () => {
  assert.equal(withColumns(message(), { columns: [0], formula: "" }).formula, "\u00a0");
  assert.equal(withColumns(message({ formula: "" }), { columns: [0], formula: "" }).formula, "");
});

test("all columns where none is chosen", () => {
  const all = message({ shown: [] });
  assert.equal(withColumns(all, { columns: [], formula: "" }), all);
});

test("who leads is heard of the same identity alone, and remembered for a message to come", () => {
  let heard = null;
  let shows = 0;
  globalThis.window = { addEventListener: (_, f) => (heard = f), removeEventListener: () => (heard = null) };
  const following = new Following(() => shows++);
  assert.deepEqual(titles(following.chosen(message())), ["x", "y"]);
  heard({ detail: { identity: "a", columns: [1], formula: "" } });
  assert.equal(shows, 1);
  heard({ detail: { identity: "a", columns: [1], formula: "" } }); // the same again
  assert.equal(shows, 1);
  assert.deepEqual(titles(following.chosen(message())), ["y"]);
  heard({ detail: { identity: "b", columns: [2], formula: "" } }); // ahead of Python's message
  assert.equal(shows, 1);
  assert.deepEqual(titles(following.chosen(message())), ["x", "y"]);
  assert.deepEqual(titles(following.chosen(message({ identity: "b" }))), ["z"]);
  following.chosen(message({ identity: "c" }));
  heard({ detail: { identity: "c", columns: [0, 1], formula: "then" } }); // as Python has chosen: it is drawn already
  assert.equal(shows, 1);
  following.stop();
  assert.equal(heard, null);
  delete globalThis.window;
});
