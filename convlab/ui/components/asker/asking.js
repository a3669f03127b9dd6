// Streamlit's own fields, switches, lists, sliders and buttons, answered by PyTorch before Streamlit has heard of them. A change is
// asked over the route at once, with the page's other controls, and the answer handed to the components that draw it. What was
// typed into a field is told to Streamlit at the next pause, by the Enter that was held back; what was pressed, once it is
// answered: Streamlit's own run would take the time of the answer. A slider tells Streamlit itself, a while after it has moved.

const FORGET_MS = 10_000; // what Streamlit has not taken by then is not true
const BOX = "[data-testid=stNumberInput]";
const SLIDER = "input[type=range]";
const SWITCH = "[data-testid=stCheckbox] label";
const ENTRY = "[role=option]";
const PRESSED = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]; // of these Streamlit hears a single click, later

class Asker extends Component {
  constructor(root, data) {
    super(root, data);
    this.ahead = new Map(); // control -> {value, since}: what Streamlit has not heard of yet
    this.held = new Map(); // field -> the number in it that Streamlit has to hear of
    this.kept = new Map(); // field -> the number that was given last, until Streamlit has it
    this.pressed = null; // what Streamlit has to hear a click of
    this.turns = ["keydown", "pointerdown", "click"]; // on the window: before who reads a field there
    for (const turn of this.turns) window.addEventListener(turn, this.keep, { capture: true });
    this.messenger = new Messenger(root, {
      question: () => this.question(),
      answered: (answer) => this.spread(answer),
      tell: () => this.tell(),
      refused: () => this.refused(),
      // With nothing held back nobody turns away from it: the Enter that gives a number is not to tell Streamlit at once, whose
      // run would take the time of the answer.
      owns: (event) => (!this.held.size && !this.pressed) || [...this.held.keys()].some((field) => field.closest(BOX)?.contains(event.target)),
    });
    this.listened = {
      "convlab-number": (event) => this.number(event), beforeinput: (event) => this.typed(event),
      keydown: (event) => this.key(event), ...Object.fromEntries(PRESSED.map((type) => [type, (event) => this.press(event)])),
    };
    for (const [name, listener] of Object.entries(this.listened)) document.addEventListener(name, listener, { capture: true });
    this.slides = new MutationObserver((changes) => changes.forEach(({ target }) => this.slid(target)));
    this.slides.observe(document.body, { subtree: true, attributeFilter: ["value"] });
  }

  stop() {
    this.messenger.tellNow();
    this.messenger.stop();
    this.slides.disconnect();
    for (const turn of this.turns) window.removeEventListener(turn, this.keep, { capture: true });
    for (const [name, listener] of Object.entries(this.listened)) document.removeEventListener(name, listener, { capture: true });
  }

  // Python's message: what Streamlit knows by now.
  update({ asks }) {
    const before = this.data?.controls ?? asks.controls;
    const others = Object.keys(before).some((name) => !this.ahead.has(name) && before[name] !== asks.controls[name]);
    this.data = asks;
    this.messenger.route = asks.route;
    for (const [name, { value }] of this.ahead) if (asks.controls[name] === value) this.ahead.delete(name);
    setTimeout(this.keep); // once Streamlit has drawn this run's fields
    if (others) this.askAnew();
  }

  // Another control has changed: an answer that is on its way is about those before.
  askAnew() {
    if (this.messenger.asking && this.ahead.size && this.messenger.hasRoute) this.messenger.ask();
    else this.messenger.drop();
  }

  forget() {
    for (const [name, { since }] of this.ahead) if (performance.now() - since > FORGET_MS) this.ahead.delete(name);
    for (const field of this.kept.keys()) if (!this.ahead.has(this.nameOf(field))) this.kept.delete(field);
  }

  // A run about an earlier number puts that back: a step has to start from the newest.
  keep = () => {
    this.forget();
    for (const [field, value] of this.kept) if (readNumber(field.value) !== value) put(field, String(value));
  };

  // The control that a field, a switch, a list or a slider sets, where it is one of this page's; "" for none.
  nameOf(target) {
    const name = this.keyOf(target);
    return name in this.data.controls ? name : "";
  }

  // What follows the page's name in the key of the element that a node is in; "" for none.
  keyOf(target) {
    const start = `st-key-${this.data.page}-`;
    const within = target.closest?.(`[class*="${start}"]`);
    return [...(within?.classList ?? [])].find((one) => one.startsWith(start))?.slice(start.length) ?? "";
  }

  // A number was given: Streamlit gets it at the pause.
  number(event) {
    const name = this.nameOf(event.target);
    if (!name || !this.messenger.hasRoute || event.detail === this.known(name)) return;
    event.preventDefault();
    this.held.set(event.target, event.detail);
    this.kept.set(event.target, event.detail);
    this.change({ [name]: event.detail });
    this.messenger.send();
  }

