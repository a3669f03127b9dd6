// A clicker's keys press what is on the card of a station, but where a control uses them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { clicked } = load("clicked", "presentation/letters", "presentation/clicker");

globalThis.Element = class {
  constructor(...uses) {
    this.uses = uses;
  }

  matches(selector) {
    return this.uses.some((one) => selector.split(",").includes(one));
  }

  closest(selector) {
    return this.uses.some((one) => selector.split(",").includes(one)) ? this : null;
  }
};

const SHOW = "[class*=st-key-course-show] :is(a,button)";
const NEXT = "[class*=st-key-course-next] :is(a,button)";
const PREVIOUS = "[class*=st-key-course-previous] :is(a,button)";
const page = (...there) => ({ querySelector: (selector) => (there.includes(selector) ? selector : null) });
const press = (key, there, { node = new Element(), ...more } = {}) => clicked({ key, composedPath: () => [node], ...more }, page(...there));

test("onward is the answer, then the next station; back is the one before", () => {
  for (const key of ["PageDown", "ArrowRight"]) {
    assert.equal(press(key, [SHOW, NEXT, PREVIOUS]), SHOW);
    assert.equal(press(key, [NEXT, PREVIOUS]), NEXT);
    assert.equal(press(key, [PREVIOUS]), undefined);
  }
  for (const key of ["PageUp", "ArrowLeft"]) {
    assert.equal(press(key, [SHOW, NEXT, PREVIOUS]), PREVIOUS);
    assert.equal(press(key, [SHOW, NEXT]), undefined);
  }
  for (const key of ["Enter", "ArrowUp", "ArrowDown", " ", "b"]) assert.equal(press(key, [SHOW, NEXT, PREVIOUS]), undefined);
});

test("a key with others, held down, or taken already presses nothing", () => {
  for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { shiftKey: true }, { repeat: true }, { defaultPrevented: true }])
    assert.equal(press("PageDown", [SHOW], more), undefined);
});

test("a control that uses the arrows keeps them, and a long text its pages", () => {
  for (const used of ["input", "[role=slider]", "[role=radio]", "[role=tab]", "[contenteditable]"]) {
    assert.equal(press("ArrowRight", [SHOW], { node: new Element(used) }), undefined);
    assert.equal(press("PageDown", [SHOW], { node: new Element(used) }), SHOW);
  }
  assert.equal(press("PageDown", [SHOW], { node: new Element("textarea") }), undefined);
  assert.equal(press("ArrowRight", [SHOW], { node: {} }), SHOW); // the window itself
});
