// Kernels or feature maps side by side on one diverging scale, crisp: a tile each, its channels below each other.

class KernelRow {
  constructor(labels) {
    this.title = element("h3");
    this.tiles = element("div.tiles", { role: "img" });
    this.legend = new Legend(labels);
    this.node = element("figure.kernels", {}, element("div.head", {}, this.title), this.tiles, this.legend.node);
  }

  // spec: {title, words, shape: [tiles, channels, rows, cols], end} or null; places: a byte a weight, 0..255;
  // `automatic` where the scale is this picture's own and others have theirs.
  show(spec, places, table) {
    this.node.hidden = !spec;
    if (!spec) return;
    const [count, channels, rows, cols] = spec.shape;
    this.title.textContent = spec.title;
    this.tiles.setAttribute("aria-label", spec.words);
    const { children } = this.tiles;
    if (children.length !== count) this.tiles.replaceChildren(...Array.from({ length: count }, () => element("canvas")));
    this.tiles.classList.toggle("pictures", rows > 8);
    this.legend.show({ signed: true, low: -spec.end, high: spec.end, table, automatic: Boolean(spec.automatic) });
    const rgba = colourise(places, { low: 0, high: 255, table });
    const step = rows + (rows > 8 ? 2 : 1); // a transparent line parts the channels
    const height = (channels - 1) * step + rows;
    const size = 4 * rows * cols;
    for (let n = 0; n < count * channels; n++) {
      const tile = children[Math.floor(n / channels)];
      const cells = new ImageData(rgba.subarray(n * size, (n + 1) * size), cols, rows);
      sized(tile, cols, height).putImageData(cells, 0, (n % channels) * step);
      tile.style.aspectRatio = `${cols} / ${height}`;
    }
  }
}