  // A slider is where a hand has put it, not where a run of the page has.
  slid(slider) {
    const name = slider.matches(SLIDER) && slider === document.activeElement ? this.nameOf(slider) : "";
    if (!name || !this.messenger.hasRoute || Number(slider.value) === this.known(name)) return;
    this.change({ [name]: Number(slider.value) });
    this.messenger.ask();
  }

  // Enter chooses the entry of an open list that is marked.
  key(event) {
    const id = event.key === "Enter" && !event.isComposing && event.target.getAttribute?.("aria-activedescendant");
    const entry = id && document.getElementById(id);
    if (entry) this.take(event, { node: entry, changes: this.chosen(entry) });
  }

  press(event) {
    if (event.button) return;
    const found = pressable(event.target);
    if (found) this.take(event, { node: found, changes: this.changesBy(found, event) });
  }

  // Where a press changes what PyTorch can be asked about, Streamlit hears of it later.
  take(event, { node, changes }) {
    if (this.passing || !changes || !this.messenger.hasRoute) return;
    event.stopImmediatePropagation();
    if (event.type === "mousedown") takeFocus(node, event);
    if (event.type !== "click" && event.type !== "keydown") return;
    event.preventDefault();
    this.messenger.tellNow();
    this.pressed = node;
    this.change(changes);
    this.messenger.send();
  }

  // What a switch, an entry of a list or a button changes: control -> value; null for nothing that one asks about.
  changesBy(node, { type, target }) {
    if (node.matches(ENTRY)) return this.chosen(node);
    if (node.matches("button")) return this.data.presses[this.keyOf(node)] ?? null;
    const [name, box] = [this.nameOf(node), focusable(node)];
    const turned = type === "click" && target === box; // its own click finds a switch turned already
    return name && { [name]: box.checked === turned };
  }

  // A list is not where its entries are: these stand above the page.
  chosen(entry) {
    const list = entry.closest("[role=listbox]");
    const name = list && this.nameOf(document.querySelector(`[role=combobox][aria-controls="${list.id}"]`) ?? list);
    const offered = name && this.data.choices[name];
    if (!offered || !(entry.textContent in offered)) return null;
    const value = offered[entry.textContent];
    return value === this.known(name) ? null : { [name]: value };
  }

  known = (name) => (this.ahead.has(name) ? this.ahead.get(name).value : this.data.controls[name]);

  change(changes) {
    for (const [name, value] of Object.entries(changes)) this.ahead.set(name, { value, since: performance.now() });
  }

  // Whoever types on has ended the pause.
  typed({ target }) {
    if (this.held.has(target)) this.messenger.tellNow();
    this.kept.delete(target);
  }

  question() {
    this.forget();
    this.asked = [...this.ahead.keys()];
    const changed = Object.fromEntries([...this.ahead].map(([name, { value }]) => [name, value]));
    const { controls, earlier, language } = this.data;
    return { header: { controls: { ...controls, ...changed }, earlier, language }, pixels: new Uint8Array() };
  }

  // To all components that draw a part of the answer, in one go.
  spread(answer) {
    const messages = Object.fromEntries(answer.keys.map((key) => [key, answer.bytes(key)]));
    window.dispatchEvent(new CustomEvent("convlab-answer", { detail: { told: answer.told, names: this.asked, messages } }));
    if (this.pressed) this.messenger.tellNow();
  }

  // A value that its control does not take: Streamlit has just been told, and what it says then is true.
  refused() {
    for (const name of this.asked) this.ahead.delete(name);
    this.forget();
    window.dispatchEvent(new CustomEvent("convlab-refused"));
  }

  tell() {
    for (const [field, value] of this.held) {
      if (readNumber(field.value) !== value) put(field, String(value)); // a run about the number before has put that back
      enter(field);
    }
    this.held.clear();
    const { pressed } = this;
    this.pressed = null;
    if (pressed) this.pass(pressed);
  }

  // The click that was held back, or what stands for an Enter.
  pass(pressed) {
    this.passing = true;
    focusable(pressed).click();
    this.passing = false;
  }
}

// A switch with its label, an entry of a list, or a button, that a node is in.
const pressable = (node) => node.closest?.(`${SWITCH}, ${ENTRY}, button`);

// What of it takes the keyboard, and a click from a script.
const focusable = (node) => node.querySelector("input[type=checkbox]") ?? node;

// As a press does; a list stays open, with the keyboard where it was.
function takeFocus(node, event) {
  event.preventDefault();
  if (!node.matches(ENTRY)) focusable(node).focus();
}
