// A component whose edits are drawn here at once and settled by PyTorch: when to draw, whom to ask, how far the two are apart.

const PATIENCE_MS = 40; // PyTorch mostly answers within: drawing as well would only make it later
const COMPARE_MS = 150; // after PyTorch's result; the next edit may be on its way

class Settling extends Component {
  // Who extends this has a messenger.
  constructor(root, data) {
    super(root, data);
    this.data = data;
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey"), weights: data.bytes("weights") };
    this.messenger = /** @type {any} */ (null);
    this.revisions = new Revisions(data.revision);
    this.frame = 0; // in which an edit is drawn; -1 while PyTorch is waited for
    this.patience = 0;
  }

  // A message of Python: what is on its way is void where the edits start from somewhere else.
  hear({ route, revision, origin, refusal }, ...editors) {
    this.messenger.route = route;
    if (this.revisions.hear(revision, origin)) {
      this.revisions.forget();
      this.messenger.forget();
      for (const editor of editors) editor.complain("");
    }
    this.hearRefusal(refusal, editors[0]);
  }

  // Why what was pasted was not taken; said once, and until the next edit.
  hearRefusal([number, sentence], editor) {
    if (number !== this.refused && sentence) editor.complain(sentence);
    this.refused = number;
  }

  // Streamlit has told of an edit before the one on the screen. subject: all that the drawing depends on beside the edit.
  overtake(subject) {
    if (this.messenger.hasRoute && subject === this.drawnSubject) return this.messenger.tellSoon();
    this.redraw(true); // something else has changed too
    return this.commit();
  }

  // Draw here what is on the screen; all: something else than the edit has changed too.
  redraw(all = false) {
    throw new Error(`Nothing draws ${all ? "all" : "the edit"}.`);
  }

  // In the next frame.
  drawSoon() {
    this.frame ||= requestAnimationFrame(() => this.redraw());
  }

  // The question is out: give the answer a chance to be the only drawing of this edit. -> whether it will be drawn
  commit() {
    if (this.data.error) {
      this.messenger.tellSoon(); // PyTorch has nothing to answer
      return false;
    }
    this.messenger.send();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    const wait = this.messenger.hasRoute ? PATIENCE_MS : 0;
    this.patience ||= setTimeout(() => (this.frame = requestAnimationFrame(() => this.redraw())), wait);
    return true;
  }

  // What is still due would cover what is drawn now.
  cancelDrawing() {
    clearTimeout(this.patience);
    cancelAnimationFrame(this.frame);
    this.patience = this.frame = 0;
  }

  // About the picture and the settings; asked: the weights.
  questionOf(asked) {
    const { shape, stock, normalised, settings } = this.data;
    const pixels = stock ? new Uint8Array() : this.data.bytes("pixels");
    return { header: { shape, stock, normalised, settings, ...asked }, pixels };
  }

  // Hand Python what is on the screen, and what is asked for beside it.
  hand(event, payload) {
    this.send(event, { revision: this.revisions.made, origin: this.data.origin, ...payload });
  }

  // Say how far the browser's own drawing is from PyTorch's, in an idle moment. stands(): whether PyTorch's is still what is
  // shown; apart(): the largest difference.
  compareLater(badge, stands, apart) {
    const revision = this.revisions.made;
    clearTimeout(this.comparing);
    const check = () => {
      if (this.data.error || this.revisions.made !== revision || !stands()) return;
      const difference = apart();
      this.root.dataset.difference = String(difference);
      writeInto(badge, fill(this.labels.settled, { difference: brief(difference, 2) }));
    };
    this.comparing = setTimeout(() => (window.requestIdleCallback || setTimeout)(check), COMPARE_MS);
  }

  // What is drawn, and by whom ("torch" or "browser"), for tests and benchmarks to read.
  drew(subject, by) {
    this.drawnSubject = subject;
    this.root.dataset.revision = this.revisions.made;
    this.root.dataset.drawnBy = by;
  }
}
