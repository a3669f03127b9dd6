// One chart: lines over the epochs, redrawn in place; a cursor that all charts of the panel share.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { right: 14, top: 8, bottom: 26 };
const LETTER_PX = 7.6; // of the axes' 13 px figures

const shape = (name, attributes = {}) => place(document.createElementNS(SVG, name), attributes);

function place(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

class Chart {
  // panel: has labels, cursor (an epoch or null), point(chart, epoch or null), key(event, chart)
  constructor(panel, spec) {
    this.panel = panel;
    this.key = spec.key;
    this.lines = new Map();
    this.title = element("h3");
    this.unit = element("span.unit");
    this.scale = element("button.scale", { type: "button", "aria-pressed": "false", onclick: () => this.turn() }, panel.labels.log);
    this.svg = shape("svg", { tabindex: 0, role: "application" });
    this.grid = shape("g", { class: "grid" });
    this.body = shape("g");
    this.rule = shape("line", { class: "rule" });
    this.dots = shape("g");
    this.svg.append(this.grid, this.body, this.rule, this.dots);
    this.legend = element("ul.key");
    this.node = element(`figure.chart.${spec.key}`, {},
      element("div.head", {}, this.title, this.unit, this.scale),
      element("div.plot", {}, this.svg), element("p.across", {}, panel.labels.across), this.legend);
    this.svg.addEventListener("pointermove", (event) => this.pointed(event));
    this.svg.addEventListener("pointerdown", (event) => this.pointed(event));
    this.svg.addEventListener("pointerleave", () => panel.point(this, null));
    this.svg.addEventListener("keydown", (event) => panel.key(event, this));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.svg);
  }

  destroy() {
    this.observer.disconnect();
  }

  turn() {
    this.chosenLog = !this.log;
    this.draw();
  }

  // data: the message, with the lines' points, and an identity that changes with what is shown.
  update(spec, data) {
    if (data.identity !== this.identity) this.chosenLog = undefined;
    this.identity = data.identity;
    this.spec = spec;
    this.series = spec.series.map((one, n) => ({ ...one, points: data.floats(`${spec.key}_${n}`), width: one.style === "band" ? 3 : 2 }));
    this.title.textContent = spec.title;
    this.svg.setAttribute("aria-label", spec.title);
    this.svg.setAttribute("aria-description", this.panel.labels.keys);
    this.scale.hidden = !spec.turns;
    this.fillLegend();
    this.draw();
  }

  // Another set of points for a line, on the same axes.
  redraw(n, points) {
    this.series[n].points = points;
    if (this.x) this.lines.get(n).path.setAttribute("d", this.path(this.series[n]));
  }

  fillLegend() {
    const identity = JSON.stringify(this.series.map(({ name, colour, style }) => [name, colour, style]));
    if (identity === this.legendIdentity) return;
    this.legendIdentity = identity;
    this.lines.clear();
    this.body.replaceChildren();
    this.dots.replaceChildren();
    this.values = this.series.map((one, n) => {
      const style = `--c: ${one.colour}`;
      this.lines.set(n, {
        path: this.body.appendChild(shape("path", { class: one.style, style })),
        dot: this.dots.appendChild(shape("circle", { r: 4.5, class: one.style, style, visibility: "hidden" })),
      });
      return element("span.numbers");
    });
    this.entries = this.series.map((one, n) => {
      if (!one.name) return null;
      const sample = shape("svg", { class: "sample", viewBox: "0 0 28 12", "aria-hidden": "true" });
      sample.append(shape("path", { d: one.style === "band" ? "M0 2H28V10H0Z" : "M0 6H28", class: one.style, style: `--c: ${one.colour}` }));
      return element("li", {}, sample, element("span", {}, one.name), this.values[n]);
    });
    this.legend.replaceChildren(...this.entries.filter(Boolean));
  }

  // Series without a name belong to another's legend entry (the batches behind the epochs): they set no axis.
  measure() {
    const seen = [];
    const noisy = [];
    for (const { points, style, width } of this.series) {
      for (let i = 0; i < points.length; i += width) {
        if (!style.startsWith("level") && points[i] > this.end + 1e-6) break;
        const into = style === "faint" ? noisy : seen;
        for (let j = 1; j < width; j++) into.push(points[i + j]);
      }
    }
    const positive = [...seen, ...noisy].filter((value) => Number.isFinite(value) && value > 0);
    const wide = positive.length > 1 && Math.max(...positive) / Math.min(...positive) > LOG_FROM_RATIO && seen.some((value) => value > 10);
    this.log = this.spec.log || (this.spec.turns ? (this.chosenLog ?? wide) : false);
    this.scale.setAttribute("aria-pressed", String(this.log));
    this.axis = upAxis(seen, noisy, { kind: this.spec.kind, log: this.log });
    this.unit.textContent = this.log && !this.spec.log ? `${this.spec.unit} ${this.panel.labels.on_log}` : this.spec.unit;
  }

  draw() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (!this.series || !width) return;
    this.end = acrossEnd(this.spec.reached, this.spec.planned);
    this.measure();
    this.box = { left: 12 + LETTER_PX * Math.max(2, ...this.axis.ticks.map((tick) => this.axis.text(tick).length)), right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
    const { box } = this;
    this.x = (epoch) => box.left + (epoch / this.end) * (box.right - box.left);
    this.y = (value) => box.bottom - clamp(this.axis.place(value), -0.05, 1.05) * (box.bottom - box.top);
    this.drawGrid();
    this.series.forEach((one, n) => {
      const { path } = this.lines.get(n);
      path.setAttribute("d", this.path(one));
      path.classList.toggle("single", one.points.length === one.width && !one.style.startsWith("level"));
      if (this.entries[n]) this.entries[n].hidden = !one.points.length;
    });
    this.drawCursor();
  }

  drawGrid() {
    const { box } = this;
    const nodes = [];
    for (const tick of this.axis.ticks) {
      const y = this.y(tick);
      nodes.push(shape("line", { x1: box.left, x2: box.right, y1: y, y2: y }));
      const text = shape("text", { x: box.left - 8, y: y + 4.5, "text-anchor": "end" });
      text.textContent = this.axis.text(tick);
      nodes.push(text);
    }
    const room = clamp(Math.floor((box.right - box.left) / 55), 2, 10);
    const across = this.end <= 1 ? [0, 0.5, 1] : roundTicks(this.end, room).filter(Number.isInteger);
    for (const tick of across) {
      const text = shape("text", { x: this.x(tick), y: box.bottom + 18, "text-anchor": "middle" });
      text.textContent = String(tick);
      nodes.push(shape("line", { class: "tick", x1: this.x(tick), x2: this.x(tick), y1: box.bottom, y2: box.bottom + 5 }), text);
    }
    nodes.push(shape("path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }));
    this.grid.replaceChildren(...nodes);
  }

  path({ points, style, width }) {
    const at = (x, y) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`;
    if (style.startsWith("level")) return points.length && Number.isFinite(points[1]) ? `M${at(0, points[1])}L${at(this.end, points[1])}` : "";
    if (style === "band") return this.bandPath(points, at);
    let text = "";
    let pen = false;
    for (let i = 0; i < points.length; i += width) {
      if (points[i] > this.end + 1e-6) {
        if (pen) text += `L${at(this.end, this.between(points, i))}`;
        break;
      }
      const seen = Number.isFinite(points[i + 1]) && Number.isFinite(this.axis.place(points[i + 1]));
      if (seen) text += `${pen ? "L" : "M"}${at(points[i], points[i + 1])}`;
      pen = seen;
    }
    // A single point has no line: a dash of no length still shows its round end.
    return text && !text.includes("L") ? `${text}h0.01` : text;
  }

  // The height of a line where it leaves the axis, on its way to a point beyond.
  between(points, i) {
    const [x0, y0, x1, y1] = points.subarray(i - 2, i + 2);
    return Number.isFinite(y1) ? y0 + ((this.end - x0) / (x1 - x0)) * (y1 - y0) : y0;
  }

  bandPath(points, at) {
    const [over, under] = [[], []];
    for (let i = 0; i < points.length && points[i] <= this.end + 1e-6; i += 3) {
      over.push(at(points[i], points[i + 2]));
      under.unshift(at(points[i], points[i + 1]));
    }
    return over.length ? `M${[...over, ...under].join("L")}Z` : "";
  }

  pointed(event) {
    if (!this.x) return;
    const { left } = this.svg.getBoundingClientRect();
    const { box } = this;
    const epoch = ((event.clientX - left - box.left) / (box.right - box.left)) * this.end;
    this.panel.point(this, this.snapped(clamp(epoch, 0, this.end)));
  }

  // The epochs that the cursor can stand on: those of the first named line; before there are any, the batches.
  get stops() {
    const moving = this.series.filter((one) => !/level|book|band/.test(one.style));
    const line = moving.find((one) => one.name && one.points.length) ?? moving[0];
    return line ? line.points : [];
  }

  snapped(epoch) {
    const { stops } = this;
    const n = nearest(stops, epoch);
    return n < 0 ? null : stops[2 * n];
  }

  step(by) {
    const { stops } = this;
    const last = stops.length / 2 - 1;
    if (last < 0) return null;
    const now = this.panel.cursor === null ? last : nearest(stops, this.panel.cursor);
    return stops[2 * clamp(this.panel.cursor === null && Number.isFinite(by) ? last : now + by, 0, last)];
  }

  drawCursor() {
    const { cursor } = this.panel;
    const shown = cursor !== null && cursor <= this.end + 1e-6 && this.box;
    this.rule.setAttribute("visibility", shown ? "visible" : "hidden");
    if (shown) place(this.rule, { x1: this.x(cursor), x2: this.x(cursor), y1: this.box.top, y2: this.box.bottom });
    this.series.forEach((one, n) => this.showValue(one, n, shown ? cursor : null));
  }

  showValue(one, n, cursor) {
    const { points, style, width } = one;
    const { dot } = this.lines.get(n);
    const at = style.startsWith("level") ? (points.length ? 0 : -1) : cursor === null ? points.length / width - 1 : nearest(points, cursor, width);
    const [x, y] = at < 0 ? [NaN, NaN] : [points[at * width], points[at * width + 1]];
    const far = !style.startsWith("level") && cursor !== null && Math.abs(x - cursor) > 0.5;
    this.values[n].textContent = this.valueText(one, at, far && style !== "book" ? NaN : y, far && style === "book" ? x : null);
    const marked = cursor !== null && !/level|band|faint|whole/.test(style) && !far && Number.isFinite(y);
    dot.setAttribute("visibility", marked ? "visible" : "hidden");
    if (marked) place(dot, { cx: this.x(x), cy: this.y(y) });
  }

  valueText({ style, points }, at, value, epoch) {
    if (Number.isNaN(value)) return "";
    const say = (number) => (this.spec.kind === "percent" ? `${(100 * number).toFixed(1)}%` : brief(number, 4));
    if (style === "band") return `${say(value)} … ${say(points[at * 3 + 2])}`;
    return epoch === null ? say(value) : fill(this.panel.labels.at, { value: say(value), epoch: brief(epoch) });
  }

  // All values at the cursor, for a screen reader.
  get spoken() {
    return this.series.flatMap((one, n) => (one.name && this.values[n].textContent ? [`${one.name} ${this.values[n].textContent}`] : [])).join(", ");
  }
}
