// The link says whether one presents, and says everything else as it did.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { addressed, presents, letter } = load("addressed, presents, letter", "presentation/address", "presentation/letters");
const OPEN = "http://lab.test/kernels?size=8";

test("an address gets the parameter, keeps it and loses it", () => {
  for (const [address, on, off] of [
    ["http://lab.test/kernels", "http://lab.test/kernels?present=1", "http://lab.test/kernels"],
    ["/probe?model=a", "http://lab.test/probe?model=a&present=1", "http://lab.test/probe?model=a"],
    ["/probe?present=1&model=a#x", "http://lab.test/probe?model=a&present=1#x", "http://lab.test/probe?model=a#x"],
    ["?present=0", "http://lab.test/kernels?present=1", "http://lab.test/kernels"],
  ]) {
    assert.equal(addressed(address, OPEN, true), on);
    assert.equal(addressed(address, OPEN, false), off);
    assert.equal(addressed(on, OPEN, true), on);
  }
});

test("what Streamlit has written stays letter by letter", () => {
  const query = "?kernel=-1+0+1%3B+%7E1+%2A&represent=1&name=a%20b";
  assert.equal(addressed(query, OPEN, false), `http://lab.test/kernels${query}`);
  assert.equal(addressed(query, OPEN, true), `http://lab.test/kernels${query}&present=1`);
});

test("only present=1 presents", () => {
  for (const search of ["?present=1", "?a=2&present=1"]) assert.ok(presents(search));
  for (const search of ["", "?present=0", "?present=", "?represent=1", "?present=true"]) assert.ok(!presents(search));
});

globalThis.Element = class {
  constructor(typedIn, notTypedIn = false) {
    this.closest = () => (typedIn ? this : null);
    this.matches = () => notTypedIn;
  }
};

test("a letter counts where it is not typed, by itself", () => {
  const press = (key, more = {}, node = new Element(false)) => letter({ key, composedPath: () => [node], ...more });
  assert.equal(press("p"), "p");
  assert.equal(press("P"), "p");
  assert.equal(press("p", {}, new Element(true)), "");
  assert.equal(press("p", {}, new Element(true, true)), "p");
  for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { repeat: true }, { isComposing: true }]) assert.equal(press("p", more), "");
  for (const key of ["Enter", "PageUp", "F5"]) assert.equal(press(key), "");
});
