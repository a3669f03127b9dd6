// What the learner may ask for below the output: to keep it, and to mend the kernel that burns the picture out.

class Asks {
  constructor({ keep, normalise, three_channels }, ask) {
    this.reason = three_channels;
    this.keep = button(keep, () => ask("keep"), { class: "keep" });
    this.normalise = button(normalise, () => ask("normalise"), { class: "normalise" });
    this.normalise.classList.add("empty");
    this.why = element("p.why.empty");
    this.node = element("div.asks", {}, this.keep, this.normalise, this.why);
  }

  // Without an output.
  disable(disabled) {
    this.keep.disabled = disabled;
    if (disabled) this.propose(false);
  }

  propose(proposed) {
    for (const node of [this.normalise, this.why]) node.classList.toggle("empty", !proposed);
  }

  // It is the weights' fault where they add up to more than 1: the remedy stands beside the stripes.
  offer(scale, weights) {
    const total = weights.flat(2).reduce((sum, weight) => sum + weight, 0);
    this.propose(Boolean(scale.unit && scale.beyond && total > 1 + 1e-6));
    writeInto(this.why, weights.length === 3 ? fill(this.reason, { total: brief(total) }) : "");
  }
}
