// Streamlit's own fields and switches, answered by PyTorch before Streamlit has heard of them. A change is asked over the route
// at once, with the page's other controls, and the answer handed to the components that draw it. What was typed into a field is
// told to Streamlit at the next pause, by the Enter that was held back; a switch tells Streamlit itself.

const FORGET_MS = 10_000; // what Streamlit has not taken by then is not true
const SWITCH = "input[type=checkbox]";
const BOX = "[data-testid=stNumberInput]";

class Asker extends Component {
  constructor(root, data) {
    super(root, data);
    this.ahead = new Map(); // control -> {value, since}: what Streamlit has not heard of yet
    this.held = new Map(); // field -> the number in it that Streamlit has to hear of
    this.kept = new Map(); // field -> the number that was given last, until Streamlit has it
    this.turns = ["keydown", "pointerdown", "click"]; // on the window: before who reads a field there
    for (const turn of this.turns) window.addEventListener(turn, this.keep, { capture: true });
    this.messenger = new Messenger(root, {
      question: () => this.question(),
      answered: (answer) => this.spread(answer),
      tell: () => this.tell(),
      refused: () => this.refused(),
      // With nothing held back nobody turns away from it: the Enter that gives a number is not to tell Streamlit at once, whose
      // run would take the time of the answer.
      owns: (event) => !this.held.size || [...this.held.keys()].some((field) => field.closest(BOX)?.contains(event.target)),
    });
    this.listened = { "convlab-number": (event) => this.number(event), click: (event) => this.switched(event), beforeinput: (event) => this.typed(event) };
    for (const [name, listener] of Object.entries(this.listened)) document.addEventListener(name, listener, { capture: true });
  }

  stop() {
    this.messenger.tellNow();
    this.messenger.stop();
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

  // The control that a field or a switch sets, where it is one of this page's; "" for none.
  nameOf(target) {
    const start = `st-key-${this.data.page}-`;
    const name = [...(target.closest?.(`[class*="${start}"]`)?.classList ?? [])].find((one) => one.startsWith(start))?.slice(start.length);
    return name !== undefined && name in this.data.controls ? name : "";
  }

  // A number was given: Streamlit gets it at the pause.
  number(event) {
    const name = this.nameOf(event.target);
    if (!name || !this.messenger.hasRoute || event.detail === this.known(name)) return;
    event.preventDefault();
    this.held.set(event.target, event.detail);
    this.kept.set(event.target, event.detail);
    this.change(name, event.detail);
    this.messenger.send();
  }

  switched({ target }) {
    const name = target instanceof HTMLInputElement && target.matches(SWITCH) ? this.nameOf(target) : "";
    if (!name || !this.messenger.hasRoute) return;
    this.change(name, target.checked);
    this.messenger.ask();
  }

  known = (name) => (this.ahead.has(name) ? this.ahead.get(name).value : this.data.controls[name]);

  change(name, value) {
    this.ahead.set(name, { value, since: performance.now() });
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
  }
}
