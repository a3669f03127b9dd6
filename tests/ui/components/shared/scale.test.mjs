// Values become colours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, numbers } from "../load.mjs";

const { chooseScale, colourise, ends, sameBytes, Legend } = load("chooseScale, colourise, ends, sameBytes, Legend", "shared/base", "shared/scale");

const grey = Uint8Array.from({ length: 768 }, (_, n) => Math.floor(n / 3));
const diverging = Uint8Array.from({ length: 768 }, (_, n) => 255 - Math.floor(n / 3));
const tables = { grey, diverging };

test("signed data has zero in the middle, other data at the bottom", () => {
  const signed = chooseScale([-1, 0, 3], "auto", 0, tables);
  assert.deepEqual([signed.signed, signed.low, signed.high, signed.table, signed.automatic], [true, -3, 3, diverging, true]);
  const plain = chooseScale([0, 3], "auto", 0, tables);
  assert.deepEqual([plain.signed, plain.low, plain.high, plain.table], [false, 0, 3, grey]);
  const fixed = chooseScale([-1, 3], "grey", 7, tables);
  assert.deepEqual([fixed.signed, fixed.low, fixed.high, fixed.automatic], [false, 0, 7, false]);
  assert.equal(chooseScale([0, 0], "auto", 0, tables).high, 1);
});

test("each value gets the nearest of 256 colours, those beyond the ends the last", () => {
  const rgba = colourise([0, 1, 0.5, -9, 9], { low: 0, high: 1, table: grey });
  assert.deepEqual([...rgba], [0, 255, 128, 0, 255].flatMap((value) => [value, value, value, 255]));
});

test("ends and equal bytes", () => {
  assert.deepEqual(ends([2, -1, 5]), [-1, 5]);
  assert.ok(sameBytes(new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 4])));
  assert.ok(!sameBytes(new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 5])));
  assert.ok(!sameBytes(new Uint8Array(4), undefined));
});

test("the ends hold every value, unless the scale is fixed or grey, and then it says so", () => {
  for (let n = 0; n < 500; n++) {
    const [shift, size] = [Math.random() * 4 - 3, 10 ** (Math.random() * 12 - 6)];
    const values = Array.from({ length: 5 }, () => (Math.random() * 2 + shift) * size);
    const [low, high] = ends(values);
    for (const choice of ["auto", "signed", "grey"]) {
      const scale = chooseScale(values, choice, 0, tables);
      assert.ok(scale.high > 0 && scale.high >= high && !scale.beyond, `${choice} ${values}`);
      assert.equal(scale.low > low, scale.below, `${choice} ${values}`);
    }
    const fixed = chooseScale(values, "signed", size, tables);
    assert.equal(fixed.beyond, values.filter((value) => Math.abs(value) > size).length);
  }
});

test("the scale and what lies beyond it are Python's", () => {
  for (const { values, choice, limit, unit, shared, scale } of numbers) {
    const found = chooseScale(Float32Array.from(values), choice, limit, tables, { unit, shared: shared.map((more) => Float32Array.from(more)) });
    const { signed, high, beyond } = found;
    assert.deepEqual({ signed, end: high, unit: found.unit, beyond }, scale, JSON.stringify([values, choice, limit, unit]));
    assert.equal(found.low, signed ? -high : 0);
    assert.equal(found.count, values.length);
  }
});

test("what is not negative has the scale of a picture of values 0 to 1, and nothing else has", () => {
  const chosen = (values, choice, limit, unit) => chooseScale(values, choice, limit, tables, { unit });
  const burnt = chosen([0, 0.5, 1, 1.5, 3], "auto", 0, true);
  assert.deepEqual([burnt.unit, burnt.low, burnt.high, burnt.beyond, burnt.count], [true, 0, 1, 2, 5]);
  assert.deepEqual([chosen([0.1, 0.2], "auto", 0, true).high, chosen([0.1, 0.2], "auto", 0, true).beyond], [1, 0]);
  for (const [values, choice, limit, unit] of [
    [[-0.1, 3], "auto", 0, true], [[0, 3], "auto", 0, false], [[0, 3], "own", 0, true], [[0, 3], "signed", 0, true],
    [[0, 3], "grey", 0, true],
  ]) {
    const scale = chosen(values, choice, limit, unit);
    assert.deepEqual([scale.unit, scale.high, scale.beyond], [false, 3, 0], `${values} ${choice}`);
  }
  assert.deepEqual([chosen([0, 3], "auto", 2, true).unit, chosen([0, 3], "auto", 2, true).beyond], [false, 1]);
});

test("maps on one scale: none of them negative, or all of them signed", () => {
  const pair = (values, other, unit = true) => chooseScale(values, "auto", 0, tables, { unit, shared: [other] });
  assert.deepEqual([pair([0, 2], [0, 5]).unit, pair([0, 2], [0, 5]).beyond], [true, 1]);
  assert.deepEqual([pair([0, 2], [-5, 1]).signed, pair([0, 2], [-5, 1]).high, pair([0, 2], [-5, 1]).beyond], [true, 5, 0]);
  assert.deepEqual([pair([0, 2], [0, 5], false).high, pair([0, 2], [0, 5], false).shared], [5, true]);
});

test("the legend says whose the scale is, and counts what lies beyond it", () => {
  const labels = {
    scale_signed: "signed", scale_grey: "grey", scale_below: "below", scale_unit: "unit", scale_own: "own", scale_shared: "shared",
    scale_fixed: "fixed", scale_above: "{count} of {all} above {end}", scale_beyond: "{count} of {all} beyond",
  };
  const said = (...given) => Legend.prototype.sentences.call({ labels }, chooseScale(...given));
  assert.equal(said([0, 2, 3], "auto", 0, tables, { unit: true }), "grey unit 2 of 3 above 1");
  assert.equal(said([0, 1], "auto", 0, tables, { unit: true }), "grey unit");
  assert.equal(said([0, 2, 3], "own", 0, tables, { unit: true }), "grey own");
  assert.equal(said([-4, 2, 3], "auto", 2.5, tables), "signed fixed 2 of 3 beyond");
  assert.equal(said([-4, 2, 3], "grey", 2.5, tables), "below fixed 1 of 3 above 2.5");
  assert.equal(said([-4, 2, 3], "auto", 0, tables, { shared: [[9]] }), "signed shared");
});
