// A run of gradient descent, computed before and played here: watched, paused, stepped, rewound without a round trip.

const WHOLE_RUN_S = 5; // at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];

class LearningPlayer extends Component {
  constructor(root, { labels }) {
    super(root);
    this.labels = labels;
    this.step = 0;
    this.legend = new Legend(labels);
    this.kernels = element("div.pair");
    this.difference = element("p.difference");
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.curve = element("div.curve");
    this.speed = element("select", {}, ...SPEEDS.map((n) => element("option", { value: n, selected: n === 1 }, fill(labels.times, { speed: n }))));
    this.player = new Player(labels, {
      name: labels.controls,
      at: () => this.step,
      last: () => this.steps,
      show: (step) => this.show(step),
      pace: (step, seconds) => this.pace(step, seconds),
      extra: [element("label", {}, labels.speed, this.speed)],
      restarts: true,
      slides: true,
    });
    this.root.replaceChildren(
      this.problem,
      element("div.learning", {}, element("div.kernels", {}, this.kernels, this.difference, this.legend.node), this.curve),
      this.player.node,
      this.live);
  }

  // Squared, since the first steps change the kernel most: at an even pace the learning would be over in a flash.
  pace(step, seconds) {
    const whole = Math.max(1, this.steps);
    return whole * (Math.sqrt(step / whole) + (seconds * Number(this.speed.value)) / WHOLE_RUN_S) ** 2;
  }

  // What Chart asks of its panel.
  get cursor() {
    return this.step;
  }

  point(_chart, step) {
    if (step !== null) this.player.hold(step);
  }

  key(event) {
    this.player.key(event);
  }

  update(data) {
    if (data.identity === this.identity) return;
    this.identity = data.identity;
    this.player.stop();
    this.load(data);
    if (window.matchMedia("(prefers-reduced-motion)").matches) this.show(this.steps);
    else {
      this.show(0);
      this.player.play();
    }
  }

  load(data) {
    const { labels } = data;
    this.losses = data.floats("losses");
    this.weights = data.floats("kernels");
    this.target = data.floats("target");
    this.steps = this.losses.length - 1;
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
    this.chart?.destroy();
    this.chart = new Chart(this, data.chart);
    this.curve.replaceChildren(this.chart.node);
    this.points = data.floats("loss_0");
    this.chart.update(data.chart, data);
    const words = { first: brief(this.losses[0], 3), last: brief(this.losses[this.steps], 3), steps: this.steps };
    this.chart.svg.setAttribute("aria-label", fill(labels.curve_words, words));
  }

  show(step) {
    this.step = step;
    const size = this.target.length;
    const kernel = this.weights.subarray(this.step * size, (this.step + 1) * size);
    const off = kernel.reduce((most, weight, n) => Math.max(most, Math.abs(weight - this.target[n])), 0);
    const { labels } = this;
    this.learned.show(kernel);
    this.difference.textContent = fill(labels.difference, { value: brief(off, 3) });
    const text = fill(labels.reading, { step: this.step, steps: this.steps, loss: brief(this.losses[this.step], 3) });
    this.player.mark(this.step, text);
    this.chart.redraw(1, this.points.subarray(0, 2 * (this.step + 1)));
    // Spoken only while it rests: a playing run would talk without end.
    this.say(this.player.playing ? "" : text);
  }

  destroy() {
    this.player.stop();
    this.chart.destroy();
  }
}

export default mount(LearningPlayer);
