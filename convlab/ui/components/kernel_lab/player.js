// Slides the kernel over the output, place by place: play, pause, single step, speed.

class Player {
  // move(index): show this place; count(): how many places there are; at(): the place shown now
  constructor(labels, move, count, at, finished) {
    Object.assign(this, { labels, move, count, at, finished });
    this.playing = false;
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    this.button = button(labels.play, () => (this.playing ? this.pause() : this.play()));
    this.button.setAttribute("aria-pressed", "false");
    this.speed = element("input", { type: "range", min: 0, max: 100, value: 60, "aria-label": labels.speed });
    this.pace = element("output.numbers");
    this.speed.addEventListener("input", () => this.showPace());
    this.node = element(
      "div.player", { role: "group", "aria-label": labels.slide },
      this.button,
      button(labels.step_back, () => this.step(-1)),
      button(labels.step, () => this.step(1)),
      button(labels.restart, () => this.restart()),
      element("label", {}, element("span", {}, labels.speed), this.speed, this.pace),
    );
    this.showPace();
  }

  get perSecond() {
    return Math.round(2 * 1000 ** (Number(this.speed.value) / 100));
  }

  showPace() {
    this.pace.textContent = fill(this.labels.pace, { count: this.perSecond });
  }

  play() {
    if (this.at() >= this.count() - 1) this.move(0);
    this.playing = true;
    this.button.textContent = this.labels.pause;
    this.button.setAttribute("aria-pressed", "true");
    let last = null; // a frame's time may lie before performance.now(): the kernel would start backwards
    let due = 0;
    const tick = (now) => {
      due += ((now - (last ?? now)) * this.perSecond) / 1000;
      last = now;
      const steps = Math.floor(due);
      due -= steps;
      if (steps) this.move(Math.min(this.count() - 1, this.at() + steps));
      if (this.at() >= this.count() - 1) {
        this.pause();
        this.finished();
      } else this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.button.textContent = this.labels.play;
    this.button.setAttribute("aria-pressed", "false");
  }

  disable(disabled) {
    if (disabled) this.pause();
    for (const control of this.node.querySelectorAll("button, input")) control.disabled = disabled;
  }

  step(by) {
    this.pause();
    const count = this.count();
    this.move((this.at() + by + count) % count);
  }

  restart() {
    this.pause();
    this.move(0);
  }
}
