// Designs compared: bars with intervals that grow in place while runs train, or points against a cost.

class DesignBars extends Component {
  constructor(root, data) {
    super(root, data);
    const { labels } = this;
    this.fromZero = false;
    this.rows = [];
    this.list = element("div.rows", { role: "list", "aria-label": labels.figure });
    this.ticks = element("div.ticks", { "aria-hidden": "true" });
    this.title = element("p.axis.quiet");
    this.zero = button(labels.from_zero, () => this.turn(), { title: labels.from_zero_help, "aria-pressed": "false" });
    this.key = element("ul.key");
    this.bars = element("div.bars", {}, this.list, element("div.scale", {}, this.ticks, this.title), element("div.foot", {}, this.key, this.zero));
    this.points = new Points(labels);
    this.root.replaceChildren(this.bars, this.points.node, this.live);
  }

  update(data) {
    this.data = data;
    this.bars.hidden = data.kind !== "bars";
    this.points.node.hidden = data.kind !== "points";
    if (data.kind === "points") this.points.show(data);
    else this.show();
    this.root.dataset.identity = data.identity;
    this.root.dataset.updates = Number(this.root.dataset.updates ?? 0) + 1;
  }

  turn() {
    this.fromZero = !this.fromZero;
    this.zero.setAttribute("aria-pressed", String(this.fromZero));
    this.show();
  }

  show() {
    const { rows, book } = this.data;
    const begin = this.fromZero ? 0 : beginOf(rows.flatMap(valuesOf));
    if (this.rows.length !== rows.length) {
      this.rows = rows.map(() => new DesignRow(this.labels));
      this.list.replaceChildren(...this.rows.map((row) => row.node));
    }
    for (const [n, row] of rows.entries()) this.rows[n].show(row, begin);
    const ticks = ticksOf(begin);
    this.root.style.setProperty("--step", `${100 * ((ticks[1] - ticks[0]) / (1 - begin))}%`);
    this.ticks.replaceChildren(...ticks.map((tick) => element("span", { style: `left:${placeOf(tick, begin)}%` }, percent(tick))));
    writeInto(this.title, begin ? fill(this.labels.begins, { low: percent(begin) }) : this.labels.axis);
    this.explain(book, rows.some((row) => row.val.live.length));
  }

  explain(book, live) {
    const told = `${book} ${live}`;
    if (told === this.told) return;
    this.told = told;
    const names = ["train", "val", "dot", ...(live ? ["live"] : []), "reach", ...(book ? ["book"] : []), "gap_key"];
    this.key.replaceChildren(...names.map((name) => element("li", {}, element(`span.sample.${name}`, { "aria-hidden": "true" }), this.labels[name])));
  }
}

export default mount(DesignBars);
