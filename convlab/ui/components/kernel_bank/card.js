// One kernel of the bank: its number, its weights on the scale of all, the map it makes, the value at the cursor.

const CHANNEL_COLOURS = ["#d62728", "#2ca02c", "#1f77b4"];

const MOST_PX = 196; // wide: sixteen maps are to be seen together

// How wide a map of so many columns is drawn where there is so much room: its cells have whole pixels.
const mapWidth = (cols, room) => (room < cols ? room : cols * Math.floor(Math.max(cols, Math.min(room, MOST_PX)) / cols));

class Card {
  // handlers: chosen(n), key(event, n), pointed(row, col)
  constructor(n, channels, labels, handlers) {
    this.labels = labels;
    this.n = n;
    this.rows = this.cols = 1; // of its map
    this.title = element("button.title", {
      type: "button", "aria-pressed": "false", tabindex: -1, onclick: () => handlers.chosen(n), onkeydown: (event) => handlers.key(event, n),
    });
    this.tiles = Array.from({ length: channels }, () => element("canvas.tile"));
    const tiles = this.tiles.map((tile, c) => {
      const index = element("span.index.numbers", channels > 1 ? { style: `--channel:${CHANNEL_COLOURS[c]}` } : {}, `[${n}, ${c}]`);
      return element("div.channel-weights", {}, index, tile);
    });
    this.pixels = element("canvas.map-pixels", { role: "img", "aria-label": fill(labels.map_of, { n }) });
    this.mark = element("div.mark");
    this.map = element("div.map", {}, this.pixels, this.mark);
    const point = (event) => {
      const box = this.map.getBoundingClientRect();
      const at = (place, start, length, count) => clamp(Math.floor(((place - start) / length) * count), 0, count - 1);
      handlers.pointed(at(event.clientY, box.top, box.height, this.rows), at(event.clientX, box.left, box.width, this.cols));
    };
    this.map.addEventListener("pointermove", point);
    this.map.addEventListener("pointerdown", point);
    this.value = element("output.value.numbers");
    this.range = element("span.range.numbers.quiet");
    this.weights = element("div.tile-column", { role: "img", "aria-label": fill(labels.weights_of, { n }) }, ...tiles);
    this.node = element("article.card", { "data-kernel": n, onclick: (event) => event.target !== this.title && handlers.chosen(n) },
      this.title, this.weights, element("div.map-column", {}, this.map, element("div.readings", {}, this.value, this.range)));
  }

  name(text, edited) {
    const parts = [fill(this.labels.kernel_n, { n: this.n }), text, edited ? this.labels.edited : ""].filter(Boolean).join(" \u00b7 ");
    writeInto(this.title, parts);
  }

  choose(chosen) {
    this.node.classList.toggle("chosen", chosen);
    this.title.setAttribute("aria-pressed", chosen);
    this.title.tabIndex = chosen ? 0 : -1;
  }

  // kernel: [C][3][3]; end: the largest weight of the bank.
  paintWeights(kernel, end, table) {
    const identity = `${kernel}/${end}`;
    if (identity === this.painted) return;
    this.painted = identity;
    kernel.forEach((grid, c) => paint(this.tiles[c], colourise(Float32Array.from(grid.flat()), { low: -end, high: end, table }), grid[0].length, grid.length));
  }

  paintMap(values, rows, cols, scale, own) {
    [this.rows, this.cols] = [rows, cols];
    this.values = values;
    const colours = colourise(values, scale);
    if (!sameBytes(colours, this.colours) || this.pixels.width !== cols) paint(this.pixels, colours, cols, rows);
    this.colours = colours;
    this.map.style.aspectRatio = `${cols} / ${rows}`;
    writeInto(this.range, own ? fill(this.labels.map_range, { low: brief(scale.low, 3), high: brief(scale.high, 3) }) : "");
  }

  fit(room) {
    this.map.style.width = `${mapWidth(this.cols, room)}px`;
  }

  // Mark an output pixel, and say what it is.
  point(row, col) {
    const share = (part, of) => `${(100 * part) / of}%`;
    Object.assign(this.mark.style, {
      left: share(col, this.cols), top: share(row, this.rows), width: share(1, this.cols), height: share(1, this.rows),
    });
    writeInto(this.value, brief(this.values[row * this.cols + col]));
  }
}
