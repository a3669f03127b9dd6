// The cells of one kernel. Who shows what comes of it hears of every change at once, Python when the hand rests.

class KernelCells extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.revisions = new Revisions();
    this.editor = new KernelEditor(labels, data.bytes("weights"), data.limit, {
      changed: () => this.changed(), committed: () => this.messenger.tellSoon(), largest: () => this.largest(),
      pasted: (range) => this.send("paste", range),
    });
    this.messenger = new Messenger(root, { question: () => {}, answered: () => {}, tell: () => this.cut() });
    this.own = button(labels.own, () => this.take(this.grid("came")));
    this.root.replaceChildren(element("div.kernel-cells", {},
      element("div.place", {}, this.editor.node, this.editor.problem),
      element("div.tools", {}, button(labels.zero, () => this.take(this.grid("kernel").map((row) => row.map(() => 0)))), this.own)));
  }

  update(data) {
    if (this.revisions.hear(data.revision, data.place)) {
      this.revisions.forget();
      this.messenger.forget();
    }
    this.data = data;
    this.own.hidden = !data.own;
    if (this.revisions.stale) return this.messenger.tellSoon(); // the kernel has changed since
    this.editor.complain("");
    this.editor.show([this.grid("kernel")]);
    return this.holds(data.text);
  }

  // What Python told of a kernel, row by row.
  grid(name) {
    const [rows, columns] = this.data.size;
    const values = this.data.floats(name);
    return Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
  }

  // Colours reach to the layer's largest weight, or this kernel's.
  largest() {
    return Math.max(this.data.end, ...this.editor.kernel.flat(2).map(Math.abs));
  }

  // As the page's controls hold a kernel.
  get text() {
    return this.editor.kernel[0].map((row) => row.map((weight) => Number(weight.toPrecision(7))).join(" ")).join("; ");
  }

  take(grid) {
    this.editor.show([grid]);
    this.changed();
    this.messenger.tellSoon();
  }

  changed() {
    this.revisions.next();
    this.holds(this.text);
  }

  holds(text) {
    this.root.dispatchEvent(new CustomEvent("convlab-held", { detail: text, bubbles: true, composed: true }));
  }

  cut() {
    this.send("cut", { text: this.text, revision: this.revisions.made });
  }
}

export default mount(KernelCells);
