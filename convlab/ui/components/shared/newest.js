// A component may be told of an answer over a route before Streamlit has heard of the question. What Streamlit says of the
// time before is left aside then: nothing that one has seen comes back.

const CATCH_UP_MS = 10_000; // after so long without Streamlit's own answer its last word counts

class Newest {
  // show(data): draw a message.
  constructor(show) {
    this.show = show;
    this.ahead = null; // {told, names}: the controls of the answer on the screen, and those that Streamlit has to hear of
    this.aside = null; // Streamlit's last message about other controls
    this.answered = (/** @type {any} */ { detail }) => this.answer(detail);
    this.refused = () => this.giveUp();
    window.addEventListener("convlab-answer", this.answered);
    window.addEventListener("convlab-refused", this.refused);
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("convlab-answer", this.answered);
    window.removeEventListener("convlab-refused", this.refused);
  }

  // Over the route: {told, names, messages}.
  answer({ told, names, messages }) {
    const bytes = messages[this.key];
    if (!bytes) return;
    this.ahead = { told, names };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.giveUp(), CATCH_UP_MS);
    this.show(unpack(bytes));
  }

  // By Streamlit; answers: {key, told} of what may be asked over a route.
  hear(answers, data) {
    const { key, told } = answers ?? {};
    this.key = key;
    this.aside = data;
    if (key && this.ahead && !this.ahead.names.every((name) => told[name] === this.ahead.told[name])) return;
    this.giveUp();
  }

  giveUp() {
    clearTimeout(this.timer);
    this.ahead = null;
    if (this.aside) this.show(this.aside);
    this.aside = null;
  }
}
