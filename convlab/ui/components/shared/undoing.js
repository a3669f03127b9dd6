// Undo and redo: two buttons at the kernel, and their keys wherever no text is being typed. Python keeps what there was.

class Undoing {
  // handlers: step(total): how far to go since the page opened, undo counted as less than 0; typing(node): whether a cell of
  // the kernel holds a text that is not taken yet.
  constructor(root, labels, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.left = { undo: 0, redo: 0 };
    this.total = 0; // how far to go since the session began
    this.asked = -Infinity; // when Python was last asked to
    this.undo = button(labels.undo, () => this.go(-1), { title: labels.undo_hint, "aria-keyshortcuts": "Control+Z" });
    this.redo = button(labels.redo, () => this.go(1), { title: labels.redo_hint, "aria-keyshortcuts": "Control+Shift+Z" });
    this.node = element("div.undoing", {}, this.undo, this.redo);
    this.onkey = (event) => this.key(event);
    window.addEventListener("keydown", this.onkey, true); // a select box lets no key through
  }

  stop() {
    window.removeEventListener("keydown", this.onkey, true);
  }

  // What Python has: {undo, redo, steps}. Until it has heard of the steps that were asked for, they count as done.
  // unheard: whether it has not heard of the last edit either, which will be one more to undo.
  show({ undo, redo, steps }, unheard, now = performance.now()) {
    this.unheard = unheard;
    if (steps === this.total || now - this.asked > AWAIT_MS) [this.total, this.asked] = [steps, -Infinity];
    const ahead = this.total - steps;
    // Streamlit may lose an event that comes while a run asks for another: the total says it again, and counts once.
    if (ahead) this.handlers.step(this.total);
    this.left = unheard ? { undo: undo + ahead + 1, redo: 0 } : { undo: undo + ahead, redo: redo - ahead };
    this.enable();
  }

  // The kernel has been edited here: that can be undone before Python knows, and what was undone is given up.
  edited() {
    if (this.unheard) return;
    this.unheard = true;
    this.left = { undo: this.left.undo + 1, redo: 0 };
    this.enable();
  }

  enable() {
    const focused = this.node.getRootNode().activeElement;
    for (const name of ["undo", "redo"]) {
      // A button that is disabled while it has the focus would lose it, and the keyboard its place.
      this[name].setAttribute("aria-disabled", String(this.left[name] <= 0));
      this[name].disabled = this.left[name] <= 0 && this[name] !== focused;
    }
  }

  go(by) {
    if (this.left[by < 0 ? "undo" : "redo"] <= 0) return;
    this.left = { undo: this.left.undo + by, redo: this.left.redo - by };
    this.enable();
    this.total += by;
    this.asked = performance.now();
    this.handlers.step(this.total);
  }

  key(event) {
    const by = stepOf(event);
    if (!by || this.isTyping(event.composedPath()[0])) return;
    taken(event);
    this.go(by);
  }

  // A field's own undo is left alone; a closed select box, and a cell whose weight was taken, have none.
  isTyping(node) {
    if (this.root.contains(node) && node.dataset.place) return this.handlers.typing(node);
    if (node.isContentEditable || node instanceof HTMLTextAreaElement) return true;
    if (!(node instanceof HTMLInputElement)) return false;
    return node.getAttribute("role") === "combobox" ? node.getAttribute("aria-expanded") === "true" : !["range", "checkbox", "radio", "button"].includes(node.type);
  }
}

// -1 for undo, 1 for redo, 0 for any other key.
function stepOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey === metaKey || altKey) return 0;
  if (key.toLowerCase() === "z") return shiftKey ? 1 : -1;
  return key.toLowerCase() === "y" && !shiftKey ? 1 : 0;
}
