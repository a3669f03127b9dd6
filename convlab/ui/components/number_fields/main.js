// Streamlit's number fields, as text fields. A browser's field for numbers drops what it does not know: typed "0,5" becomes
// 05, pasted "1<newline>2" becomes 12. Here everything stays as it was typed, and is read when the learner is done with it,
// before Streamlit reads it. On a phone, tables too wide for it become stops of the keyboard.

const FIELD = "input[data-testid=stNumberInputField]";
const BUTTON = "[data-testid=stNumberInputStepUp], [data-testid=stNumberInputStepDown]";
const HEARD = ["beforeinput", "focusout", "keydown", "paste", "drop", "click"];
const GOES_ON = ["beforeinput", "keydown", "pointerdown", "scroll", "resize"]; // and so has read why a text was refused
const GAP_PX = 4;
const BOX = "[data-testid=stNumberInput]";
const TEXTS = "[class*=st-key-] :is([data-testid=stTextInput] input, [data-testid=stTextArea] textarea)";
const TABLE = "[data-testid=stTable]";
const PHONE_PX = 640; // as in theme.css
const WAYS = { ArrowUp: 1, ArrowDown: -1, stNumberInputStepUp: 1, stNumberInputStepDown: -1 };

// The least and the largest number that a field takes.
const endsOf = ({ min, max }) => [min === "" ? -Number.MAX_VALUE : Number(min), max === "" ? Number.MAX_VALUE : Number(max)];
const isWithin = (value, field) => value >= endsOf(field)[0] && value <= endsOf(field)[1];

// Say that a field has a number. Who prevents the event's default tells Streamlit of it, later.
const offered = (field, value) => value !== null && !field.dispatchEvent(new CustomEvent("convlab-number", { bubbles: true, cancelable: true, detail: value }));

// A table that goes on beyond its box can be reached, and scrolled, with the keyboard.
function reach(table, label) {
  const box = table.firstElementChild;
  if (box && box.scrollWidth > box.clientWidth + 1) setAttributes(box, { tabindex: "0", role: "region", "aria-label": label });
}

// ARIA knows no exponents: the float above 0 is 0 to a screen reader.
const plain = (value) => (/e/i.test(String(value)) ? Number(value).toFixed(12).replace(/\.?0+$/, "") : value);

