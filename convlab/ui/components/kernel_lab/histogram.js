// How often each value occurs: bars, the zero line, and the range in words.

class Histogram {
  constructor(labels, table) {
    this.labels = labels;
    this.table = table;
    this.canvas = element("canvas", { role: "img" });
    this.low = element("span.numbers");
    this.high = element("span.numbers");
    this.node = element("figure.histogram", {}, element("figcaption", {}, labels.histogram), this.canvas, element("div.ends", {}, this.low, this.high));
  }

  show(values, stats) {
    const bins = 48;
    const counts = new Uint32Array(bins);
    const span = stats.max - stats.min || 1;
    const { min } = stats;
    const scale = bins / span;
    for (let n = 0; n < values.length; n++) counts[Math.min(bins - 1, Math.floor((values[n] - min) * scale))]++;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [300 * ratio, 80 * ratio];
    [this.canvas.width, this.canvas.height] = [width, height];
    const context = this.canvas.getContext("2d");
    const most = Math.max(...counts);
    context.fillStyle = "#2f7fc4"; // seen on both themes; asking for the theme's would recompute all styles
    counts.forEach((count, n) => {
      const tall = count ? Math.max(1.5 * ratio, (count / most) * (height - 4)) : 0;
      context.fillRect((n * width) / bins, height - tall, width / bins - ratio, tall);
    });
    if (stats.min < 0 && stats.max > 0) {
      context.fillStyle = "#808080";
      context.fillRect((-stats.min / span) * width - ratio / 2, 0, ratio, height);
    }
    this.low.textContent = brief(stats.min);
    this.high.textContent = brief(stats.max);
    this.canvas.setAttribute("aria-label", fill(this.labels.histogram_words, { low: brief(stats.min), high: brief(stats.max), count: values.length, most }));
  }
}
