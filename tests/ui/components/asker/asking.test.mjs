// Each change is asked over the route at once, with all other controls; Streamlit hears of a number at the pause, of a press once
// it is answered.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { load } from "../load.mjs";

// As much of a browser as the asker touches.
class Input extends EventTarget {
  constructor(name, { value = "", checked = false } = {}) {
    super();
    this.text = value;
    Object.assign(this, { name, checked, entered: [] });
    this.addEventListener("keydown", () => this.entered.push(this.value));
  }

  get value() {
    return this.text;
  }

  set value(text) {
    this.text = text;
  }

  matches = (selector) => selector === this.kind;

  closest(selector) {
    if (selector.startsWith("[class")) return { classList: ["stElementContainer", `st-key-modules-${this.name}`] };
    return selector.split(", ").includes(this.kind) ? this : null;
  }
}
// What is pressed: a switch with its box, an entry of a list, a button. It counts the clicks that reach Streamlit.
class Pressed extends Input {
  constructor(kind, name, { checked = false, text = "", list = null } = {}) {
    super(name, { checked });
    Object.assign(this, { kind, clicks: 0, textContent: text, list });
  }

  querySelector = () => (this.kind === SWITCH ? this : null);

  focus = () => (document.activeElement = this);

  closest(selector) {
    return selector === "[role=listbox]" ? this.list : super.closest(selector);
  }

  click() {
    if (!happen("click", this).stopped) this.clicks++;
  }
}
class KeyboardEvent extends Event {}
class Component {
  constructor(root) {
    this.root = root;
  }
}
let slides; // the slider's observer
class MutationObserver {
  constructor(callback) {
    slides = (target) => callback([{ target }]);
  }

  observe = () => {};
  disconnect = () => (slides = null);
}
Object.assign(globalThis, { HTMLInputElement: Input, KeyboardEvent, Component, MutationObserver, document: new EventTarget(), window: new EventTarget() });
const { Asker, FORGET_MS, TELL_MS, SWITCH, ENTRY, SLIDER } = load("Asker, FORGET_MS, TELL_MS, SWITCH, ENTRY, SLIDER", "shared/numerals", "shared/fields", "shared/messenger", "asker/asking");

const CONTROLS = { in_features: 512, flatten: false, topic: "fit", draw: 3 };
const CHOICES = { topic: { "Do they fit?": "fit", Forms: "forms" } };
const PRESSES = { draw_again: { draw: 4 } };
const EARLIER = [{ ...CONTROLS, in_features: 511 }];
let asker;
let asked; // what was sent to the route, and how it is answered
let answers; // what all components were told
const collect = ({ detail }) => answers.push(detail);

function happen(type, target, detail) {
  const event = Object.defineProperty(new CustomEvent(type, { detail, cancelable: true }), "target", { value: target });
  const stop = event.stopImmediatePropagation.bind(event);
  event.stopImmediatePropagation = () => Object.assign(event, { stopped: true }) && stop();
  document.dispatchEvent(event);
  return event;
}

// With a mouse, on something within; Streamlit hears of none of it where it is held back.
const inside = (target) => ({ closest: (selector) => target.closest(selector) });
const clicked = (target) => ["pointerdown", "mousedown", "pointerup", "mouseup", "click"].map((type) => happen(type, inside(target))).filter(({ stopped }) => stopped).length;

const number = (field, value) => {
  field.value = String(value);
  return happen("convlab-number", field, value).defaultPrevented;
};
const heard = (changes, route = "/part") => asker.update({ asks: { page: "modules", route, language: "en", controls: { ...CONTROLS, ...changes }, earlier: EARLIER, choices: CHOICES, presses: PRESSES } });
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function answer(n) {
  asked[n].resolve({ keys: ["a"], told: n, bytes: (key) => `${key}${n}` });
  await settled();
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  [asked, answers] = [[], []];
  asker = new Asker(null, {});
  asker.messenger.fetched = ({ header }) => new Promise((resolve) => asked.push({ header, resolve }));
  window.addEventListener("convlab-answer", collect);
  heard({});
});

afterEach(() => {
  asker.stop();
  window.removeEventListener("convlab-answer", collect);
  mock.timers.reset();
});