class NumberFields extends Component {
  constructor(root, data) {
    super(root, data);
    this.last = new WeakMap(); // field that is being edited -> what it held before
    this.borrowed = new Borrowed(data.labels.borrowed);
    this.heard = data.refusal[0]; // how many refusals Python has told of
    this.at = { left: 0, top: 0, bottom: 0 }; // the box of the field that refused a text last
    this.note = element("div.note", { popover: "manual", role: "alert" });
    root.append(this.note);
    this.observer = new MutationObserver(() => this.adopt());
    this.observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ["value"] });
    for (const name of HEARD) document.addEventListener(name, this, true);
    for (const name of GOES_ON) document.addEventListener(name, this.goOn, true);
  }

  stop() {
    this.observer.disconnect();
    for (const name of HEARD) document.removeEventListener(name, this, true);
    for (const name of GOES_ON) document.removeEventListener(name, this.goOn, true);
  }

  update({ refusal: [count, sentence] }) {
    this.adopt();
    if (count === this.heard) return;
    this.heard = count;
    this.tell(sentence);
  }

  // Why the last text was refused, right below its field, or above it where the screen ends.
  tell(sentence) {
    this.note.textContent = sentence;
    this.note.showPopover(); // before, it has no size and no zoom
    const zoom = zoomOf(this.note);
    const { offsetWidth: width, offsetHeight: height } = this.note;
    const [left, top, bottom] = [this.at.left, this.at.top, this.at.bottom].map((length) => length / zoom);
    const below = bottom + GAP_PX + height <= window.innerHeight / zoom;
    this.note.style.top = `${below ? bottom + GAP_PX : top - GAP_PX - height}px`;
    this.note.style.left = `${clamp(left, GAP_PX, Math.max(GAP_PX, window.innerWidth / zoom - width - GAP_PX))}px`;
  }

  goOn = (event) => {
    if (event.inputType === "insertLineBreak" || (event.key ?? "Escape") !== "Escape") return; // Enter takes nothing back
    if (this.note.matches(":popover-open")) this.note.hidePopover();
  };

  handleEvent(event) {
    if (event.type === "click") this.click(event);
    else if (event.target instanceof HTMLInputElement && event.target.matches(FIELD)) this[event.type](event.target, event);
  }

  adopt() {
    this.borrowed.speak();
    for (const field of document.querySelectorAll(FIELD)) {
      const { type, min, max } = /** @type {HTMLInputElement} */ (field);
      if (type === "number") {
        const keyboard = Number(min) >= 0 ? "decimal" : "text"; // a phone's keys for decimals may have no minus sign
        setAttributes(field, { type: "text", inputmode: keyboard, autocomplete: "off", spellcheck: "false", role: "spinbutton" });
        setAttributes(field, { "aria-valuemin": plain(min), "aria-valuemax": plain(max) });
      }
      this.describe(field);
    }
    for (const field of document.querySelectorAll(TEXTS)) this.mark(field);
    if (window.innerWidth > PHONE_PX) return;
    for (const table of document.querySelectorAll(TABLE)) reach(table, this.labels.table);
  }

  // A text field says to a screen reader that what it holds is refused, and where it stands why.
  mark(field) {
    const name = [...field.closest("[class*=st-key-]").classList].find((one) => one.startsWith("st-key-"));
    const refusal = document.querySelector(`.${name}-refusal`);
    const id = `${name}-refusal`;
    if (refusal) {
      refusal.id = id;
      setAttributes(field, { "aria-invalid": "true", "aria-describedby": id });
    } else if (field.getAttribute("aria-describedby") === id) {
      for (const attribute of ["aria-invalid", "aria-describedby"]) field.removeAttribute(attribute);
    }
  }

  describe(field) {
    const value = readNumber(field.value);
    if (value === null) field.removeAttribute("aria-valuenow");
    else setAttributes(field, { "aria-valuenow": plain(value) });
  }

  beforeinput(field) {
    if (!this.last.has(field)) this.last.set(field, field.value);
  }

  focusout = (field) => this.settle(field);

  keydown(field, event) {
    if (event.isComposing || !(event.key in WAYS || event.key === "Enter")) return;
    this.settle(field);
    if (event.key === "Enter" && event.isTrusted && offered(field, readNumber(field.value))) taken(event);
    this.step(field, event, WAYS[event.key]);
  }

  click(event) {
    const button = event.target instanceof Element ? event.target.closest(BUTTON) : null;
    const field = button?.closest(BOX).querySelector(FIELD);
    if (field) this.step(field, event, WAYS[button.dataset.testid]);
  }

  // Steps of whole numbers are Streamlit's own, unless another component wants the number first.
  step(field, event, way) {
    const value = readNumber(field.value);
    if (!way || value === null) return;
    const next = stepped(value, way * Number(field.step));
    const later = isWithin(next, field) && offered(field, next);
    if (Number.isInteger(Number(field.step)) && !later) return;
    taken(event);
    if (!isWithin(next, field)) return;
    put(field, String(next));
    if (!later) enter(field);
    this.describe(field);
  }

  paste(field, event, transfer = event.clipboardData) {
    if (!hasLines(transfer)) return;
    taken(event);
    this.refuse(field, transfer.getData("text/plain"));
  }

  drop = (field, event) => this.paste(field, event, event.dataTransfer);

  // What is typed becomes the number that Streamlit reads in it, or the last one again.
  settle(field) {
    const text = field.value;
    const whole = Number.isInteger(Number(field.step));
    const value = readNumber(text);
    const reads = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
    const fits = reads && isWithin(value, field);
    if (fits && value !== (whole ? Number.parseInt(text, 10) : Number.parseFloat(text))) put(field, String(value));
    else if (!fits && (text !== "" || (this.last.has(field) && !field.placeholder))) this.refuse(field, text);
    this.last.delete(field);
    this.describe(field);
  }

  refuse(field, text) {
    this.at = field.closest(BOX).getBoundingClientRect();
    put(field, this.last.get(field) ?? field.value);
    const [least, most] = endsOf(field);
    this.send("refused", { text, least, most, whole: Number.isInteger(Number(field.step)) });
  }
}

export default mount(NumberFields);
