// A run's epochs to walk through: kernels, feature maps and verdict as they were then, without a round trip.

const FRAMES_PER_S = 8;

class TimeMachine {
  constructor(root) {
    this.root = root;
  }

  build(labels) {
    this.labels = labels;
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    this.toggle = button(labels.play, () => (this.playing ? this.pause() : this.play()));
    this.toggle.classList.add("toggle");
    this.slider = element("input", { type: "range", min: 0, "aria-label": labels.position });
    this.slider.addEventListener("input", () => this.hold(Number(this.slider.value)));
    this.reading = element("span.reading");
    this.live = element("p.visually-hidden", { "aria-live": "polite" });
    this.picture = element("canvas.picture", { role: "img" });
    this.verdict = element("ul.verdict");
    this.kernels = new KernelRow(labels);
    this.maps = new MapGrid(labels);
    this.charts = element("div.charts");
    this.root.replaceChildren(
      element("div.controls", { role: "group", "aria-label": labels.controls },
        this.toggle, button(labels.back, () => this.hold(this.at - 1)), button(labels.forth, () => this.hold(this.at + 1)),
        this.slider, this.reading),
      element("div.then", {},
        element("section", {}, element("h3", {}, labels.verdict), element("div.judged", {}, this.picture, this.verdict), this.charts),
        this.kernels.node, this.maps.node),
      this.live);
  }

  // What Chart asks of its panel.
  get cursor() {
    return this.data ? this.data.epochs[this.at] : null;
  }

  point(_chart, epoch) {
    if (epoch !== null) this.hold(this.data.epochs.indexOf(epoch));
  }

  key(_chart, event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    this.hold(this.at + steps[event.key]);
    event.preventDefault();
  }

  update(data) {
    if (!this.labels) this.build(data.labels);
    if (data.identity === this.identity) return;
    const epoch = this.cursor;
    this.identity = data.identity;
    this.pause();
    this.load(data);
    const kept = data.epochs.indexOf(epoch);
    this.show(kept < 0 ? data.epochs.length - 1 : kept);
  }

  load(data) {
    this.data = data;
    this.kernelBytes = data.bytes("kernels");
    this.mapBytes = data.bytes("maps");
    this.probabilities = data.floats("probabilities");
    this.tables = { weights: data.bytes("weight_colours"), maps: data.bytes("map_colours") };
    this.slider.max = data.epochs.length - 1;
    [this.picture.width, this.picture.height] = [32, 32];
    this.picture.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(data.bytes("picture")), 32, 32), 0, 0);
    this.picture.setAttribute("aria-label", data.picture_words);
    this.bars = data.classes.map((name) => {
      const bar = element("span.share");
      const number = element("span.numbers");
      this.verdict.append(element("li", {}, element("span.class", {}, name), element("span.rail", {}, bar), number));
      return { bar, number };
    });
    this.verdict.replaceChildren(...[...this.verdict.children].slice(-data.classes.length));
    this.chart?.destroy();
    this.chart = new Chart(this, data.chart);
    this.charts.replaceChildren(this.chart.node);
    this.chart.update({ ...data.chart, identity: data.identity }, data.chart.series.map((_one, n) => data.floats(`chance_${n}`)));
  }

  show(place) {
    const { data } = this;
    this.at = Math.max(0, Math.min(data.epochs.length - 1, place));
    const kernel = data.kernels.shape.reduce((a, b) => a * b, 1);
    this.kernels.show(data.kernels, this.kernelBytes.subarray(this.at * kernel, (this.at + 1) * kernel), this.tables.weights);
    const map = data.maps ? data.maps.shape.reduce((a, b) => a * b, 1) : 0;
    this.maps.show(data.maps, this.mapBytes.subarray(this.at * map, (this.at + 1) * map), this.tables.maps);
    const count = data.classes.length;
    const shares = this.probabilities.subarray(this.at * count, (this.at + 1) * count);
    const most = shares.indexOf(Math.max(...shares));
    this.bars.forEach(({ bar, number }, n) => {
      bar.style.width = `${100 * shares[n]}%`;
      number.textContent = shares[n].toFixed(3);
      bar.parentElement.parentElement.classList.toggle("most", n === most);
    });
    this.slider.value = this.at;
    this.slider.style.setProperty("--done", `${(100 * this.at) / Math.max(1, data.epochs.length - 1)}%`);
    this.reading.textContent = fill(this.labels.reading, { epoch: data.epochs[this.at], last: data.epochs.at(-1), class: data.classes[most], share: shares[most].toFixed(3) });
    this.live.textContent = this.playing ? "" : this.reading.textContent;
    this.chart.drawCursor();
  }

  play() {
    if (this.at >= this.data.epochs.length - 1) this.show(0);
    this.setPlaying(true);
    this.timer = setInterval(() => {
      this.show(this.at + 1);
      if (this.at >= this.data.epochs.length - 1) this.hold(this.at);
    }, 1000 / FRAMES_PER_S);
  }

  pause() {
    clearInterval(this.timer);
    this.setPlaying(false);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.toggle.textContent = playing ? this.labels.pause : this.labels.play;
  }

  hold(place) {
    this.pause();
    this.show(place);
  }

  destroy() {
    clearInterval(this.timer);
    this.chart?.destroy();
  }
}

export default function (component) {
  return mountOnce(component, (root) => new TimeMachine(root));
}