test("a number is asked at once and told to Streamlit at the pause", async () => {
  const field = new Input("in_features");
  assert.equal(number(field, 7), true);
  assert.deepEqual(asked[0].header, { controls: { ...CONTROLS, in_features: 7 }, earlier: EARLIER, language: "en" });
  await answer(0);
  assert.deepEqual(answers, [{ told: 0, names: ["in_features"], messages: { a: "a0" } }]);
  assert.deepEqual(field.entered, []);
  mock.timers.tick(TELL_MS);
  assert.deepEqual(field.entered, ["7"]);
});

test("the Enter that gives a number passes the window first, and Streamlit is not told at once for it", () => {
  const [field, other] = [new Input("in_features"), new Input("calls")];
  const pressed = (target) => {
    const event = Object.defineProperty(new Event("keydown"), "target", { value: target });
    event.composedPath = () => [target, window];
    window.dispatchEvent(event);
  };
  pressed(field);
  number(field, 7);
  assert.deepEqual(field.entered, []);
  pressed(other); // with a number held back, another field is elsewhere
  assert.deepEqual(field.entered, ["7"]);
});

test("of fast changes only the first and the newest are asked, and the newest answer is told, once", async () => {
  const field = new Input("in_features");
  for (const value of [1, 2, 3, 4]) number(field, value);
  await answer(0);
  await answer(1);
  assert.deepEqual(asked.map(({ header }) => header.controls.in_features), [1, 4]);
  assert.deepEqual(answers.map(({ told }) => told), [1]);
  mock.timers.tick(TELL_MS);
  assert.deepEqual(field.entered, ["4"]);
});

test("a switch is asked about with a number that Streamlit has not heard of; Streamlit gets the click with the answer", async () => {
  const [field, box] = [new Input("in_features"), new Pressed(SWITCH, "flatten")];
  number(field, 7);
  await answer(0);
  assert.equal(clicked(box), 5);
  assert.deepEqual([asked[1].header.controls, box.clicks], [{ ...CONTROLS, in_features: 7, flatten: true }, 0]);
  await answer(1);
  assert.deepEqual([answers[1].names, box.clicks], [["in_features", "flatten"], 1]);
  assert.equal(document.activeElement, box);
});

test("the space bar turns a switch before its click is heard", async () => {
  const box = new Pressed(SWITCH, "flatten", { checked: true }); // as a browser has it by then
  assert.equal(happen("click", box).stopped, true);
  assert.equal(asked[0].header.controls.flatten, true);
  await answer(0);
  assert.equal(box.clicks, 1);
});

test("a switch that is pressed twice is turned twice, in order", () => {
  const box = new Pressed(SWITCH, "flatten");
  clicked(box);
  clicked(box);
  assert.equal(box.clicks, 1);
  mock.timers.tick(TELL_MS); // and where no answer comes, at the pause
  assert.equal(box.clicks, 2);
});

test("an entry of a list is asked about by what it says; its list stays open and keeps the keyboard", async () => {
  const entry = new Pressed(ENTRY, "above the page", { text: "Forms", list: { id: "list" } });
  document.querySelector = (selector) => (selector.includes('"list"') ? new Input("topic") : null);
  assert.equal(happen("mousedown", entry).defaultPrevented, true);
  clicked(entry);
  assert.equal(asked[0].header.controls.topic, "forms");
  await answer(0);
  assert.equal(entry.clicks, 1);
  heard({ topic: "forms" });
  for (const text of ["Forms", "More"]) assert.equal(clicked(new Pressed(ENTRY, "", { text, list: { id: "list" } })), 0); // it stands; unknown
});

test("Enter takes the entry that is marked", async () => {
  const entry = new Pressed(ENTRY, "", { text: "Forms", list: { id: "list" } });
  document.querySelector = () => new Input("topic");
  document.getElementById = (id) => (id === "entry" ? entry : null);
  const box = Object.assign(new Input("topic"), { getAttribute: () => "entry" });
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key: "Enter" });
  document.dispatchEvent(Object.defineProperty(event, "target", { value: box }));
  assert.deepEqual([event.defaultPrevented, asked[0].header.controls.topic, entry.clicks], [true, "forms", 0]);
  await answer(0);
  assert.equal(entry.clicks, 1);
});

test("a button is asked about where the page says what it sets", async () => {
  const button = new Pressed("button", "draw_again");
  assert.equal(clicked(button), 5);
  assert.equal(asked[0].header.controls.draw, 4);
  await answer(0);
  assert.equal(button.clicks, 1);
  assert.equal(clicked(new Pressed("button", "download")), 0);
});

