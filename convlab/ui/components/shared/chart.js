// One chart: lines over the epochs, redrawn in place; a cursor that all charts of the panel share.

const MARGIN = { right: 14, top: 8, bottom: 26 };
const MARKED_PX = 18; // more of it at the top where words may stand
const LETTER_PX = 7.6; // of the axes' 13 px figures
const WORD_PX = 7.1; // of a letter in a mark's words
const MARK_ROWS = 3;

// A share in per cent with one digit, as Python writes it in tables: float32 hides its ties, and toFixed rounds them up.
function perCent(share) {
  const found = 100 * Number(share.toPrecision(7));
  return ((4 * found) % 4 === 1 ? found - 0.01 : found).toFixed(1);
}

// Four digits, zeros at the end too: losses beside each other are told alike.
function fourDigits(value) {
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e4 ? value.toPrecision(4).replace("-", MINUS) : brief(value, 4);
}

class Chart {
  // panel: has labels, cursor (an epoch or null), point(chart, epoch or null), key(event, chart); where a part of the
  // axis can be shown, zoom([from, to] or null) too, and part, what it was told last
  constructor(panel, spec) {
    this.panel = panel;
    this.key = spec.key;
    this.title = element("h3");
    this.unit = element("span.unit");
    this.scale = button(panel.labels.log, () => {
      this.chosenLog = !this.log;
      this.remember();
      this.turn();
    }, { class: "scale" });
    this.grid = element("g.grid");
    this.raw = element("g"); // what was measured, behind lines that are smoothed
    this.body = element("g");
    this.marks = element("g.marks");
    this.rule = element("line.rule");
    this.dots = element("g");
    const pointed = (event) => this.pointed(event);
    this.svg = element("svg", {
      tabindex: 0, role: "application", "aria-description": panel.labels.keys, onpointermove: pointed, onpointerdown: pointed,
      onpointerleave: () => panel.point(this, null), onkeydown: (event) => {
        delete this.svg.dataset.pointed;
        panel.key(event, this);
      },
    }, this.grid, this.raw, this.body, this.marks, this.rule, this.dots);
    if (panel.zoom) this.brush = new Brush(this);
    this.across = element("p.across");
    this.legend = element("ul.key");
    this.tools = new ChartTools(this);
    this.node = element(`figure.chart.${spec.key}`, {},
      element("div.head", {}, this.title, this.unit, this.tools.node),
      element("div.plot", {}, this.svg), this.across, this.legend);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  // data: the message, with the lines' points, and an identity that changes with what is shown.
  update(spec, data) {
    if (data.identity !== this.identity) {
      this.identity = data.identity;
      this.recall();
    }
    this.spec = spec;
    this.given = spec.series.map((one, n) => ({ ...one, points: data.floats(`${spec.key}_${n}`), width: one.style === "band" ? 3 : 2 }));
    this.scale.hidden = !spec.turns;
    this.tools.show(spec);
    this.fillLegend();
    this.turn();
  }

  // How it is looked at, for a reload of the page; the browser may keep nothing.
  remember() {
    try {
      sessionStorage.setItem(this.kept, JSON.stringify({ log: this.chosenLog, smoothing: this.tools.weight }));
    } catch {
      // It is as it was, until the reload.
    }
  }

  recall() {
    let found = {};
    try {
      found = JSON.parse(sessionStorage.getItem(this.kept) ?? "{}");
    } catch {
      // Nothing was kept.
    }
    this.chosenLog = found.log;
    this.tools.smooth(found.smoothing ?? 0);
  }

  get kept() {
    return `convlab ${this.key} ${this.identity}`;
  }

  // What stands on the axis that was chosen: on a logarithmic one, of shares what they lack of 1.
  turn() {
    const lacking = this.chosenLog ? this.spec.lacking : null;
    this.series = lacking ? this.given.map((one) => ({ ...one, points: one.style === "told" ? one.points : lackedBy(one.points, one.width) })) : this.given;
    this.title.textContent = lacking?.title ?? this.spec.title;
    this.measures = lacking?.unit ?? this.spec.unit;
    this.svg.setAttribute("aria-label", this.title.textContent);
    this.draw();
  }

  // Another set of points for a line, on the same axes.
  redraw(n, points) {
    this.given[n].points = points;
    if (this.x) this.lines[n].path.setAttribute("d", this.path(this.given[n]));
  }

  fillLegend() {
    const identity = JSON.stringify(this.given.map(({ name, colour, style }) => [name, colour, style]));
    if (identity === this.legendIdentity) return;
    this.legendIdentity = identity;
    this.lines = this.given.map((one) => {
      const look = { class: one.style, style: `--c: ${one.colour}` };
      const value = element("span.numbers");
      const stroke = element("path", { d: /band|told/.test(one.style) ? "M0 2H28V10H0Z" : "M0 6H28", ...look });
      const sample = element("svg.sample", { viewBox: "0 0 28 12", "aria-hidden": "true" }, stroke);
      const entry = element("li", {}, sample, element("span", {}, one.name), value);
      return { path: element("path", look), dot: element("circle", { r: 4.5, visibility: "hidden", ...look }), value, entry };
    });
    this.body.replaceChildren(...this.lines.map(({ path }) => path));
    this.dots.replaceChildren(...this.lines.map(({ dot }) => dot));
    this.legend.replaceChildren(...this.lines.map(({ entry }) => entry).filter((_, n) => this.given[n].name));
  }

  // Series without a name belong to another's legend entry (the batches behind the epochs): they set no axis.
  measure() {
    const [seen, noisy, bands] = [[], [], []];
    for (const { points, style, width } of this.series) {
      if (style === "told") continue;
      const into = { faint: noisy, band: bands }[style] ?? seen;
      const inside = style.startsWith("level") ? points : within(points, width, this.begin, this.end);
      for (let i = 0; i < inside.length; i += width) for (let j = 1; j < width; j++) into.push(inside[i + j]);
    }
    const least = Math.min(0, ...seen.filter(Number.isFinite)); // an interval of few seeds reaches below what a loss can be
    for (const end of bands) seen.push(Math.max(end, least));
    const positive = [...seen, ...noisy].filter((value) => Number.isFinite(value) && value > 0);
    const wide = positive.length > 1 && Math.max(...positive) / Math.min(...positive) > LOG_FROM_RATIO && seen.some((value) => value > 10);
    this.log = this.spec.log || (this.spec.turns ? (this.chosenLog ?? wide) : false);
    this.scale.setAttribute("aria-pressed", String(this.log));
    this.axis = upAxis(seen, noisy, { kind: this.spec.kind, log: this.log, near: Boolean(this.panel.part) });
    const said = [this.measures, this.log && !this.spec.log && this.panel.labels.on_log, this.tools.weight && this.panel.labels.smoothed];
    this.unit.textContent = this.unit.title = inARow(...said);
  }

  draw() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (!this.series || !width) return;
    const [begin, end] = this.panel.part ?? [0, this.whole];
    this.begin = begin;
    this.end = end;
    this.measure();
    this.box = { left: 12 + LETTER_PX * Math.max(2, ...this.axis.ticks.map((tick) => this.axis.text(tick).length)), right: width - MARGIN.right, top: MARGIN.top + this.headroom, bottom: height - MARGIN.bottom };
    const { box } = this;
    this.x = (epoch) => box.left + ((epoch - this.begin) / (this.end - this.begin)) * (box.right - box.left);
    this.y = (value) => box.bottom - clamp(this.axis.place(value), -0.02, 1.05) * (box.bottom - box.top);
    this.drawGrid();
    this.series.forEach((one, n) => {
      const { path, entry } = this.lines[n];
      path.setAttribute("d", this.path(this.shown(one)));
      path.classList.toggle("single", one.points.length === one.width && !one.style.startsWith("level"));
      entry.hidden = !one.points.length;
    });
    this.drawRaw();
    this.drawMarks();
    this.drawCursor();
  }

