// What a slider, a brush or a kernel's cells change, and what the networks say of it. While the hand moves, PyTorch is asked over a
// route; what Streamlit says then of a value that the hand has left since is left aside.

const TAKING = ["pointerdown", "keydown"];

class Followed extends Component {
  constructor(root, data) {
    super(root, data);
    this.canvas = element("canvas.changed", { role: "img", "aria-label": this.labels.picture });
    this.verdicts = element("div.verdicts");
    this.count = element("p.painted");
    this.root.replaceChildren(element("div.followed", {}, this.canvas, this.verdicts, this.count));
    this.looking = new Looking(root, { question: () => this.question(), shown: (message) => this.answered(message) });
    this.observer = new MutationObserver(() => this.moved());
    this.held = (event) => this.stroke(event);
    document.addEventListener("convlab-held", this.held);
    // Streamlit may draw its slider later than this, or anew: whoever takes hold of it has it found.
    this.taken = () => this.watch();
    for (const taking of TAKING) document.addEventListener(taking, this.taken, { capture: true });
  }

  stop() {
    super.stop();
    this.observer.disconnect();
    document.removeEventListener("convlab-held", this.held);
    for (const taking of TAKING) document.removeEventListener(taking, this.taken, { capture: true });
  }

  update(data) {
    this.data = data;
    this.looking.hear(data.look);
    if (this.text === data.watched.value) this.text = undefined; // Streamlit has the stroke
    this.watch();
    this.moved();
  }

  watch() {
    this.slider = /** @type {HTMLInputElement} */ (document.querySelector(`.${this.data.watched.key} input[type=range]`));
    this.observer.disconnect();
    if (this.slider) this.observer.observe(this.slider, { attributes: true, attributeFilter: ["value"] });
  }

  // What the hand holds, of the type of the control.
  get value() {
    return this.slider ? Number(this.slider.value) : (this.text ?? this.data.watched.value);
  }

  moved() {
    const { data } = this;
    this.root.dataset.held = String(this.value);
    if (this.value !== data.watched.value && this.looking.messenger.hasRoute) return this.looking.ask();
    this.looking.drop();
    return this.show(data.bytes("picture"), data.verdicts, data.watched.value, data.painted);
  }

  // A board says what is on it, while a stroke is painted too; cells say what their kernel is.
  stroke(event) {
    const watched = event.composedPath().some((node) => node instanceof Element && node.classList.contains(this.data.watched.key));
    if (!watched) return;
    this.text = event.detail;
    this.moved();
  }

  question() {
    const { look, watched } = this.data;
    this.asked = this.value;
    return { controls: { ...look.controls, ...watched.others, [watched.control]: this.asked } };
  }

  answered(message) {
    const verdicts = this.data.verdicts.map((verdict, n) => ({ ...verdict, ...message.said[n] }));
    this.show(message.bytes("seen"), verdicts, this.asked, message.changed);
  }

  show(picture, verdicts, value, count) {
    const [width, height] = this.data.size;
    this.canvas.hidden = !width;
    if (width) paint(this.canvas, interleaved(picture, width * height), width, height);
    this.count.hidden = this.data.painted === null;
    writeInto(this.count, fill(this.labels.painted, { count }));
    this.verdicts.replaceChildren(...verdicts.map((verdict) => verdictOf(this.labels, verdict)));
    this.root.dataset.told = String(value);
  }
}

export default mount(Followed);