test("a slider is asked about while a hand moves it, not where a run of the page puts it", async () => {
  const slider = Object.assign(new Input("in_features", { value: "8" }), { kind: SLIDER });
  document.activeElement = null;
  slides(slider);
  assert.deepEqual(asked, []);
  document.activeElement = slider;
  slides(slider);
  slides(slider);
  assert.deepEqual(asked.map(({ header }) => header.controls.in_features), [8]);
  await answer(0);
  assert.deepEqual([answers.length, slider.entered], [1, []]); // Streamlit's slider tells Streamlit itself
});

test("a run about the number before has put that back: Streamlit hears the newest all the same", () => {
  const field = new Input("in_features");
  number(field, 8);
  field.value = "7";
  mock.timers.tick(TELL_MS);
  assert.deepEqual(field.entered, ["8"]);
});

test("a step behind a run about an earlier number starts from the newest, until Streamlit has it or one types", () => {
  const field = new Input("in_features");
  const shown = (event) => {
    field.value = "7"; // as a run puts it back
    happen(event, field);
    window.dispatchEvent(new Event("keydown"));
    return field.value;
  };
  number(field, 9);
  assert.equal(shown("keyup"), "9");
  heard({ in_features: 7 });
  assert.equal(shown("keyup"), "9");
  assert.equal(shown("beforeinput"), "7");
  number(field, 10);
  heard({ in_features: 10 });
  assert.equal(shown("keyup"), "7");
});

test("what Streamlit has heard of is ahead no longer; the same number again is its own", () => {
  const field = new Input("in_features");
  number(field, 7);
  heard({ in_features: 7 });
  assert.equal(asker.ahead.size, 0);
  assert.equal(number(field, 7), false);
});

test("an answer that is on its way when another control changes is asked for anew", async () => {
  number(new Input("in_features"), 7);
  heard({ topic: "forms" });
  await answer(0);
  assert.deepEqual(answers, []);
  assert.deepEqual(asked[1].header.controls, { ...CONTROLS, in_features: 7, topic: "forms" });
  await answer(1);
  assert.deepEqual(answers.map(({ told }) => told), [1]);
});

test("an answer that Streamlit has given meanwhile, with another control, comes too late", async () => {
  number(new Input("in_features"), 7);
  heard({ in_features: 7, topic: "forms" });
  await answer(0);
  assert.deepEqual(answers, []);
  assert.equal(asked.length, 1);
});

test("a value that Streamlit never takes is not asked about for ever", (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  number(new Input("in_features"), 7);
  now = FORGET_MS + 1;
  clicked(new Pressed(SWITCH, "flatten"));
  assert.deepEqual(asker.question().header.controls, { ...CONTROLS, flatten: true });
});

test("a value that its control does not take is asked about once, and is put back as the page has it", async () => {
  const field = new Input("in_features");
  let refused = 0;
  const count = () => refused++;
  window.addEventListener("convlab-refused", count);
  number(field, 7);
  await answer(0);
  number(field, 8);
  asker.messenger.tellNow();
  asker.messenger.handlers.refused();
  asked[1].resolve(null);
  await settled();
  window.removeEventListener("convlab-refused", count);
  assert.deepEqual([field.entered, refused], [["8"], 1]);
  field.value = "512"; // as the page puts it back
  window.dispatchEvent(new Event("keydown"));
  assert.equal(field.value, "512");
  clicked(new Pressed(SWITCH, "flatten"));
  assert.deepEqual(asked[2].header.controls, { ...CONTROLS, flatten: true });
});

test("without a route, and for what is no control of the page, nothing is asked and nothing is held back", () => {
  assert.equal(number(new Input("seed"), 7), false);
  heard({}, "");
  assert.equal(number(new Input("in_features"), 7), false);
  for (const [kind, name] of [[SWITCH, "flatten"], ["button", "draw_again"]]) assert.equal(clicked(new Pressed(kind, name)), 0);
  assert.deepEqual(asked, []);
});

test("what was held is told as the component goes", () => {
  const field = new Input("in_features");
  number(field, 7);
  asker.stop();
  assert.deepEqual(field.entered, ["7"]);
  assert.equal(number(field, 8), false);
});
