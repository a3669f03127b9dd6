// Which rows of a long sheet are shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { foldedAtFirst, unfoldedRows, rowsWithin, depthOf, laidOut } = load("foldedAtFirst, unfoldedRows, rowsWithin, depthOf, laidOut", "tensor_sheet/folds");

const module = (name, parent) => ({ name, parent, module: true });
const tensor = (name, parent) => ({ name, parent, module: false });

// A network of blocks, each of a convolution and its weight, and one layer beside them.
function deep(blocks) {
  const rows = [module("", -1), module("blocks", 0)];
  for (let n = 0; n < blocks; n++) {
    const at = rows.length;
    rows.push(module(`blocks.${n}`, 1), module(`blocks.${n}.conv`, at), tensor(`blocks.${n}.conv.weight`, at + 1), tensor(`blocks.${n}.conv.bias`, at + 1));
  }
  return [...rows, module("fc", 0), tensor("fc.weight", rows.length), tensor("fc.bias", rows.length)];
}

test("a small network is open", () => {
  assert.deepEqual(foldedAtFirst(deep(2)), new Set());
  assert.equal(unfoldedRows(deep(2), new Set()).length, deep(2).length);
});

test("of hundreds of rows a handful is left, the small layers open", () => {
  const rows = deep(100);
  const names = (folded) => unfoldedRows(rows, folded).map((n) => rows[n].name);
  const folded = foldedAtFirst(rows);
  assert.deepEqual(names(folded), ["", "blocks", "fc", "fc.weight", "fc.bias"]);
  folded.delete("blocks");
  assert.equal(names(folded).length, 5 + 3 * 0 + 100 * 4);
});

test("a module that is folded hides what is in the modules in it", () => {
  const rows = deep(2);
  assert.equal(unfoldedRows(rows, new Set(["blocks"])).length, 5);
  assert.deepEqual(rowsWithin(rows).slice(0, 4), [rows.length - 1, 8, 3, 2]);
  assert.equal(depthOf(rows, 4), 4);
  assert.equal(depthOf(rows, 0), 0);
});

test("rows without modules stand for themselves", () => {
  const rows = Array.from({ length: 60 }, (_, n) => tensor(`layer${n}.weight`, -1));
  assert.equal(unfoldedRows(rows, foldedAtFirst(rows)).length, 60);
});

test("other values are laid out alike; another title, shape, mark or none of a tensor is not", () => {
  const message = ({ at = 0, shape = [2, 3], title = "Weights", mark = "", said = "", gradients = false } = {}) => ({
    zeros: "",
    columns: [{ title, end: at + 1, gradients }],
    rows: [{ ...module("", -1), cells: [] }, { ...tensor("weight", 0), mark, cells: [{ at, shape, said }] }],
  });
  const first = laidOut(message());
  assert.equal(laidOut(message({ at: 600 })), first);
  for (const other of [{ at: -1 }, { shape: [3, 2] }, { title: "After step 1" }, { mark: "new" }, { said: "None" }, { gradients: true }]) assert.notEqual(laidOut(message(other)), first);
});
