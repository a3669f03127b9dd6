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
    this.root.replaceChildren(this.status, this.panels, this.live);
  }

  update(data) {
    if (data.identity !== this.identity) this.cursor = null;
    this.identity = data.identity;
    this.showStatus(data.status);
    const nodes = data.charts.map((spec) => {
      if (!this.charts.has(spec.key)) this.charts.set(spec.key, new Chart(this, spec));
      return this.charts.get(spec.key).node;
    });
    nodes.push(this.kernels.node);
    if (nodes.length !== this.panels.children.length || nodes.some((node, n) => node !== this.panels.children[n])) this.panels.replaceChildren(...nodes);
    for (const spec of data.charts) this.charts.get(spec.key).update(spec, data);
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

  key(event, chart) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") this.point(chart, null);
    else if (event.key in steps) {
      this.point(chart, chart.step(steps[event.key]));
      if (this.cursor !== null) this.say(inARow(fill(this.labels.reading, { epoch: chart.acrossText(this.cursor) }), chart.spoken));
    } else return;
    event.preventDefault();
  }
}

export default mount(CurvesPanel);
