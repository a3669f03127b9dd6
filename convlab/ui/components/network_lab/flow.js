// Flow: the picture runs through the network. Pulses move along the lines, columns light up one after the other, their maps appear.

const FLOW_S = 8; // from the picture to the verdict, however deep the network is
const TICKS = 100; // from one column to the next
const FLOW_SPEEDS = [0.5, 1, 2];
const LEAPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }; // columns, for the slider's keys
const ARRIVES = 0.7; // of the way to a column: its pulses are there, and its maps appear
const MOST_PULSES = 40; // between two layers
const BUNDLE = 12;
const PULSE = { radius: 2.6, tail: [[0, 1], [0.04, 0.55], [0.08, 0.25]] }; // how far behind, how opaque

// Where a curve of four points is after a share of it.
function along(/** @type {number[][]} */ points, share) {
  const rest = 1 - share;
  const weights = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
  return [0, 1].map((axis) => points.reduce((sum, point, n) => sum + weights[n] * point[axis], 0));
}

// The same for straight pieces, which one passes at equal speed.
function alongPieces(/** @type {number[][]} */ points, share) {
  const lengths = points.slice(1).map((to, n) => Math.hypot(to[0] - points[n][0], to[1] - points[n][1]));
  let left = share * lengths.reduce((sum, length) => sum + length, 0);
  const n = lengths.findIndex((length, k) => {
    if (left <= length || k === lengths.length - 1) return true;
    left -= length;
    return false;
  });
  const part = lengths[n] ? left / lengths[n] : 0;
  return [0, 1].map((axis) => points[n][axis] + part * (points[n + 1][axis] - points[n][axis]));
}

// How far the flow is at a tick: `stage`s are the picture, each column, the verdict; of what comes next, `sent` is the share of
// its way that the pulses have gone, and `seen` how much of it is there. Where one wants no motion, only whole stages.
function flowAt(tick, still) {
  const stage = Math.floor(tick / TICKS);
  const share = still ? 0 : tick / TICKS - stage;
  return { stage, sent: Math.min(1, share / ARRIVES), seen: clamp((share - ARRIVES) / (1 - ARRIVES), 0, 1) };
}

// Lines side by side from one box to another, where the single lines are too many, or none.
function bundle(from, to) {
  const at = ({ top, bottom }, n) => top + ((n + 0.5) / BUNDLE) * (bottom - top);
  return Array.from({ length: BUNDLE }, (_, n) => bow([from.right, at(from, n)], [to.left, at(to, n)]));
}

// Playing goes on from where it was left; a step opens the next layer.
class FlowPlayer extends Player {
  // options: a Player's, and settle(): it rests at a place; walk(by): a step.
  constructor(labels, options) {
    super(labels, options);
    this.settle = options.settle;
    this.walk = options.walk;
    this.slider.addEventListener("change", () => this.settle());
    this.slider.addEventListener("keydown", (event) => {
      if (!(event.key in LEAPS)) return;
      event.preventDefault();
      this.hold((Math.floor(this.at() / TICKS) + LEAPS[event.key]) * TICKS);
      this.settle();
    });
  }

  step(by) {
    this.stop();
    this.walk(by);
  }

  pause() {
    if (!this.playing) return;
    super.pause();
    this.settle();
  }
}

class Flow {
  // Of a NetworkLab, whose ribbon and wiring are there.
  constructor(lab) {
    const { labels } = lab;
    this.lab = lab;
    this.tick = null; // none: all is seen
    this.canvas = element("canvas.wiring.pulses", { "aria-hidden": "true" });
    lab.ribbon.inner.append(this.canvas);
    const speed = new Speed(labels, FLOW_SPEEDS);
    this.player = new FlowPlayer(labels, {
      name: labels.walk, slides: true, reads: false,
      at: () => this.tick ?? this.restTick, last: () => this.last, show: (tick) => this.show(tick),
      begins: () => (this.tick === null || this.tick >= this.last ? 0 : this.tick),
      pace: (tick, seconds) => tick + (seconds * speed.factor * this.last) / FLOW_S,
      extra: [speed.node], ended: () => this.end(),
      settle: () => this.settle(), walk: (by) => this.walk(by),
    });
  }

  stop() {
    this.player.stop();
  }

  // From the picture to the last column, and to the verdict where there is one.
  get last() {
    return (this.lab.ribbon.items.length + (this.lab.verdict.rows.length ? 1 : 0)) * TICKS;
  }

  // Where a layer's maps are all there.
  tickOf(layer) {
    return (this.lab.ribbon.seat(layer) + 1) * TICKS;
  }

  // Where the slider stands while nothing flows.
  get restTick() {
    return this.tickOf(this.lab.pinned.layer);
  }

