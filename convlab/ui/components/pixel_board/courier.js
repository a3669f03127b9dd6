// What passes between the board and Python.

const SEND_GAP_MS = 100;

// Sends boards to Python, numbered, and tells Python's echo of them from a board chosen elsewhere.
class Courier {
  constructor(post, heard) {
    this.post = post;
    this.stamp = heard;
    this.known = []; // {stamp, text}: the boards that Python may hold at this moment
    this.sentAt = -Infinity;
  }

  say(text) {
    this.unsent = text;
    if (this.timer) return;
    const wait = this.sentAt + SEND_GAP_MS - performance.now();
    if (wait <= 0) this.send();
    else this.timer = setTimeout(() => this.send(), wait);
  }

  send() {
    this.timer = undefined;
    if (this.unsent === this.known.at(-1)?.text) return; // painted and undone at once
    this.stamp += 1;
    this.known.push({ stamp: this.stamp, text: this.unsent });
    this.sentAt = performance.now();
    this.post(`${this.stamp} ${this.unsent}`);
  }

  // `heard` is the last stamp that Python has read: what we said before that can no longer come back.
  isNews(text, heard) {
    this.known = this.known.filter(({ stamp }) => stamp >= heard);
    return !this.known.some((message) => message.text === text);
  }

  accept(text) {
    this.stop();
    this.known = [{ stamp: this.stamp, text }];
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
