// Pictures that the learner gives: to Streamlit's uploader, or anywhere on the page, or pasted. The first one is shown to
// PyTorch over a route while Streamlit still takes the files in; where that fails, Streamlit's own answer follows anyway.

const ANSWER_MS = 5000;
const PATIENCE_MS = 10000; // for the uploader to come
const LOOK_MS = 50;

const holdsFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
const isText = (node) => node.isContentEditable || ["INPUT", "TEXTAREA"].includes(node.tagName);

class Given {
  // question(): {route, header, mostBytes}; answered(message); wanted(): ask for an uploader; hovered(over).
  constructor({ uploader, question, answered, wanted, hovered }) {
    this.uploader = uploader;
    this.question = question;
    this.answered = answered;
    this.wanted = wanted;
    this.hovered = hovered;
    this.number = 0; // of the pictures asked about
    this.listeners = { change: this.chosen, drop: this.dropped, dragover: this.over, dragleave: this.left, paste: this.pasted };
    for (const name in this.listeners) {
      this.listeners[name] = this.listeners[name].bind(this);
      document.addEventListener(name, this.listeners[name], true);
    }
  }

  destroy() {
    for (const name in this.listeners) document.removeEventListener(name, this.listeners[name], true);
    this.number = -1;
  }

  get input() {
    return /** @type {HTMLInputElement} */ (document.querySelector(`.${this.uploader} input[type=file]`));
  }

  // Files chosen in Streamlit's uploader, also those that give() put there.
  chosen(event) {
    if (event.target === this.input) this.ask(event.target.files[0]);
  }

  over(event) {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault(); // or the browser leaves the page for the file
    this.hovered(true);
  }

  left(event) {
    if (!event.relatedTarget) this.hovered(false);
  }

  dropped(event) {
    if (!holdsFiles(event.dataTransfer)) return;
    this.hovered(false);
    const { files } = event.dataTransfer;
    const place = event.target.closest?.("[data-testid=stFileUploader]");
    if (place?.closest(`.${this.uploader}`)) this.ask(files[0]); // Streamlit takes them
    if (place) return; // a checkpoint's, or ours
    event.preventDefault();
    this.give(files);
  }

  pasted(event) {
    const { files } = event.clipboardData;
    if (!files.length || isText(event.composedPath()[0])) return;
    event.preventDefault();
    this.give(files);
  }

  // Hand files to Streamlit's uploader, once it is there.
  give(files) {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    if (!this.input) this.wanted();
    const last = performance.now() + PATIENCE_MS;
    const look = () => {
      const { input } = this;
      if (input) {
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      } else if (performance.now() < last) setTimeout(look, LOOK_MS);
    };
    look();
  }

  // Only the answer about the last picture counts.
  async ask(file) {
    const { route, header, mostBytes } = this.question();
    if (!route || !file || file.size > mostBytes) return;
    this.number += 1;
    const mine = this.number;
    try {
      const message = await post(route, header, new Uint8Array(await file.arrayBuffer()), ANSWER_MS);
      if (mine === this.number) this.answered(message);
    } catch {
      // Streamlit reads the file too, and says what is wrong with it.
    }
  }
}
