// How an edit reaches PyTorch. It is asked over a route beside Streamlit, which takes a few milliseconds; Streamlit is
// told when the learner pauses, for the link, the words and the experiments. Where there is no route, it is told at once.

const TELL_MS = 300; // a pause
const ANSWER_MS = 3000; // after this long an answer is no longer awaited
const MOST_FAILURES = 3; // in a row; then the route is left alone
const REFUSED = 422; // the route works, and does not take the question

class Messenger {
  // handlers: question(): {header, pixels}; answered(map): PyTorch's, for the last question; overtaken(map): for one before it,
  // where that is wanted too; tell(): say the edit to Streamlit; owns(event): whether it is no turn to anything else; refused():
  // the last question cannot be asked, where that may be and the page says why.
  constructor(root, handlers) {
    this.handlers = handlers;
    this.route = "";
    this.failures = 0;
    // Whatever else the learner turns to has to find the kernel that is on the screen.
    this.elsewhere = (event) => {
      if (event.composedPath().includes(root) || this.handlers.owns?.(event)) return;
      this.tellNow();
      this.leaving = true; // a weight that was typed is taken as its cell is left, behind this
      setTimeout(() => (this.leaving = false));
    };
    this.turns = ["pointerdown", "keydown", "blur"];
    for (const turn of this.turns) window.addEventListener(turn, this.elsewhere, true);
  }

  stop() {
    this.forget();
    for (const turn of this.turns) window.removeEventListener(turn, this.elsewhere, true);
  }

  get hasRoute() {
    return this.route !== "" && this.failures < MOST_FAILURES;
  }

  // The learner is done with an edit.
  send() {
    if (!this.hasRoute) return this.handlers.tell();
    this.ask();
    return this.tellSoon();
  }

  // A weight moves: answers about the kernel before it come too late, and there is no pause yet.
  edited() {
    this.drop();
    if (this.timer) this.tellSoon();
  }

  // What is shown is of another picture or other settings now: an answer that is on its way is about those before.
  drop() {
    this.wanted = null;
  }

  // The kernel came from elsewhere: what was on its way is void.
  forget() {
    this.drop();
    clearTimeout(this.timer);
    this.timer = 0;
  }

  tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tellNow(), TELL_MS);
    if (this.leaving) this.tellNow();
  }

  tellNow() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.handlers.tell();
  }

  // One question at a time: answers cannot overtake each other, and a slow server is not flooded.
  async ask() {
    this.wanted = {}; // stands for the question asked last
    if (this.asking) return;
    this.asking = true;
    let asked;
    let map;
    for (;;) {
      asked = this.wanted;
      map = await this.fetched(this.handlers.question());
      if (!map || !this.wanted || this.wanted === asked) break;
      this.handlers.overtaken?.(map);
    }
    this.asking = false;
    if (map && this.wanted === asked) this.handlers.answered(map);
  }

  // PyTorch's map, or null where the server did not give one: then Streamlit is asked for it.
  async fetched({ header, pixels }) {
    try {
      const map = await post(this.route, header, pixels, ANSWER_MS);
      this.failures = 0;
      return map;
    } catch (error) {
      const refused = error.status === REFUSED && this.handlers.refused;
      if (!refused) this.failures++;
      this.tellNow();
      if (refused) refused();
      return null;
    }
  }
}
