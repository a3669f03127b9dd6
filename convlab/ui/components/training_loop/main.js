// The loop of a training step, walked through line by line: its code, the pictures of the batch, what each of them costs.

const STOPS_PER_S = 1 / 1.8;
const WITH_LOGITS = 8; // pictures that have room for them

class TrainingLoop extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.at = data.start;
    this.player = new Player(labels, {
      name: labels.controls, slides: true, reads: false, restarts: true, compact: true,
      at: () => this.at, last: () => this.data.stops.length - 1, show: (place) => this.show(place),
      pace: (place, seconds) => place + seconds * STOPS_PER_S,
    });
    this.code = new CodeLines(labels.code, () => {});
    this.says = element("p.says");
    this.heading = element("h3");
    this.legend = element("p.legend-words.quiet");
    this.tiles = element("ul.tiles");
    this.outcome = element("p.outcome");
    this.root.replaceChildren(
      this.player.node, this.code.node, this.says,
      element("section", {}, this.heading, this.legend, this.tiles),
      this.outcome, this.live);
  }

  update(data) {
    const same = data.identity === this.data?.identity && data.outcome === this.data.outcome;
    const shape = data.code.join("\n");
    if (this.shape !== undefined && this.shape !== shape) this.at = data.start; // another loop: a line means another place
    this.shape = shape;
    this.data = data;
    if (!same) {
      this.player.stop();
      this.fill(data);
    }
    this.show(clamp(this.at, 0, data.stops.length - 1));
  }

  fill(data) {
    const [, count, classes] = data.shape;
    this.logits = data.floats("logits");
    this.losses = data.floats("losses");
    this.most = Math.max(...this.losses.filter(Number.isFinite), 1e-6);
    this.code.show(data.code);
    writeInto(this.outcome, data.outcome);
    writeInto(this.legend, fill(this.labels.legend, { classes: data.classes.join(", ") }));
    this.classes = classes;
    const bytes = data.bytes("pictures");
    const same = `${data.names}` === this.names && bytes.every((byte, n) => byte === this.bytes[n]);
    this.names = `${data.names}`;
    this.bytes = bytes;
    this.tiles.classList.toggle("many", count > WITH_LOGITS);
    if (!same) this.fillTiles(data, bytes);
  }

  fillTiles(data, bytes) {
    const size = 4 * data.size[0] * data.size[1];
    this.pictures = data.names.map((name, n) => {
      const canvas = element("canvas", { role: "img", "aria-label": fill(this.labels.picture, { name, n: n + 1 }) });
      paint(canvas, new Uint8ClampedArray(bytes.slice(n * size, (n + 1) * size)), data.size[1], data.size[0]);
      return { canvas, loss: element("span.loss.numbers"), bar: element("span.bar"), logits: element("span.logits.numbers.quiet"), name };
    });
    this.tiles.replaceChildren(...this.pictures.map(({ canvas, loss, bar, logits, name }) =>
      element("li", {}, canvas, element("div.facts", {}, element("span.name", {}, name), loss, element("span.rail", {}, bar), logits))));
  }

  show(place) {
    const { labels } = this;
    this.at = place;
    const stop = this.data.stops[place];
    this.code.light(stop.lines);
    writeInto(this.says, stop.says);
    this.player.mark(place, stop.says);
    this.tell(stop);
    writeInto(this.heading, stop.scored ? fill(labels.batch_mean, { value: brief(this.meanOf(stop.passes - 1)) }) : labels.batch);
    this.say(this.player.playing ? "" : stop.says);
    this.root.dataset.place = place;
    const { identity } = this.data;
    window.dispatchEvent(new CustomEvent("convlab-columns", { detail: { identity, columns: stop.columns, formula: stop.formula } }));
  }

  // What the last forward pass says of each picture.
  tell({ passes, scored }) {
    const { labels, classes } = this;
    const [, count] = this.data.shape;
    this.pictures.forEach(({ loss, bar, logits }, n) => {
      const at = (passes - 1) * count + n;
      const values = [...this.logits.subarray(at * classes, (at + 1) * classes)];
      writeInto(logits, passes ? values.map((value) => brief(value, 2)).join(", ") : labels.no_logits);
      writeInto(loss, scored ? brief(this.losses[at], 3) : "");
      bar.style.width = scored ? `${clamp((100 * this.losses[at]) / this.most, 0, 100)}%` : "0";
    });
  }

  meanOf(pass) {
    const [, count] = this.data.shape;
    return this.losses.slice(pass * count, (pass + 1) * count).reduce((sum, loss) => sum + loss, 0) / count;
  }
}

export default mount(TrainingLoop);
