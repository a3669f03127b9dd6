// A kernel that an experiment below shows in the lab for a while: the learner's own stays in the cells.

const REST_MS = 150; // the experiment rests: PyTorch is asked

const sameShape = (a, b) => a.length === b.length && a[0].length === b[0].length && a[0][0].length === b[0][0].length;

class Preview {
  // lab: the KernelLab; shown(): the kernel that the output is of has become another.
  constructor(lab, shown) {
    this.lab = lab;
    this.shown = shown;
    this.kernel = null; // [C][kh][kw]; null for the learner's own
    this.text = "";
    this.heard = (event) => this.hear(event.detail);
    window.addEventListener("convlab-kernel", this.heard);
  }

  stop() {
    clearTimeout(this.resting);
    window.removeEventListener("convlab-kernel", this.heard);
  }

  // detail: {kernel, text: what the line above the lab says}, or null for none.
  hear(detail) {
    const { lab } = this;
    const fits = detail && lab.ready && sameShape(detail.kernel, lab.editor.kernel) && detail.kernel.flat(2).every(Number.isFinite);
    if (!fits && !this.kernel) return;
    [this.kernel, this.text] = fits ? [detail.kernel, detail.text] : [null, ""];
    this.show();
  }

  // Python has a kernel of another shape: what is shown is of the one before.
  outgrown(kernel) {
    if (this.kernel && !sameShape(this.kernel, kernel)) this.drop();
  }

  drop() {
    clearTimeout(this.resting);
    this.kernel = null;
    this.text = "";
  }

  // Drawn here at once, by PyTorch when it rests.
  show() {
    const { messenger } = this.lab;
    messenger.drop();
    this.shown();
    clearTimeout(this.resting);
    if (this.kernel) this.resting = setTimeout(() => messenger.hasRoute && messenger.ask(), REST_MS);
  }

  // The learner edits: it is that kernel's output from now on.
  end() {
    window.dispatchEvent(new CustomEvent("convlab-edited"));
    this.drop();
  }
}
