// Lines between the columns: which maps a map reads, faint; what goes into the open unit, strong; skip connections as arcs.

const MOST_LINES = 320; // between two layers; more are one ribbon
const ARC_PX = 9; // from one arc to the next above it
const MOST_ARCS = 3; // above each other
const FAINT = { line: 0.16, band: 0.07, arc: 0.5 };
const OVER_MAPS = 0.3; // of a strong line
const STRONG_PX = [1, 3.5]; // of a line to the open unit, by how much comes along it

const middleRight = ({ right, top, bottom }) => [right, (top + bottom) / 2];
const middleLeft = ({ left, top, bottom }) => [left, (top + bottom) / 2];

// The bow between two columns along which one map reads another; within its own column a line is level.
function cable(ribbon, source, from, layer, to) {
  const level = (box) => (box.top + box.bottom) / 2;
  return bow([ribbon.whole(source).right, level(ribbon.boxOf(source, from))], [ribbon.whole(layer).left, level(ribbon.boxOf(layer, to))]);
}

// Between which channels of a layer and one that it reads there are lines: [[from, to], ...]; null where they are too many.
function pairsOf(atlas, layer, source) {
  const { shape: [count], kind } = atlas.layers[layer];
  const [before] = atlas.layers[source].shape;
  if (kind === "Concat") {
    const first = atlas.layers[layer].sources.slice(0, atlas.layers[layer].sources.indexOf(source)).reduce((sum, one) => sum + atlas.layers[one].shape[0], 0);
    return before > MOST_LINES ? null : Array.from({ length: before }, (_, n) => [n, first + n]);
  }
  if (atlas.flat(layer) && !atlas.flat(source) && atlas.layers[layer].window) { // its entries, map by map
    const each = count / before;
    return before > MOST_LINES ? null : Array.from({ length: before }, (_, n) => [n, Math.floor((n + 0.5) * each)]);
  }
  const found = [];
  for (let to = 0; to < count; to++) {
    const [first, stop] = atlas.channelsOf(layer, to, source);
    if (found.length + stop - first > MOST_LINES) return null;
    for (let from = first; from < stop; from++) found.push([from, to]);
  }
  return found;
}

// How high above the columns each arc runs, [[from, to], ...] by place: 0, 1, 2, so that few cross.
function levels(spans) {
  const ends = [];
  return spans.map(([from, to]) => {
    let level = 0;
    while (level < MOST_ARCS - 1 && ends[level] > from) level++;
    ends[level] = Math.max(ends[level] ?? 0, to);
    return level;
  });
}

class Wiring {
  // Two canvases over the ribbon: `faint` lies below the maps, `strong` above.
  constructor(tables) {
    this.tables = tables;
    this.faint = element("canvas.wiring", { "aria-hidden": "true" });
    this.strong = element("canvas.wiring.strong", { "aria-hidden": "true" });
  }

  // ribbon: who knows where all stand. Drawn anew when that changes.
  arrange(ribbon) {
    this.ribbon = ribbon;
    const style = getComputedStyle(ribbon.node);
    this.ink = style.getPropertyValue("--st-text-color") || "#000";
    this.ground = style.getPropertyValue("--st-background-color") || "#fff";
    this.accent = style.getPropertyValue("--st-primary-color") || "#06c";
    this.cleared(this.faint, (context) => {
      this.drawBetween(context);
      this.drawArcs(context);
    });
    this.draw();
  }

  // A canvas wiped, and drawn on in pixels of the page.
  cleared(canvas, draw) {
    const { size } = this.ribbon;
    const ratio = this.ribbon.ratio;
    const context = sized(canvas, Math.max(1, Math.round(size.width * ratio)), Math.max(1, Math.round(size.height * ratio)));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(ratio, ratio);
    draw(context);
  }

  // Pairs of layers that stand beside each other, or of which one is folded: [[source, layer], ...], and those that skip some.
  pairs() {
    const { atlas, seat } = this.ribbon;
    const [beside, skipping] = [[], []];
    for (const item of this.ribbon.items) {
      if (item.layer === undefined) continue;
      for (const source of atlas.layers[item.layer].sources) {
        if (seat(source) === seat(item.layer) - 1) beside.push([source, item.layer]);
        else skipping.push([source, item.layer]);
      }
    }
    return { beside, skipping };
  }

  drawBetween(context) {
    const { atlas, photo, verdict } = this.ribbon;
    context.strokeStyle = context.fillStyle = this.ink;
    context.lineWidth = 0.75;
    for (const [source, layer] of this.pairs().beside) {
      const pairs = this.ribbon.drawn(source) && this.ribbon.drawn(layer) ? pairsOf(atlas, layer, source) : null;
      context.globalAlpha = pairs ? FAINT.line : FAINT.band;
      const seen = pairs?.filter(([from, to]) => this.ribbon.holds(source, from) && this.ribbon.holds(layer, to));
      if (seen) for (const [from, to] of seen) this.cable(context, source, from, layer, to, FAINT.line);
      else this.band(context, this.ribbon.whole(source), this.ribbon.whole(layer));
    }
    context.globalAlpha = 2 * FAINT.line;
    const inputs = Array.from({ length: atlas.layers[0].shape[0] }, (_, n) => n);
    if (photo) for (const n of inputs) this.line(context, photo, this.ribbon.boxOf(0, n));
    for (const [channel, box] of verdict) this.line(context, this.ribbon.boxOf(atlas.last, channel), box);
  }

