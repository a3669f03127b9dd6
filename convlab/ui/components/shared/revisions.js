// Which of the learner's edits Python knows: the browser counts them, Python sends back the last that it has heard of.

const AWAIT_MS = 3000; // after this long without an answer an edit may be told again

class Revisions {
  constructor(heard = 0) {
    this.made = heard; // edits
    this.told = heard; // the last one that was handed to Python
    this.waiting = 0; // for the answer to it, since then
    this.stale = false; // Python's last message answers an older edit: what the learner has made since stays
  }

  next() {
    this.made = Math.max(this.made, this.heard ?? 0) + 1;
    return this.made;
  }

  // A message from Python. -> whether it has another origin than the one before: a picture, a network or a kernel that
  // was chosen elsewhere, which is shown whatever the learner has made.
  hear(heard, origin) {
    const fresh = origin !== this.origin;
    this.origin = origin;
    this.heard = heard;
    if (heard >= this.told) this.waiting = 0;
    this.stale = !fresh && heard < this.made;
    return fresh;
  }

  // Python takes no edit of the old origin: all that is on its way is void.
  forget() {
    this.made = this.told = this.heard;
    this.waiting = 0;
  }

  // Whether to tell Python of the last edit now; if so, it counts as told. One at a time.
  due(now = performance.now()) {
    if (this.made === this.told || (this.waiting && now - this.waiting < AWAIT_MS)) return false;
    this.told = this.made;
    this.waiting = now;
    return true;
  }
}
