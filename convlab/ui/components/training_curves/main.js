// The curves of one run while it trains, or of several runs compared: charts that share one cursor.

class CurvesPanel extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = data;
    this.cursor = null;
    this.charts = new Map();
    this.state = element("strong.state");
    this.figures = element("span.figures");
    this.message = element("p.message", { role: "status" });
    this.bar = element("div.bar", { role: "progressbar", "aria-label": labels.progress, "aria-valuemin": 0 }, element("span"));
    this.status = element("div.status", {}, element("p.line", {}, this.state, this.figures), this.bar, this.message);
    this.kernels = new KernelRow(labels);
    this.panels = element("div.panels");
    this.part = null; // of the axis, [from, to]; null for the whole
    this.zooming = new Zooming(this);
    this.root.replaceChildren(this.status, this.panels, this.live);
  }

  update(data) {
    if (data.identity !== this.identity) this.cursor = this.part = null;
    this.identity = data.identity;
    this.showStatus(data.status);
    const nodes = data.charts.map((spec) => {
      if (!this.charts.has(spec.key)) this.charts.set(spec.key, new Chart(this, spec));
      return this.charts.get(spec.key).node;
    });
    nodes.push(this.kernels.node);
    if (nodes.length !== this.panels.children.length || nodes.some((node, n) => node !== this.panels.children[n])) this.panels.replaceChildren(...nodes);
    for (const spec of data.charts) this.charts.get(spec.key).update(spec, data);
    this.first = this.charts.get(data.charts[0].key);
    if (this.zooming.node.parentNode !== this.first.tools.node) this.first.tools.menu.before(this.zooming.node);
    this.zooming.show();
    this.kernels.show(data.kernels, data.bytes("kernels"), data.bytes("weight_colours"));
    this.root.dataset.identity = data.identity;
    this.root.dataset.points = data.points;
    this.root.dataset.updates = Number(this.root.dataset.updates ?? 0) + 1;
  }

  showStatus(status) {
    this.status.hidden = !status;
    if (!status) return;
    this.state.textContent = status.state;
    this.status.dataset.tone = status.tone;
    this.figures.textContent = status.figures;
    if (this.message.textContent !== status.message) this.message.textContent = status.message;
    this.message.hidden = !status.message;
    this.bar.setAttribute("aria-valuemax", status.steps);
    this.bar.setAttribute("aria-valuenow", status.step);
    this.bar.firstChild.style.width = `${(100 * status.step) / Math.max(1, status.steps)}%`;
  }

  point(_chart, epoch) {
    if (epoch === this.cursor) return;
    this.cursor = epoch;
    this.say("");
    for (const one of this.charts.values()) if (one.node.isConnected) one.drawCursor();
  }

  get whole() {
    return this.first.whole;
  }

  // Show a part of the axis, or the whole.
  zoom(part) {
    if (!part && !this.part) return;
    this.part = part;
    this.zooming.show();
    for (const one of this.charts.values()) if (one.node.isConnected) one.draw();
    const [from, to] = (part ?? [0, this.whole]).map((place) => this.first.acrossText(place));
    this.say(fill(this.labels.shown_part, { from, to }));
  }

  key(event, chart) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") {
      if (this.cursor === null) this.zoom(null);
      this.point(chart, null);
    } else if (event.ctrlKey || event.metaKey) return; // the browser's own zoom
    else if (["+", "="].includes(event.key)) this.zooming.step(1 / STEP);
    else if (event.key === "-") this.zooming.step(STEP);
    else if (event.key in steps) {
      const to = chart.step(steps[event.key]);
      if (this.part && to !== null && (to < this.part[0] || to > this.part[1])) this.zoom(moved(this.part, to));
      this.point(chart, to);
      if (this.cursor !== null) this.say(inARow(fill(this.labels.reading, { epoch: chart.acrossText(this.cursor) }), chart.spoken));
    } else return;
    event.preventDefault();
  }
}

export default mount(CurvesPanel);
