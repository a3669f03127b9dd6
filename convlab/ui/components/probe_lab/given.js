// Pictures that the learner gives: to Streamlit's uploader, or anywhere on the page, or pasted. The first one is shown to
// PyTorch over a route before Streamlit takes the files in; where that fails, Streamlit's own answer follows anyway.

const READ_MS = 5000; // the picture, and its verdict
const HOLD_MS = 300; // the most that Streamlit waits for a file
const PASSED = "passed"; // an event that Streamlit may hear
const OPEN_MS = 500; // a picture that is here already: Streamlit waits with its own answer
const PATIENCE_MS = 10000; // for the uploader to come
const LOOK_MS = 50;
const ASKING = "convlab-asking"; // whether a lab is there that hears of a file
const HEARD = ["change", "drop", "dragover", "dragleave", "paste", ASKING];

const holdsFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
const isText = (node) => node.isContentEditable || ["INPUT", "TEXTAREA"].includes(node.tagName);

class Given {
  // handlers: question(how): {route, header, mostBytes}; answered(message, how); wanted(): ask for an uploader; hovered(over).
  constructor(uploader, handlers) {
    this.uploader = uploader;
    this.handlers = handlers;
    this.number = 0; // of the pictures asked about
    for (const name of HEARD) document.addEventListener(name, this, true);
  }

  stop() {
    for (const name of HEARD) document.removeEventListener(name, this, true);
    this.number = -1;
  }

  handleEvent(event) {
    if (event.type === ASKING) event.preventDefault();
    else this[event.type](event);
  }

  get input() {
    return /** @type {HTMLInputElement} */ (document.querySelector(`.${this.uploader} input[type=file]`));
  }

  // Files chosen in Streamlit's uploader, also those that give() put there. Streamlit hears of them once the verdict is shown:
  // taking them in meanwhile, in the browser and in Python, made the verdict wait.
  change(event) {
    const { target, detail } = event;
    if (target !== this.input || detail === PASSED || !target.files.length) return;
    event.stopImmediatePropagation();
    const { files } = target;
    let passed = false;
    const pass = () => {
      if (passed) return;
      passed = true;
      target.files = files; // others may have been chosen since
      target.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: PASSED }));
    };
    this.ask(files[0]).then(() => requestAnimationFrame(() => setTimeout(pass)));
    setTimeout(pass, HOLD_MS);
  }

  dragover(event) {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault(); // or the browser leaves the page for the file
    this.handlers.hovered(true);
  }

  dragleave(event) {
    if (!event.relatedTarget) this.handlers.hovered(false);
  }

  drop(event) {
    if (!holdsFiles(event.dataTransfer)) return;
    this.handlers.hovered(false);
    const { files } = event.dataTransfer;
    const place = event.target.closest?.("[data-testid=stFileUploader]");
    if (place?.closest(`.${this.uploader}`)) this.ask(files[0]); // Streamlit takes them
    if (place) return; // a checkpoint's, or ours
    event.preventDefault();
    this.give(files);
  }

  paste(event) {
    const { files } = event.clipboardData;
    if (!files.length || isText(event.composedPath()[0])) return;
    event.preventDefault();
    this.give(files);
  }

  // Hand files to Streamlit's uploader, once it is there, and the lab again that the uploader's coming makes anew.
  give(files) {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    if (!this.input) this.handlers.wanted();
    const last = performance.now() + PATIENCE_MS;
    const look = () => {
      const { input } = this;
      if (input && !document.dispatchEvent(new Event(ASKING, { cancelable: true }))) {
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      } else if (performance.now() < last) setTimeout(look, LOOK_MS);
    };
    look();
  }

  // Only the answer about the last picture counts.
  async ask(file, how = "given") {
    const { route, header, mostBytes } = this.handlers.question(how);
    if (!route || !file || file.size > mostBytes) return;
    const mine = ++this.number;
    try {
      const message = await post(route, header, new Uint8Array(await file.arrayBuffer()), how === "given" ? READ_MS : OPEN_MS);
      if (mine === this.number) this.handlers.answered(message, how);
    } catch {
      // Streamlit reads the file too, and says what is wrong with it.
    }
  }
}