  // For words above the lines, which do not move when the first ones come.
  get headroom() {
    return this.panel.zoom || this.spec.marks?.length ? MARKED_PX : 0;
  }

  get whole() {
    return acrossEnd(this.spec.reached, this.spec.planned);
  }

  // A line as it is drawn: what is printed stays what it is.
  shown(one) {
    return this.measured(one) ? { ...one, points: smoothed(one.points, one.width, this.tools.weight) } : one;
  }

  measured({ style }) {
    return !/level|book|told/.test(style);
  }

  drawRaw() {
    const lines = this.tools.weight ? this.series.filter((one) => this.measured(one) && !/band|faint/.test(one.style)) : [];
    this.raw.replaceChildren(...lines.map((one) => element("path.raw", { style: `--c: ${one.colour}`, d: this.path(one) })));
  }

  // What happened on the way: a line down, and a few words beside it where there is room.
  drawMarks() {
    const { box } = this;
    const ends = new Array(MARK_ROWS).fill(box.left);
    const lines = [];
    const said = [];
    for (const { at, words } of this.spec.marks ?? []) {
      if (at < this.begin - EDGE || at > this.end + EDGE) continue;
      const x = this.x(at);
      const room = Math.floor((box.right - box.left) / 2 / WORD_PX);
      const text = words.length > room ? `${words.slice(0, room - 1)}…` : words;
      const width = text.length * WORD_PX;
      const left = x + 4 + width > box.right ? x - 4 - width : x + 4;
      const row = ends.findIndex((end) => end <= left);
      lines.push(element("line", { x1: x, x2: x, y1: box.top, y2: box.bottom }));
      if (row < 0) continue;
      ends[row] = Math.max(x, left + width) + 6;
      said.push(element("text", { x: left, y: box.top - 5 + 16 * row, "aria-label": words }, text));
    }
    this.marks.replaceChildren(...lines, ...said);
  }