  // The layer that the flow has reached.
  get layer() {
    const { items } = this.lab.ribbon;
    const item = items[clamp(Math.floor(this.tick / TICKS) - 1, 0, items.length - 1)];
    return item.layer ?? item.first;
  }

  show(tick) {
    this.tick = Math.min(tick, this.last);
    const { layer } = this;
    if (layer !== this.reached) {
      this.reached = layer;
      this.lab.follow(layer);
    }
    this.draw();
    this.mark();
  }

  // Where the slider stands.
  mark() {
    const { atlas, pinned, ribbon } = this.lab;
    if (ribbon.items) this.player.mark(this.player.at(), atlas.layers[this.tick === null ? pinned.layer : this.reached].title);
  }

  // Paused, or moved by hand: what it has reached is opened, what comes after stays hidden.
  settle() {
    this.lab.open(this.layer, true);
  }

  end() {
    this.rest();
    this.lab.open(this.lab.atlas.last, true);
  }

  walk(by) {
    this.rest();
    this.lab.open(clamp(this.lab.pinned.layer + by, 0, this.lab.atlas.last), true);
  }

  // The learner turns to something else: all is seen again.
  rest() {
    this.player.stop();
    this.reached = undefined;
    if (this.tick === null) return;
    this.tick = null;
    this.draw();
    this.mark();
  }

  // Columns stand elsewhere, or are others.
  arrange() {
    this.known = this.covered = undefined;
    if (this.tick !== null && !this.player.playing) this.tick = this.tickOf(this.reached);
    this.draw();
    this.mark();
  }

  draw() {
    const flow = this.tick === null ? null : flowAt(this.tick, movesLittle());
    this.cover(flow);
    this.lab.ribbon.wiring.cleared(this.canvas, (context) => flow?.sent && this.pulses(context, flow));
  }

  // What the flow has not reached is hidden, what it is at stands out. Only what has changed is touched.
  cover(flow) {
    const { ribbon, verdict } = this.lab;
    const nodes = [...ribbon.shown.map(({ node }) => node), verdict.node];
    const now = nodes.map((_, n) => {
      const there = !flow || n < flow.stage ? 1 : n === flow.stage ? flow.seen : 0;
      return { there, lit: flow?.stage === n + 1 };
    });
    nodes.forEach((node, n) => {
      const before = this.covered?.[n];
      if (before?.there !== now[n].there) node.style.setProperty("--there", String(now[n].there));
      if (before?.lit !== now[n].lit) node.classList.toggle("lit", now[n].lit);
      if (now[n].lit && !before?.lit && ribbon.shown[n]) ribbon.bringIntoView(node);
    });
    this.covered = now;
  }

  pulses(context, { stage, sent }) {
    const { wiring, seat } = this.lab.ribbon;
    context.fillStyle = wiring.accent;
    for (const way of this.ways(stage)) this.pulse(context, (share) => along(way, share), sent);
    for (const [source, layer, way] of wiring.arcs()) {
      const [from, to] = [seat(source) + 1, seat(layer) + 1];
      if (stage >= from && stage < to) this.pulse(context, (share) => alongPieces(way, share), (stage - from + sent) / (to - from));
    }
    context.globalAlpha = 1;
  }

  pulse(context, at, share) {
    for (const [behind, alpha] of PULSE.tail) {
      if (share <= behind) return;
      const [x, y] = at(share - behind);
      context.globalAlpha = alpha;
      context.beginPath();
      context.arc(x, y, PULSE.radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  // The curves from what stands at a stage to what comes next.
  ways(stage) {
    if (this.known?.stage !== stage) this.known = { stage, ways: thinned(this.curves(stage), MOST_PULSES) };
    return this.known.ways;
  }

  curves(stage) {
    const { ribbon, atlas } = this.lab;
    const { photo, items, shown } = ribbon;
    const curve = (from, to) => bow(middleRight(from), middleLeft(to));
    if (stage === 0) return photo ? Array.from({ length: atlas.layers[0].shape[0] }, (_, n) => curve(photo, ribbon.boxOf(0, n))) : [];
    if (stage === items.length) return ribbon.verdict.map(([channel, box]) => curve(ribbon.boxOf(atlas.last, channel), box));
    const { layer } = items[stage];
    if (layer === undefined) return bundle(shown[stage - 1].whole, shown[stage].whole);
    return atlas.layers[layer].sources.filter((source) => ribbon.seat(source) === stage - 1).flatMap((source) => {
      const pairs = ribbon.drawn(source) ? pairsOf(atlas, layer, source) : null;
      return pairs?.map(([from, to]) => cable(ribbon, source, from, layer, to)) ?? bundle(ribbon.whole(source), ribbon.whole(layer));
    });
  }
}
