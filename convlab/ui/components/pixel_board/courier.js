// What passes between the board and Python.

const SEND_GAP_MS = 100;

// Sends boards to Python, numbered, and tells Python's echo of them from a board chosen elsewhere.
class Courier {
  constructor(post, heard) {
    this.post = post;
    this.revisions = new Revisions(heard);
    this.known = []; // {revision, text}: the boards that Python may hold at this moment
    this.sentAt = -Infinity;
  }

  say(text) {
    this.unsent = text;
    const wait = this.sentAt + SEND_GAP_MS - performance.now();
    if (wait <= 0) this.send();
    else this.timer ||= setTimeout(() => this.send(), wait);
  }

  send() {
    this.stop();
    if (this.unsent === this.known.at(-1)?.text) return; // painted and undone at once
    this.known.push({ revision: this.revisions.next(), text: this.unsent });
    this.sentAt = performance.now();
    this.post(`${this.revisions.made} ${this.unsent}`);
  }

  // Python has heard of a revision: what was said before it can no longer come back.
  isNews(text, heard) {
    this.known = this.known.filter(({ revision }) => revision >= heard);
    return !this.known.some((message) => message.text === text);
  }

  accept(text) {
    this.stop();
    this.known = [{ revision: this.revisions.made, text }];
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
  }
}
