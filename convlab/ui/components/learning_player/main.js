// A run of gradient descent, computed before and played here: watched, paused, stepped, rewound without a round trip.

const WHOLE_RUN_S = 5; // at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const LONGEST_FRAME_S = 0.25; // a hidden tab draws no frames; coming back to it must not leap to the end

class LearningPlayer {
  constructor(root) {
    this.root = root;
  }

  build(labels) {
    this.labels = labels;
    this.legend = new Legend(labels);
    this.curve = new LossCurve(labels);
    this.kernels = element("div.pair");
    this.difference = element("p.difference");
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.reading = element("span.reading");
    this.live = element("p.visually-hidden", { "aria-live": "polite" });
    this.root.replaceChildren(
      this.problem,
      element("div.learning", {}, element("div.kernels", {}, this.kernels, this.difference, this.legend.node), this.curve.node),
      this.controls(labels),
      this.live,
    );
  }

  controls(labels) {
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    this.toggle = button(labels.play, () => (this.playing ? this.pause() : this.play()));
    this.toggle.classList.add("toggle");
    this.slider = element("input", { type: "range", min: 0, "aria-label": labels.position });
    this.slider.addEventListener("input", () => this.hold(Number(this.slider.value)));
    this.speed = element("select", {}, ...SPEEDS.map((n) => element("option", { value: n, selected: n === 1 }, fill(labels.times, { speed: n }))));
    const group = element("div.controls", { role: "group", "aria-label": labels.controls },
      element("div.buttons", {},
        this.toggle,
        button(labels.step_back, () => this.hold(this.step - 1)),
        button(labels.step, () => this.hold(this.step + 1)),
        button(labels.restart, () => this.hold(0)),
        element("label", {}, labels.speed, this.speed)),
      this.slider, this.reading);
    group.addEventListener("keydown", (event) => {
      // A focused button or menu has a meaning of its own for Space.
      if (event.key !== " " || event.target !== this.slider) return;
      event.preventDefault();
      this.toggle.click();
    });
    return group;
  }

  update(data) {
    if (!this.labels) this.build(data.labels);
    if (data.identity === this.identity) return;
    this.identity = data.identity;
    this.pause();
    this.load(data);
    if (window.matchMedia("(prefers-reduced-motion)").matches) this.hold(this.steps);
    else {
      this.show(0);
      this.play();
    }
  }

  load(data) {
    const { labels } = data;
    Object.assign(this, { losses: data.floats("losses"), weights: data.floats("kernels"), target: data.floats("target") });
    this.steps = this.losses.length - 1;
    this.slider.max = this.steps;
    this.problem.hidden = !data.problem;
    this.problem.textContent = data.problem;
    // The start counts too: against a blur's small weights alone, everything random would be equally dark.
    const start = this.weights.subarray(0, this.target.length);
    const limit = Math.max(...[...this.target, ...start].map(Math.abs)) || 1;
    const table = data.bytes("weight_colours");
    this.learned = new WeightGrids(labels.learned, data.shape, labels.channels, table, limit);
    const target = new WeightGrids(labels.target, data.shape, labels.channels, table, limit);
    target.show(this.target);
    this.kernels.replaceChildren(this.learned.node, target.node);
    this.legend.show({ signed: true, low: -limit, high: limit, table, automatic: false });
    this.curve.load(this.losses);
  }

  show(step) {
    this.step = Math.max(0, Math.min(this.steps, step));
    const size = this.target.length;
    const kernel = this.weights.subarray(this.step * size, (this.step + 1) * size);
    const off = kernel.reduce((most, weight, n) => Math.max(most, Math.abs(weight - this.target[n])), 0);
    const { labels } = this;
    this.learned.show(kernel);
    this.difference.textContent = fill(labels.difference, { value: brief(off, 3) });
    this.slider.value = this.step;
    this.slider.style.setProperty("--done", `${(100 * this.step) / Math.max(1, this.steps)}%`);
    this.reading.textContent = fill(labels.reading, { step: this.step, steps: this.steps, loss: brief(this.losses[this.step], 3) });
    this.curve.show(this.step);
    // Spoken only while it rests: a playing run would talk without end.
    this.live.textContent = this.playing ? "" : this.reading.textContent;
  }

  play() {
    if (this.step >= this.steps) this.show(0);
    this.setPlaying(true);
    let last = performance.now();
    let progress = Math.sqrt(this.step / Math.max(1, this.steps));
    const tick = (now) => {
      const passed_s = Math.min(LONGEST_FRAME_S, Math.max(0, now - last) / 1000);
      last = now;
      progress += (passed_s * Number(this.speed.value)) / WHOLE_RUN_S;
      // Squared, since the first steps change the kernel most: at an even pace the learning would be over in a flash.
      const step = Math.floor(this.steps * progress ** 2);
      if (step >= this.steps) return this.hold(this.steps);
      if (step > this.step) this.show(step);
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.setPlaying(false);
    if (this.learned) this.live.textContent = this.reading.textContent;
  }

  setPlaying(playing) {
    this.playing = playing;
    this.toggle.textContent = playing ? this.labels.pause : this.labels.play;
  }

  hold(step) {
    this.pause();
    this.show(step);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.curve?.destroy();
  }
}

export default function (component) {
  return mountOnce(component, (root) => new LearningPlayer(root));
}
