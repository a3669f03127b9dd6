// Walks through a row of places: play, pause, single steps, back to the start; with a slider where one is wanted.

const LONGEST_FRAME_S = 0.25; // a hidden tab draws no frames; coming back to it must not leap to the end

// A list of speeds, 1 at first, for a player's `extra`.
class Speed {
  constructor(labels, offered) {
    this.list = element("select", {}, ...offered.map((n) => element("option", { value: n, selected: n === 1 }, fill(labels.times, { speed: n }))));
    this.node = element("label", {}, labels.speed, this.list);
  }

  get factor() {
    return Number(this.list.value);
  }
}

class Player {
  // at(): the place on show; last(): of all places; show(place), also when a pause begins; pace(place, seconds): where
  // one is after that time, in fractions of a place; restarts: with a button back to the start; slides: with a slider;
  // reads: the place is written beside the slider, not said of it alone; wraps: a step over one end leads to the other;
  // begins(): where playing starts; ended(): played to the end; compact: signs on the buttons, and words where one rests.
  constructor(labels, { name, at, last, show, pace, extra = [], compact = false, restarts = false, slides = false, reads = true, wraps = false, begins = undefined, ended = () => {} }) {
    this.labels = labels;
    this.at = at;
    this.last = last;
    this.show = show;
    this.pace = pace;
    this.wraps = wraps;
    this.begins = begins ?? (() => (at() >= last() ? 0 : at()));
    this.ended = ended;
    this.playing = false;
    this.button = button(labels.play, () => this.toggle(), { class: "toggle", "aria-pressed": "false" });
    this.reading = element("span.reading");
    const other = (text, sign, act) => (compact ? button(sign, act, { class: "sign", "aria-label": text, title: text }) : button(text, act));
    const buttons = [this.button, other(labels.step_back, "\u2039", () => this.step(-1)), other(labels.step, "\u203a", () => this.step(1))];
    if (restarts) buttons.push(other(labels.restart, "\u00ab", () => this.hold(0)));
    this.node = element("div.player", { role: "group", "aria-label": name }, element("div.buttons", {}, ...buttons, ...extra));
    this.slider = element("input", {
      type: "range", min: 0, "aria-label": labels.position, oninput: () => this.hold(Number(this.slider.value)),
      onkeydown: (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        this.toggle();
      },
    });
    if (slides) this.node.append(this.slider, ...(reads ? [this.reading] : []));
  }

  // Where the slider stands, and what is written beside it.
  mark(place, text) {
    writeInto(this.reading, text);
    const last = String(this.last());
    if (this.slider.max === last && this.slider.value === String(place) && this.marked === text) return; // it would cost a layout
    this.marked = text;
    this.slider.max = last;
    this.slider.value = place;
    this.slider.style.setProperty("--done", `${(100 * place) / Math.max(1, this.last())}%`);
    this.slider.setAttribute("aria-valuetext", text);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    this.press(true);
    this.show(this.begins());
    let before = null; // a frame's time may lie before performance.now(): the player would start backwards
    let [exact, shown] = [this.at(), this.at()];
    const tick = (now) => {
      if (this.at() !== shown) exact = this.at(); // the row of places has changed meanwhile
      exact = Math.min(this.last(), this.pace(exact, Math.min(LONGEST_FRAME_S, (now - (before ?? now)) / 1000)));
      before = now;
      if (Math.floor(exact) > this.at()) this.show(Math.floor(exact));
      shown = this.at();
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
