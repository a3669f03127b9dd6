// Walks through a row of places: play, pause, single steps, back to the start; with a slider where one is wanted.

const LONGEST_FRAME_S = 0.25; // a hidden tab draws no frames; coming back to it must not leap to the end

class Player {
  // at(): the place on show; last(): of all places; show(place), also when a pause begins; pace(place, seconds): where
  // one is after that time, in fractions of a place; restarts: with a button back to the start; slides: with a slider;
  // wraps: a step over one end leads to the other; ended(): played to the end.
  constructor(labels, { name, at, last, show, pace, extra = [], restarts = false, slides = false, wraps = false, ended = () => {} }) {
    this.labels = labels;
    this.at = at;
    this.last = last;
    this.show = show;
    this.pace = pace;
    this.wraps = wraps;
    this.ended = ended;
    this.playing = false;
    this.button = button(labels.play, () => this.toggle(), { class: "toggle", "aria-pressed": "false" });
    this.reading = element("span.reading");
    const buttons = [this.button, button(labels.step_back, () => this.step(-1)), button(labels.step, () => this.step(1))];
    if (restarts) buttons.push(button(labels.restart, () => this.hold(0)));
    this.node = element("div.player", { role: "group", "aria-label": name }, element("div.buttons", {}, ...buttons, ...extra));
    this.slider = element("input", {
      type: "range", min: 0, "aria-label": labels.position, oninput: () => this.hold(Number(this.slider.value)),
      onkeydown: (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        this.toggle();
      },
    });
    if (slides) this.node.append(this.slider, this.reading);
  }

  // Where the slider stands, and what is written beside it.
  mark(place, text) {
    this.slider.max = this.last();
    this.slider.value = place;
    this.slider.style.setProperty("--done", `${(100 * place) / Math.max(1, this.last())}%`);
    this.reading.textContent = text;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.at() >= this.last()) this.show(0);
    this.press(true);
    let before = null; // a frame's time may lie before performance.now(): the player would start backwards
    let exact = this.at();
    const tick = (now) => {
      exact = Math.min(this.last(), this.pace(exact, Math.min(LONGEST_FRAME_S, (now - (before ?? now)) / 1000)));
      before = now;
      if (Math.floor(exact) > this.at()) this.show(Math.floor(exact));
      if (this.at() < this.last()) this.frame = requestAnimationFrame(tick);
      else {
        this.pause();
        this.ended();
      }
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    this.stop();
    this.show(this.at());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.press(false);
  }

  press(playing) {
    this.playing = playing;
    this.button.textContent = playing ? this.labels.pause : this.labels.play;
    this.button.setAttribute("aria-pressed", String(playing));
  }

  step(by) {
    const count = this.last() + 1;
    this.hold(this.wraps ? (this.at() + by + count) % count : this.at() + by);
  }

  hold(place) {
    this.stop();
    this.show(clamp(place, 0, this.last()));
  }

  // For a chart's arrow keys.
  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    this.hold(this.at() + steps[event.key]);
    event.preventDefault();
  }

  disable(disabled) {
    if (disabled) this.stop();
    for (const control of this.node.querySelectorAll("button, input")) control.disabled = disabled;
  }
}
