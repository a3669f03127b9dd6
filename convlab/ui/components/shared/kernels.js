// Kernels side by side on one diverging scale: a tile a channel, as many as there are, crisp.

class KernelRow {
  constructor(labels) {
    this.labels = labels;
    this.title = element("h3");
    this.tiles = element("div.tiles", { role: "img" });
    this.legend = new Legend(labels);
    this.node = element("figure.kernels", {}, element("div.head", {}, this.title), this.tiles, this.legend.node);
  }

  // spec: {title, words, shape: [kernels, channels, kh, kw], end}; places: a byte a weight, 0..255 on the scale
  show(spec, places, table) {
    this.node.hidden = !spec;
    if (!spec) return;
    const [count, channels, rows, cols] = spec.shape;
    this.title.textContent = spec.title;
    this.tiles.setAttribute("aria-label", spec.words);
    const identity = spec.shape.join();
    if (identity !== this.identity) {
      this.identity = identity;
      this.canvases = Array.from({ length: count }, () => element("canvas"));
      this.tiles.classList.toggle("pictures", rows > 8);
      this.tiles.replaceChildren(...this.canvases);
    }
    this.legend.show({ signed: true, low: -spec.end, high: spec.end, table, automatic: false });
    const size = channels * rows * cols;
    this.canvases.forEach((canvas, n) => this.draw(canvas, places.subarray(n * size, (n + 1) * size), [channels, rows, cols], table));
  }

  // Channels below each other, a transparent line between them.
  draw(canvas, places, [channels, rows, cols], table) {
    const height = channels * rows + (channels - 1) * (rows > 8 ? 2 : 1);
    const step = rows + (rows > 8 ? 2 : 1);
    if (canvas.height !== height || canvas.width !== cols) [canvas.width, canvas.height] = [cols, height];
    canvas.style.aspectRatio = `${cols} / ${height}`;
    const image = new ImageData(cols, height);
    for (let i = 0; i < places.length; i++) {
      const channel = Math.floor(i / (rows * cols));
      const at = 4 * (channel * step * cols + (i % (rows * cols)));
      image.data.set([table[3 * places[i]], table[3 * places[i] + 1], table[3 * places[i] + 2], 255], at);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
}
