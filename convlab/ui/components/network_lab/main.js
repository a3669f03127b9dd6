// A network layer by layer as one picture, one open layer, one unit; a single cursor over all of it.

class NetworkLab extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.revisions = new Revisions();
    this.tables = { diverging: data.bytes("diverging"), grey: data.bytes("grey"), weights: data.bytes("weights") };
    this.trail = element("nav.trail", { "aria-label": labels.trail });
    this.facts = element("p.facts.quiet");
    this.ribbon = new Ribbon(this);
    this.verdict = new Verdict(this);
    this.following = new Following(this.verdict);
    this.flow = new Flow(this);
    this.line = element("div.line", {}, this.flow.player.node, this.trail, this.facts);
    this.unit = new UnitPart(this);
    this.sum = new SumPart(this);
    this.editing = new Editing(this, labels.editing, this.tables, data.editing.limit);
    this.opening = new Opening(this);
    this.layout = new Layout(this);
    this.root.replaceChildren(this.layout.node, this.live);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.ribbon.columns.focus();
      this.flow.rest();
      this.show(this.pinned);
    });
  }

  update(message) {
    const another = this.revisions.hear(message.place.revision, message.identity);
    const edited = this.data?.values.secret !== message.values.secret;
    if (another || edited || !this.revisions.stale) this.answer = null;
    this.message = message;
    this.take(this.answer ? reopened(message, this.answer) : message, another, edited);
    this.root.dataset.told = spot(message.place);
  }

  // The parts of the unit that was opened last: PyTorch's, or those that are worked out here until they come.
  reopen(answer) {
    this.answer = answer;
    this.take(reopened(this.message, answer));
  }

  take(data, another = false, edited = false) {
    this.data = data;
    this.editing.update(data.editing, data.floats("own"), data.bytes("pixels"));
    if (!this.revisions.stale) this.pinned = { ...data.place };
    if (another) this.rebuild();
    else if (edited) this.renew();
    else this.heard();
    this.sum.update(data);
    this.verdict.update(data.classes);
    this.editing.write();
    this.open(this.pinned.layer, false);
  }

  // The same network, with other kernels.
  renew() {
    this.atlas = new Atlas(this.data, this.tables);
    this.redraw(0);
  }

  // Draw again what the layers from one on put out.
  redraw(first) {
    this.unit.forget();
    this.sum.redraw();
    this.ribbon.redraw(first);
  }

  // PyTorch's answer to an edit: what all layers behind the kernel put out.
  answered(map) {
    const { atlas, data } = this;
    map.layers.forEach((told, n) => atlas.renew(map.behind + n, map.floats(`layer_${map.behind + n}`), told));
    const chance = ({ p, channel }) => p === null ? null : map.chances[channel]; // a score has none
    const rows = data.classes.rows.map((row) => ({ ...row, p: chance(row), logit: atlas.values[atlas.last][row.channel] }));
    const others = data.classes.others && [data.classes.others[0], 1 - rows.reduce((sum, { p }) => sum + p, 0)];
    this.verdict.update({ ...data.classes, words: scoreWords(data.classes, atlas), rows, others });
    this.redraw(map.behind);
    this.show(this.cursor);
  }

  // A weight of the open filter has moved; PyTorch follows.
  kernelChanged() {
    this.ribbon.mark();
    this.sum.kernelChanged();
  }

  // Which map the n-th kernel of the open filter lies over.
  kernelName(n) {
    const [{ layer, first }] = this.atlas.reads(this.data.place);
    return fill(this.labels.editing.kernel_over, { layer: this.atlas.layers[layer].title, n: first + n });
  }

  // Another picture, network or weights.
  rebuild() {
    this.atlas = new Atlas(this.data, this.tables);
    this.cursor = this.pinned;
    this.following.forget();
    this.flow.rest();
    this.unit.load();
    this.sum.update(this.data);
    this.verdict.update(this.data.classes);
    this.ribbon.rebuild();
    this.layout.fit();
  }

  // Of the same pass: what the open unit can see, and of a large network the values of another layer.
  heard() {
    this.atlas.layers = this.data.layers;
    if (this.atlas.large && this.atlas.hear(this.data)) this.unit.forget();
  }

  open(index, tell) {
    this.following.remember(this.atlas, this.pinned);
    if (this.pinned.layer !== index) this.pinned = this.following.placeOn(this.atlas, index);
    if (tell && this.tell()) return; // first of all: PyTorch works while the browser draws
    this.ribbon.open(index);
    this.flow.mark();
    this.show(this.pinned);
  }

  pin(place) {
    this.flow.rest();
    const seen = spot(place) === this.root.dataset.shown && place.layer === this.pinned.layer; // one has pointed at it
    this.pinned = { ...place };
    if (!seen) return this.open(place.layer, true);
    this.following.remember(this.atlas, place);
    return this.tell();
  }

  // Another unit is open. -> whether it is shown: what is known of it here is there at once.
  tell() {
    this.revisions.next();
    this.opening.send();
    const known = unfoldedHere(this, this.pinned);
    if (known) this.reopen(known);
    return known !== null;
  }

  key(event) {
    const cell = steered(event, this.atlas.cellOf(this.pinned), this.atlas.stageSize(this.pinned.layer));
    if (cell) {
      this.pinned = this.atlas.placeAt(this.pinned, ...cell);
      this.show(this.pinned);
    } else if (event.key === "Enter") this.tell();
    else if (event.key === "PageUp") this.flow.walk(-1);
    else if (event.key === "PageDown") this.flow.walk(1);
    else return false;
    return true;
  }

  // While the flow plays, a pointer that crosses the picture does not stop it; within a unit nothing changes.
  point(place) {
    if (!this.flow.player.playing && spot(place) !== this.root.dataset.shown) this.show(place);
  }

  // The flow has reached a layer: the unit that lies where the open one does.
  follow(layer) {
    this.show(this.following.unitOn(this.atlas, layer));
  }

  // All parts turn to this unit; Python hears nothing of it.
  show(place) {
    this.cursor = place;
    this.root.dataset.shown = spot(place);
    const { atlas } = this;
    const layer = atlas.layers[place.layer];
    const seen = {
      name: atlas.nameOf(place), value: atlas.valueOf(place), reads: atlas.reads(place), field: atlas.field(place), adds: this.addsOf(place), won: this.sum.winner(place),
      fields: fieldsPassed(atlas.layers, place, this.following.pixels(atlas)),
    };
    // The texts first: what is drawn on a canvas behind one that changes costs a layout.
    this.sum.show(place);
    this.editing.stand(place);
    if (this.sum.isWhole(place)) this.root.dataset.apart = spot(place); // all that there is to show of it, for benchmarks to read
    this.say(this.flow.player.playing ? "" : `${layer.title}, ${seen.name}: ${valueText(seen.value)}`);
    writeInto(this.trail, atlas.trailOf(place).join(" \u203a "));
    const facts = layer.captions.join(", ");
    writeInto(this.facts, facts);
    if (this.facts.title !== facts) this.facts.title = facts;
    this.ribbon.show(place, seen);
    this.unit.show(place, seen);
  }

  // What comes from each map into a unit, [[layer, channel, value], ...]: as Python told of it, or as it is worked out here.
  addsOf(place) {
    return this.sum.adds(place);
  }
}

export default mount(NetworkLab);
