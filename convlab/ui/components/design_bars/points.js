// Designs as numbered points: across what they cost, on a logarithmic axis; upwards what they reach.

class Points {
  constructor(labels) {
    this.labels = labels;
    this.up = element("div.up", { "aria-hidden": "true" });
    this.field = element("div.field", { role: "img" });
    this.across = element("div.ticks", { "aria-hidden": "true" });
    this.title = element("p.axis.quiet");
    this.list = element("ol.list");
    const plot = element("div.plot", {}, this.up, this.field, this.across, this.title);
    this.node = element("div.points", {}, plot, this.list);
  }

  show({ points, across }) {
    const axis = decades(points.map((point) => point.x));
    const begin = beginOf(points.flatMap((point) => [point.mean, point.low ?? point.mean]));
    const left = (x) => (100 * (Math.log10(x) - axis[0])) / (axis[1] - axis[0]);
    this.field.setAttribute("aria-label", fill(this.labels.points, { across }));
    writeInto(this.title, across);
    const lines = ticksOf(begin).map((tick) => element("span.line", { style: `bottom:${placeOf(tick, begin)}%` }));
    const shifts = besides(points.map((point) => [left(point.x), placeOf(point.mean, begin)]));
    const marks = points.map((point, n) => this.mark(point, n, `left:calc(${left(point.x)}% + ${shifts[n]} * var(--point))`, begin));
    this.field.replaceChildren(...lines, ...marks);
    this.up.replaceChildren(...ticksOf(begin).map((tick) => element("span", { style: `bottom:${placeOf(tick, begin)}%` }, percent(tick))));
    this.across.replaceChildren(...roundIn(axis).map((value) => element("span", { style: `left:${left(value)}%` }, short(value))));
    this.list.replaceChildren(...points.map((point) => element("li", {}, element("strong", {}, point.name), ` ${point.told}`)));
  }

  mark(point, n, left, begin) {
    const parts = [element("span.point", { style: `${left};bottom:${placeOf(point.mean, begin)}%` }, String(n + 1))];
    if (point.low !== null) {
      const [low, high] = [placeOf(point.low, begin), placeOf(point.high, begin)];
      parts.unshift(element("span.reach", { style: `${left};bottom:${low}%;height:${high - low}%` }));
    }
    return element("span", {}, ...parts);
  }
}
