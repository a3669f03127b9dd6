// A run's epochs to walk through: kernels, feature maps and verdict as they were then, without a round trip.

const EPOCHS_PER_S = 8;

class TimeMachine extends Played {
  constructor(root, data) {
    const { labels } = data;
    super(root, data, { pace: (place, seconds) => place + seconds * EPOCHS_PER_S });
    this.picture = element("canvas.picture", { role: "img" });
    this.verdict = element("ul.verdict");
    this.kernels = new KernelRow(labels);
    this.maps = new KernelRow({ ...labels, scale_signed: labels.map_scale });
    this.maps.tiles.classList.add("maps");
    this.root.replaceChildren(
      this.player.node,
      element("div.then", {},
        element("section", {}, element("h3", {}, labels.verdict), element("div.judged", {}, this.picture, this.verdict), this.charts),
        this.kernels.node, this.maps.node),
      this.live);
  }

  update(data) {
    if (data.identity === this.data?.identity) return;
    const epoch = this.cursor;
    this.player.stop();
    this.load(data, data.epochs);
    this.fill(data);
    const kept = data.epochs.indexOf(epoch);
    this.show(kept < 0 ? data.epochs.length - 1 : kept);
  }

  fill(data) {
    this.probabilities = data.floats("probabilities");
    paint(this.picture, new Uint8ClampedArray(data.bytes("picture")), 32, 32);
    this.picture.setAttribute("aria-label", data.picture_words);
    this.bars = data.classes.map((name) => {
      const bar = element("span.share");
      const number = element("span.numbers");
      const item = element("li", {}, element("span.class", {}, name), element("span.rail", {}, bar), number);
      return { item, bar, number };
    });
    this.verdict.replaceChildren(...this.bars.map(({ item }) => item));
  }

  show(place) {
    const { data } = this;
    this.at = place;
    const part = (values, count) => values.subarray(place * count, (place + 1) * count);
    for (const name of ["kernels", "maps"]) {
      const shape = data[name]?.shape.slice(1); // of one epoch
      const tiles = shape && part(data.bytes(name), shape.reduce((a, b) => a * b));
      const own = data[name]?.ends?.[place];
      const spec = shape && { ...data[name], shape, end: own ?? data[name].end, automatic: own !== undefined };
      this[name].show(spec, tiles, data.bytes(`${name}_colours`));
    }
    const shares = part(this.probabilities, data.classes.length);
    const most = shares.indexOf(Math.max(...shares));
    this.bars.forEach(({ item, bar, number }, n) => {
      bar.style.width = `${100 * (shares[n] || 0)}%`;
      number.textContent = shares[n].toFixed(3);
      item.classList.toggle("most", n === most);
    });
    const words = { epoch: data.epochs[place], last: data.epochs.at(-1) };
    // Among shares that are no numbers, none is the largest.
    this.written(most < 0 ? fill(this.labels.lost, words) : fill(this.labels.reading, {
      ...words, class: data.classes[most], share: shares[most].toFixed(3),
    }));
  }
}

export default mount(TimeMachine);
