// A part of the horizontal axis, brushed over by hand or chosen by keys: all charts of a panel show it.

const EDGE = 1e-6;
const BRUSHED_PX = 8; // a hand that moves less has clicked
const LEAST_PART = 0.1; // of an epoch
const STEP = 2; // by which a key or a button goes in or out

// The points from one place to another; where a line comes in or goes out, a point between two neighbours.
function within(points, width, from, to) {
  const found = [];
  const between = (i, at, leaves) => {
    const share = (at - points[i - width]) / (points[i] - points[i - width]);
    found.push(at);
    for (let j = 1; j < width; j++) {
      const [before, after] = [points[i - width + j], points[i + j]];
      found.push(leaves && !Number.isFinite(after) ? before : before + share * (after - before));
    }
  };
  for (let i = 0; i < points.length; i += width) {
    if (points[i] < from - EDGE) continue;
    if (i && points[i - width] < from - EDGE && points[i] > from + EDGE) between(i, from, false);
    if (points[i] > to + EDGE) {
      if (i && points[i - width] < to - EDGE) between(i, to, true);
      break;
    }
    for (let j = 0; j < width; j++) found.push(points[i + j]);
  }
  return found;
}

// A part of the axis [from, to] made so many times as wide around a place, inside [0, whole]; null for the whole.
function widened([from, to], factor, centre, whole) {
  const span = Math.max(LEAST_PART, (to - from) * factor);
  if (span >= whole - EDGE) return null;
  const begin = clamp(centre - (span * (centre - from)) / (to - from), 0, whole - span);
  return [begin, begin + span];
}

// The same part, moved until a place is in it.
function moved([from, to], place) {
  const by = Math.min(0, place - from) + Math.max(0, place - to);
  return [from + by, to + by];
}

// The buttons of a panel: it has labels, cursor, part (null for the whole axis), whole, zoom(part) and first, a chart.
class Zooming {
  constructor(panel) {
    const { labels } = panel;
    this.panel = panel;
    const sign = (text, words, factor) => button(text, () => this.step(factor), { class: "sign", "aria-label": words, title: `${words}. ${labels.brushing}` });
    this.out = sign(MINUS, labels.zoom_out, STEP);
    this.back = button(labels.whole_axis, () => this.whole(), {});
    this.node = element("span.zooming", { role: "group", "aria-label": labels.zoom }, this.back, this.out, sign("+", labels.zoom_in, 1 / STEP));
    this.show();
  }

  step(factor) {
    const { panel } = this;
    const [from, to] = panel.part ?? [0, panel.whole];
    const inside = panel.cursor !== null && panel.cursor >= from && panel.cursor <= to;
    const part = widened([from, to], factor, inside ? panel.cursor : (from + to) / 2, panel.whole);
    panel.zoom(part);
    if (!part) panel.first.svg.focus();
  }

  whole() {
    this.panel.zoom(null);
    this.panel.first.svg.focus(); // the button cannot be pressed any more
  }

  show() {
    this.back.disabled = this.out.disabled = !this.panel.part; // they keep their room: what stands beside them stays there
  }
}

// Brushing over one chart. A finger goes on reading values: it has the buttons.
class Brush {
  constructor(chart) {
    this.chart = chart;
    this.node = element("rect.brush", { visibility: "hidden" });
    const { svg } = chart;
    svg.append(this.node);
    svg.addEventListener("pointerdown", (event) => this.begin(event));
    svg.addEventListener("pointermove", (event) => this.from !== undefined && this.draw(event));
    svg.addEventListener("pointerup", (event) => this.end(event));
    svg.addEventListener("pointercancel", () => this.leave());
    svg.addEventListener("dblclick", () => chart.panel.zoom(null));
  }

  begin(event) {
    if (event.button || event.pointerType === "touch" || !this.chart.box) return;
    this.chart.svg.setPointerCapture(event.pointerId);
    this.from = this.chart.pixel(event);
  }

  draw(event) {
    const { box } = this.chart;
    const to = this.chart.pixel(event);
    const far = Math.abs(to - this.from) >= BRUSHED_PX;
    setAttributes(this.node, { x: Math.min(this.from, to), width: Math.abs(to - this.from), y: box.top, height: box.bottom - box.top, visibility: far ? "inherit" : "hidden" });
  }

  end(event) {
    const { from, chart } = this;
    if (from === undefined) return;
    this.leave();
    const to = chart.pixel(event);
    if (Math.abs(to - from) < BRUSHED_PX) return;
    const ends = [from, to].map((pixel) => chart.place(pixel)).sort((a, b) => a - b);
    if (ends[1] - ends[0] >= LEAST_PART) chart.panel.zoom(ends);
  }

  leave() {
    this.from = undefined;
    this.node.setAttribute("visibility", "hidden");
  }
}
