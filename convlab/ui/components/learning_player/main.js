// A run of gradient descent, computed before and played here: watched, paused, stepped, rewound without a round trip.

const WHOLE_RUN_S = 5; // at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];

// Have the lab on this page show a kernel; null for its own.
const lead = (detail) => window.dispatchEvent(new CustomEvent("convlab-kernel", { detail }));

class LearningPlayer extends Played {
  constructor(root, data) {
    const { labels } = data;
    const speed = new Speed(labels, SPEEDS);
    super(root, data, {
      // Squared, since the first steps change the kernel most: at an even pace the learning would be over in a flash.
      pace: (step, seconds) => {
        const whole = Math.max(1, this.player.last());
        return whole * (Math.sqrt(step / whole) + (seconds * speed.factor) / WHOLE_RUN_S) ** 2;
      },
      extra: [speed.node], restarts: true,
    });
    this.legend = new Legend(labels);
    this.leads = true; // the lab above shows the kernel of the step
    this.edited = () => (this.leads = false);
    window.addEventListener("convlab-edited", this.edited);
    for (const turn of ["pointerdown", "keydown", "input"]) this.root.addEventListener(turn, () => (this.leads = true), true);
    this.kernels = element("div.pair");
    this.difference = element("p.difference");
    this.problem = element("p.problem", { role: "alert", hidden: true });
    this.root.replaceChildren(
      this.problem,
      element("div.learning", {}, element("div.kernels", {}, this.kernels, this.difference, this.legend.node), this.charts),
      this.player.node,
      this.live);
  }

  update(data) {
    if (data.identity === this.data?.identity) return;
    this.player.stop();
    this.load(data, [...data.floats("losses").keys()]);
    this.fill(data);
    if (movesLittle()) this.show(this.player.last());
    else {
      this.show(0);
      this.player.play();
    }
  }

  stop() {
    super.stop();
    window.removeEventListener("convlab-edited", this.edited);
    lead(null);
  }

  fill(data) {
    const { labels } = data;
    this.losses = data.floats("losses");
    this.weights = data.floats("kernels");
    this.target = data.floats("target");
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
    this.points = data.floats("loss_0");
    const words = { first: brief(this.losses[0], 3), last: brief(this.losses[this.player.last()], 3), steps: this.player.last() };
    this.chart.svg.setAttribute("aria-label", fill(labels.curve_words, words));
  }

  show(step) {
    this.at = step;
    const size = this.target.length;
    const kernel = this.weights.subarray(this.at * size, (this.at + 1) * size);
    const off = kernel.reduce((most, weight, n) => Math.max(most, Math.abs(weight - this.target[n])), 0);
    const { labels } = this;
    this.learned.show(kernel);
    this.difference.textContent = fill(labels.difference, { value: brief(off, 3) });
    if (this.leads) lead({ kernel: nested(kernel, this.data.shape), text: labels.in_lab });
    const text = fill(labels.reading, { step: this.at, steps: this.player.last(), loss: brief(this.losses[this.at], 3) });
    this.chart.redraw(1, this.points.subarray(0, 2 * (this.at + 1)));
    this.written(text);
  }
}

export default mount(LearningPlayer);
