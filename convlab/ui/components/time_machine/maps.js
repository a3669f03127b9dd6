// Feature maps in a grid on one diverging scale.

class MapGrid {
  constructor(labels) {
    this.title = element("h3");
    this.tiles = element("div.tiles.maps", { role: "img" });
    this.legend = new Legend({ ...labels, scale_signed: labels.map_scale });
    this.node = element("figure.kernels", {}, element("div.head", {}, this.title), this.tiles, this.legend.node);
  }

  // spec: {title, words, shape: [maps, rows, cols], end} or null; places: a byte a value
  show(spec, places, table) {
    this.node.hidden = !spec;
    if (!spec) return;
    const [count, rows, cols] = spec.shape;
    this.title.textContent = spec.title;
    this.tiles.setAttribute("aria-label", spec.words);
    if (this.tiles.children.length !== count) this.tiles.replaceChildren(...Array.from({ length: count }, () => element("canvas", { width: cols, height: rows })));
    this.legend.show({ signed: true, low: -spec.end, high: spec.end, table, automatic: false });
    [...this.tiles.children].forEach((canvas, n) => {
      const image = new ImageData(cols, rows);
      for (let i = 0; i < rows * cols; i++) {
        const at = 3 * places[n * rows * cols + i];
        image.data.set([table[at], table[at + 1], table[at + 2], 255], 4 * i);
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
    });
  }
}
