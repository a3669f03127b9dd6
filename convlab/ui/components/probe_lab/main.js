// The probe lab: the picture and the square cut from it, what enters the network, and what the network says.

const PIXELS = NETWORK_PX * NETWORK_PX;

class ProbeLab extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.revisions = new Revisions();
    this.table = data.bytes("diverging");
    this.looking = new Looking(root, { question: () => this.question(), shown: (message, last) => this.followed(message, last) });
    this.crop = new CropBox(labels, { tell: (pixels) => this.previewed(pixels), commit: () => this.sendCrop() });
    this.given = new Given(data.uploader, {
      question: (how) => ({ ...this.data.questions[how], mostBytes: this.data.most_bytes }),
      answered: (message, how) => this.answered(message, how),
      wanted: () => this.send("give", {}),
      hovered: (over) => this.root.classList.toggle("dropping", over),
    });
    this.taking = new Taking(OPENED, ({ file, then }) => this.given.ask(file, "opened").then(then));
    const stage = (label) => new Stage(label, labels.pointing, { point: (row, col) => this.point(row, col), leave: () => this.point(), key: (event) => this.walk(event) });
    this.seen = stage(labels.seen);
    this.planes = labels.channels.map((name) => stage(fill(labels.plane, { name })));
    this.legend = new Legend(labels);
    this.reading = element("p.reading.numbers", { role: "status" });
    this.verdicts = element("div.verdicts");
    this.strip = element("div.strip", { role: "group", "aria-label": labels.strip });
    this.note = element("p.quiet");
    const titled = (text, ...rest) => element("section", {}, element("h3", {}, text), ...rest);
    const plane = (one, n) => element("figure", {}, one.node, element("figcaption.quiet", {}, labels.channels[n]));
    this.root.replaceChildren(this.strip, element("div.lab", {},
      titled(labels.source, this.crop.node, element("p.quiet", {}, labels.give)),
      titled(labels.seen, this.seen.node, element("h4", {}, labels.normalised), element("div.planes", {}, ...this.planes.map(plane)), this.legend.node, this.reading),
      titled(labels.says, this.verdicts, this.note)));
  }

  update(data) {
    if (this.revisions.hear(data.revision, data.picture.name)) {
      this.revisions.forget(); // another picture: no square of the last one counts
      this.crop.stop();
    }
    this.data = data;
    this.root.dataset.told = data.identity;
    this.looking.hear(data.look);
    if (this.revisions.stale) return this.looking.ask(); // the square has moved on since
    this.looking.drop();
    const [width, height] = data.picture.shown;
    if (!this.crop.hold) this.crop.show({ ...data.picture, paddings: data.paddings }, interleaved(data.bytes("source"), width * height));
    this.showSeen(data.bytes("seen"));
    this.showSaid(data.floats("values"), data.verdicts);
    this.note.textContent = data.note;
    this.showStrip(data);
    this.root.classList.remove("waiting");
    this.point();
    return undefined;
  }

  showSeen(pixels) {
    this.pixels = pixels;
    this.seen.show(NETWORK_PX, NETWORK_PX, interleaved(pixels, PIXELS));
  }

  // What enters the network, and what comes out of it.
  showSaid(values, verdicts) {
    this.values = values;
    const scale = chooseScale(values, "signed", 0, { diverging: this.table });
    this.planes.forEach((stage, c) => stage.show(NETWORK_PX, NETWORK_PX, colourise(values.subarray(c * PIXELS, (c + 1) * PIXELS), scale)));
    this.legend.show(scale);
    this.verdicts.replaceChildren(...verdicts.map((verdict) => verdictOf(this.labels, verdict)));
  }

  // The square that is on the screen.
  question() {
    const { temperature } = this.data.look.controls;
    return { controls: { window: this.crop.window.join(","), padding: this.crop.padding, temperature } };
  }

  // PyTorch's verdict on the square in the hand; of one that it has left since, the browser's own picture stays.
  followed(message, last) {
    if (last) this.showSeen(message.bytes("seen"));
    this.showSaid(message.floats("values"), this.data.verdicts.map((verdict, n) => ({ ...verdict, ...message.said[n] })));
    this.root.dataset.told = message.identity;
  }

  // The verdict on a new picture, before Streamlit has taken it in. Another network may be asked about it.
  answered(message, how) {
    const before = this.data;
    const from = (name) => (name in message.blobs ? message : before);
    this.update({
      ...before,
      picture: message.picture,
      identity: message.identity,
      revision: this.revisions.heard,
      look: { ...before.look, secret: "" }, // until Streamlit has the picture too
      verdicts: before.questions[how].networks.map((network, n) => ({ ...network, ...message.said[n] })),
      bytes: (name) => from(name).bytes(name),
      floats: (name) => from(name).floats(name),
    });
    if (message.why) hand(EXPLAINED, message);
  }

  // Several pictures in a row, each with its verdict; one of them is open.
  showStrip({ strip, labels }) {
    this.strip.hidden = !strip.length;
    const thumbs = this.data.bytes("strip");
    this.strip.replaceChildren(...strip.map(({ title, verdict, open }, n) => {
      const canvas = element("canvas", { "aria-hidden": "true" });
      paint(canvas, interleaved(thumbs, PIXELS, n * CHANNELS * PIXELS), NETWORK_PX, NETWORK_PX);
      const label = fill(labels.picture, { n: n + 1, title, verdict });
      return element("button.card", { type: "button", "aria-pressed": String(open), "aria-label": label, title, onclick: () => this.send("choose", { index: n }) }, canvas, element("span", {}, verdict));
    }));
  }

  // An edit from the first moment on: what Python says of a square before it comes too late, though this one has yet to rest.
  previewed(pixels) {
    this.revisions.next();
    this.seen.show(NETWORK_PX, NETWORK_PX, pixels);
    this.root.classList.add("waiting");
    this.root.classList.toggle("live", this.looking.live);
    this.looking.ask();
  }

  sendCrop() {
    const [left, top, side] = this.crop.window;
    this.send("crop", { left, top, side, padding: this.crop.padding, revision: this.revisions.made });
  }

  walk(event) {
    const cell = steered(event, this.cell || [NETWORK_PX / 2, NETWORK_PX / 2], [NETWORK_PX, NETWORK_PX]);
    if (!cell) return false;
    this.point(...cell);
    return true;
  }

  point(row, col) {
    this.cell = row === undefined ? null : [row, col];
    const mark = this.cell && ((context, stage) => stage.box(context, row, col, 1, 1));
    for (const stage of [this.seen, ...this.planes]) stage.drawCursor(mark);
    this.crop.draw(this.cell);
    this.reading.textContent = this.labels.point;
    if (!this.cell) return;
    const places = [0, 1, 2].map((c) => c * PIXELS + row * NETWORK_PX + col);
    const before = places.map((i) => this.pixels[i]).join(", ");
    const after = places.map((i) => fixed(this.values[i], 2)).join(", ");
    this.reading.textContent = fill(this.labels.reading, { row, col, before, after });
  }
}

export default mount(ProbeLab);