  // inside: how much of the line is seen over the maps of its own columns.
  cable(context, source, from, layer, to, inside) {
    const [start, ...rest] = cable(this.ribbon, source, from, layer, to);
    this.curve(context, start, rest);
    const alpha = context.globalAlpha;
    context.globalAlpha = inside;
    context.beginPath();
    context.moveTo(this.ribbon.boxOf(source, from).right, start[1]);
    context.lineTo(...start);
    context.moveTo(...rest.at(-1));
    context.lineTo(this.ribbon.boxOf(layer, to).left, rest.at(-1)[1]);
    context.stroke();
    context.globalAlpha = alpha;
  }

  line(context, from, to) {
    const [start, ...rest] = bow(middleRight(from), middleLeft(to));
    this.curve(context, start, rest);
  }

  curve(context, start, rest) {
    context.beginPath();
    context.moveTo(...start);
    context.bezierCurveTo(...rest.flat());
    context.stroke();
  }

  // Too many lines to be told apart.
  band(context, from, to) {
    const [above, below] = [bow([from.right, from.top], [to.left, to.top]), bow([to.left, to.bottom], [from.right, from.bottom])];
    context.beginPath();
    context.moveTo(...above[0]);
    context.bezierCurveTo(...above.slice(1).flat());
    context.lineTo(...below[0]);
    context.bezierCurveTo(...below.slice(1).flat());
    context.fill();
  }

  // Over the names, from a layer to one that reads it although others stand between them.
  drawArcs(context) {
    context.strokeStyle = context.fillStyle = this.ink;
    context.globalAlpha = FAINT.arc;
    context.lineWidth = 1.5;
    for (const [, , way] of this.arcs()) this.arc(context, way);
    context.globalAlpha = 1;
  }

  // [[source, layer, points], ...] of all arcs: up, over, and down.
  arcs() {
    const { skipping } = this.pairs();
    const level = levels(skipping.map((pair) => pair.map((layer) => this.ribbon.seat(layer))));
    const foot = this.ribbon.head;
    return skipping.map(([source, layer], n) => {
      const [left, right] = [source, layer].map((one) => this.ribbon.whole(one)).map((box) => (box.left + box.right) / 2);
      const top = foot - 4 - ARC_PX * (level[n] + 1) + 2;
      return [source, layer, [[left, foot], [left, top], [right, top], [right, foot]]];
    });
  }

  // How much room the arcs need above the columns.
  get room() {
    const { skipping } = this.pairs();
    return skipping.length ? 6 + ARC_PX * (1 + Math.max(...levels(skipping.map((pair) => pair.map((layer) => this.ribbon.seat(layer)))))) : 0;
  }

  arc(context, [[left, foot], [, top], [right]]) {
    context.beginPath();
    context.moveTo(left, foot);
    context.arcTo(left, top, left + 8, top, 7);
    context.arcTo(right, top, right, top + 8, 7);
    context.lineTo(right, foot);
    context.stroke();
    context.beginPath();
    context.moveTo(right, foot + 1);
    context.lineTo(right - 4, foot - 6);
    context.lineTo(right + 4, foot - 6);
    context.fill();
  }

  // What goes into a unit: reads as ``Atlas.reads``; adds: [[layer, channel, value], ...], what comes along each line, where that is
  // known.
  show(place, reads, adds) {
    this.shown = { place, reads, adds };
    this.draw();
  }

  draw() {
    if (!this.shown || !this.ribbon) return;
    const { place, reads, adds } = this.shown;
    this.cleared(this.strong, (context) => {
      if (!this.ribbon.drawn(place.layer)) return;
      const arcs = this.arcs();
      const known = adds.length > 0;
      const lines = known ? adds : reads.flatMap(({ layer, first, stop }) => stop - first > MOST_LINES ? [] : Array.from({ length: stop - first }, (_, n) => [layer, first + n, 0]));
      const largest = Math.max(...lines.map(([, , value]) => Math.abs(value)), 0) || 1;
      context.lineCap = "round";
      for (const [layer, channel, value] of lines) {
        if (!this.ribbon.holds(layer, channel) || !this.ribbon.holds(place.layer, place.channel)) continue;
        const [share, colour] = known ? [Math.abs(value) / largest, this.colourOf(value)] : [0.2, this.accent];
        const arc = arcs.find(([source, reader]) => source === layer && reader === place.layer);
        this.stroke(context, share, colour, (inside) => arc ? this.arc(context, arc[2]) : this.cable(context, layer, channel, place.layer, place.channel, inside));
      }
    });
  }

  // As everywhere: red above zero, blue below; what is nothing is grey.
  colourOf(value) {
    return value ? `rgb(${colourAt(this.tables.diverging, value < 0 ? 0.14 : 0.86)})` : this.ink;
  }

  // draw(inside): a line, of which so much is seen over maps.
  stroke(context, share, colour, draw) {
    const [thin, thick] = STRONG_PX;
    const width = thin + share * (thick - thin);
    for (const [ink, wide, alpha] of [[this.ground, width + 1.5, 0.5], [colour, width, 0.35 + 0.6 * share]]) {
      context.strokeStyle = context.fillStyle = ink;
      context.lineWidth = wide;
      context.globalAlpha = alpha;
      draw(OVER_MAPS * alpha);
    }
  }
}