  drawGrid() {
    const { box } = this;
    const nodes = [];
    for (const tick of this.axis.ticks) {
      const y = this.y(tick);
      nodes.push(element("line", { x1: box.left, x2: box.right, y1: y, y2: y }));
      nodes.push(element("text", { x: box.left - 8, y: y + 4.5, "text-anchor": "end" }, this.axis.text(tick)));
    }
    const room = clamp(Math.floor((box.right - box.left) / 55), 2, 10);
    const across = acrossTicks(this.begin, this.end, room, Boolean(this.panel.part));
    for (const tick of across) {
      const x = this.x(tick);
      nodes.push(element("line.tick", { x1: x, x2: x, y1: box.bottom, y2: box.bottom + 5 }));
      nodes.push(element("text", { x, y: box.bottom + 18, "text-anchor": "middle" }, this.acrossText(tick)));
    }
    nodes.push(element("path.axis", { d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }));
    this.grid.replaceChildren(...nodes);
  }

  path({ points, style, width }) {
    const at = (x, y) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`;
    if (style === "told") return "";
    if (style.startsWith("level")) return points.length && Number.isFinite(points[1]) ? `M${at(this.begin, points[1])}L${at(this.end, points[1])}` : "";
    const inside = within(points, width, this.begin, this.end);
    if (style === "band") return this.bandPath(inside, at);
    let text = "";
    let pen = false;
    let lone = false; // A point by itself has no line: a dash of no length still shows its round end.
    for (let i = 0; i < inside.length; i += width) {
      const seen = Number.isFinite(inside[i + 1]) && Number.isFinite(this.axis.place(inside[i + 1]));
      if (lone && !seen) text += "h0.01";
      if (seen) text += `${pen ? "L" : "M"}${at(inside[i], inside[i + 1])}`;
      lone = seen && !pen;
      pen = seen;
    }
    return lone ? `${text}h0.01` : text;
  }

  bandPath(points, at) {
    const [over, under] = [[], []];
    for (let i = 0; i < points.length; i += 3) {
      over.push(at(points[i], points[i + 2]));
      under.unshift(at(points[i], points[i + 1]));
    }
    return over.length ? `M${[...over, ...under].join("L")}Z` : "";
  }

  pointed(event) {
    if (!this.x) return;
    if (event.type === "pointerdown") this.svg.dataset.pointed = ""; // a frame is for those who use keys
    const { stops } = this;
    const n = nearest(stops, this.place(this.pixel(event)));
    this.panel.point(this, n < 0 ? null : stops[2 * n]);
  }

  // Where a pointer is between the ends of the axis, in pixels of the drawing.
  pixel(event) {
    return clamp((event.clientX - this.svg.getBoundingClientRect().left) / zoomOf(this.svg), this.box.left, this.box.right);
  }

  // The place on the axis of such a pixel.
  place(pixel) {
    const { box, begin, end } = this;
    return begin + ((pixel - box.left) / (box.right - box.left)) * (end - begin);
  }

  // The epochs that the cursor can stand on: those of the first named line. Before there are any, and in a part that is shown
  // alone, the batches.
  get stops() {
    const moving = this.series.filter((one) => !/level|book|band|told/.test(one.style));
    const batches = this.panel.part && moving.find((one) => one.style === "faint" && one.points.length);
    const line = batches || (moving.find((one) => one.style !== "faint" && one.name && one.points.length) ?? moving[0]);
    return line ? line.points : [];
  }

  step(by) {
    const { stops } = this;
    const last = stops.length / 2 - 1;
    if (last < 0) return null;
    const { cursor } = this.panel;
    if (cursor === null) return stops[by === -Infinity ? 0 : 2 * last];
    return stops[2 * clamp(nearest(stops, cursor) + by, 0, last)];
  }

  drawCursor() {
    const { cursor } = this.panel;
    const shown = cursor !== null && this.box && cursor >= this.begin - EDGE && cursor <= this.end + EDGE;
    this.rule.setAttribute("visibility", shown ? "inherit" : "hidden"); // what is covered as a whole stays so
    const { across } = this.panel.labels;
    writeInto(this.across, shown ? `${across} ${this.acrossText(cursor)}` : this.spec.resting || across);
    if (shown) setAttributes(this.rule, { x1: this.x(cursor), x2: this.x(cursor), y1: this.box.top, y2: this.box.bottom });
    this.series.forEach((one, n) => this.showValue(one, n, shown ? cursor : null));
  }

  showValue(one, n, cursor) {
    const { points, style, width } = one;
    const { dot, value } = this.lines[n];
    const at = style.startsWith("level") ? (points.length ? 0 : -1) : cursor === null ? this.restingAt(points, width) : nearest(points, cursor, width);
    const [x, y] = at < 0 ? [NaN, NaN] : [points[at * width], points[at * width + 1]];
    const apart = style.startsWith("level") || cursor === null ? 0 : Math.abs(x - cursor);
    const far = apart > 0.5;
    const beside = style === "book" ? far : style !== "faint" && apart > EDGE; // between two epochs: whose value it is
    const said = style === "told" ? this.difference(n, x) : y;
    value.textContent = this.smoothedToo(n, at, this.valueText(one, at, far && style !== "book" ? NaN : said, beside ? x : null));
    const marked = cursor !== null && !/level|band|faint|whole|told/.test(style) && !far && Number.isFinite(y);
    dot.setAttribute("visibility", marked ? "inherit" : "hidden");
    if (marked) setAttributes(dot, { cx: this.x(x), cy: this.y(y) });
  }

  // That of the two lines before it, of their values as they are shown: 82.6% less 80.0% is 2.6 points.
  difference(n, x) {
    const [one, other] = [n - 2, n - 1].map((place) => {
      const { points, width } = this.series[place] ?? { points: [], width: 2 };
      const at = nearest(points, x, width);
      return at >= 0 && points[at * width] === x ? Number(perCent(points[at * width + 1])) : NaN;
    });
    return (one - other) / 100;
  }

  // Beside what was measured, what the line that is drawn has there.
  smoothedToo(n, at, value) {
    const one = this.series[n];
    if (!value || !this.tools.weight || one.width > 2 || !this.measured(one) || at < 0) return value;
    const { points } = this.shown(one);
    return fill(this.panel.labels.smoothed_value, { value, smoothed: this.valueText(one, at, points[at * 2 + 1], null) });
  }

  // The point whose value the legend has while nobody points.
  restingAt(points, width) {
    const { silent, rests_at } = this.spec;
    return silent ? -1 : typeof rests_at === "number" ? nearest(points, rests_at, width) : points.length / width - 1;
  }

  // What a place on the horizontal axis stands for.
  acrossText(x) {
    const { exponent } = this.spec;
    return typeof exponent === "number" ? tickText(Number((10 ** (exponent + x)).toPrecision(3))) : brief(x);
  }

  valueText({ style, points }, at, value, epoch) {
    if (Number.isNaN(value)) return "";
    const say = (number) => (this.spec.kind === "percent" ? `${perCent(number)}%` : this.spec.turns ? fourDigits(number) : brief(number, 4));
    // Between two shares lie points, as its name says, and no per cent of anything.
    if (style === "told") return `${value > 0 ? "+" : ""}${say(value)}`.replace("-", MINUS).replace("%", "");
    if (style === "band") return `${say(value)} … ${say(points[at * 3 + 2])}`;
    return epoch === null ? say(value) : fill(this.panel.labels.at, { value: say(value), epoch: this.acrossText(epoch) });
  }

  // All values at the cursor, for a screen reader.
  get spoken() {
    const said = this.series.map(({ name }, n) => [name, this.lines[n].value.textContent]);
    const { cursor } = this.panel;
    const happened = (this.spec.marks ?? []).filter(({ at }) => cursor !== null && Math.abs(at - cursor) <= 0.5).map(({ words }) => words);
    return [...said.filter(([name, value]) => name && value).map((parts) => parts.join(" ")), ...happened].join(", ");
  }
}
