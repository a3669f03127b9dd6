// How often each value occurs: bars, the zero line, and the range in words.

class Histogram {
  constructor(labels) {
    this.labels = labels;
    this.canvas = element("canvas", { role: "img" });
    this.low = element("span.numbers");
    this.high = element("span.numbers");
    this.node = element("figure.histogram", {}, element("figcaption", {}, labels.histogram), this.canvas, element("div.ends", {}, this.low, this.high));
    this.ratio = 1;
    this.seen = false; // it is folded
    watchPixels(this.canvas, () => {
      this.ratio = pixelsOf(this.canvas);
      this.seen = this.canvas.clientWidth > 0;
      if (this.seen) this.draw?.();
    });
  }

  show(values, stats) {
    this.draw = () => this.count(values, stats);
    if (this.seen) this.draw();
  }

  count(values, stats) {
    const bins = 48;
    const counts = new Uint32Array(bins);
    const { min, max } = stats;
    const span = max - min || 1;
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value - min) * (bins / span)))]++;
    const { ratio } = this;
    const [width, height] = [300 * ratio, 80 * ratio];
    [this.canvas.width, this.canvas.height] = [width, height];
    const context = this.canvas.getContext("2d");
    const most = Math.max(...counts);
    context.fillStyle = "#2f7fc4"; // seen on both themes; asking for the theme's would recompute all styles
    counts.forEach((count, n) => {
      const tall = count ? Math.max(1.5 * ratio, (count / most) * (height - 4)) : 0;
      context.fillRect((n * width) / bins, height - tall, width / bins - ratio, tall);
    });
    if (min < 0 && max > 0) {
      context.fillStyle = "#808080";
      context.fillRect((-min / span) * width - ratio / 2, 0, ratio, height);
    }
    const [low, high] = [brief(min), brief(max)];
    this.low.textContent = low;
    this.high.textContent = high;
    this.canvas.setAttribute("aria-label", fill(this.labels.histogram_words, { low, high, count: values.length, most }));
  }
}
