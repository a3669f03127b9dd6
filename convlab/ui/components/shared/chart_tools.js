// What every chart offers beside its lines: to smooth them, and to save them as a picture or as numbers.

const MOST_SMOOTHING = 0.95;
const SCREEN_TO_PRINT = 2; // pixels of a saved picture to those of the page
const QUOTE = "\x22";
const MARGIN_PX = 14; // of a saved picture
const ROW_PX = 22; // of its title and of each row of its legend
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "paint-order", "font-size", "font-family", "text-anchor"];

// Each value a mean of those up to it, the nearer the heavier; the first ones weigh no more than others. What is not finite
// stays what it is, and has no part in the mean.
function smoothed(points, width, weight) {
  if (!weight) return points;
  const found = points.slice();
  for (let j = 1; j < width; j++) {
    let [sum, share] = [0, 0];
    for (let i = j; i < points.length; i += width) {
      if (!Number.isFinite(points[i])) continue;
      [sum, share] = [weight * sum + (1 - weight) * points[i], weight * share + 1 - weight];
      found[i] = sum / share;
    }
  }
  return found;
}

// A cell of a CSV file: quoted where it must be, and never a formula of a spreadsheet.
function csvCell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `\u0027${value}` : value;
  return /[\x22,\r\n]/.test(text) ? QUOTE + text.replaceAll(QUOTE, QUOTE + QUOTE) + QUOTE : text;
}

// The numbers of a chart, a row for each place on its horizontal axis; a band has two columns, a height the same in each row.
function csvOf(spec, series, across) {
  const [head, columns, places] = [[across], [], new Set()];
  series.forEach(({ name, style, points, width, colour }, n) => {
    const next = series[n + 1];
    const whose = width > 2 && !name && next?.colour === colour ? next.name : name; // an interval is its line's
    if (width > 2 && !whose) return; // what lies between two lines
    const title = whose || `${spec.title} ${n + 1}`;
    const times = style === "told" && spec.kind === "percent" ? 100 : 1; // points, as its name says
    const level = style.startsWith("level");
    for (let j = 1; j < width; j++) {
      const values = new Map();
      for (let i = 0; i < points.length; i += width) values.set(points[i], times * points[i + j]);
      head.push(width > 2 ? `${title} ${j === 1 ? "\u2193" : "\u2191"}` : title);
      columns.push(level ? () => points[1] : (x) => values.get(x));
    }
    if (!level) for (let i = 0; i < points.length; i += width) places.add(points[i]);
  });
  const { exponent } = spec;
  const stands = (x) => (typeof exponent === "number" ? 10 ** (exponent + x) : x);
  const rows = [...places].sort((a, b) => a - b).map((x) => [stands(x), ...columns.map((value) => value(x) ?? "")]);
  return [head, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

// A copy of what is drawn that looks the same without the page's style sheets; what is hidden is left out.
function inked(node) {
  const look = getComputedStyle(node);
  const copy = node.cloneNode(false);
  for (const name of ["class", "style", "tabindex", "role"]) copy.removeAttribute(name);
  for (const name of LOOKS) copy.setAttribute(name, look.getPropertyValue(name));
  for (const child of node.childNodes) {
    if (child.nodeType === TEXT_NODE) copy.append(printable(child.textContent));
    else if (getComputedStyle(child).visibility !== "hidden") copy.append(inked(child));
  }
  return copy;
}

// Without characters that no XML may hold.
const printable = (text) => [...text].filter((letter) => letter >= " " && !/[\uD800-\uDFFF\uFFFE\uFFFF]/.test(letter.length > 1 ? "" : letter)).join("");

// Of a saved file: whose chart it is stands in it, as far as every system can have it in a name.
function fileName(whose, key, kind) {
  const safe = (whose ?? "").normalize("NFKC").replace(/[^\p{L}\p{N}.]+/gu, "-").slice(0, 60).replace(/^[-.]+|[-.]+$/g, "");
  return `${["convlab", safe, key].filter(Boolean).join("-")}.${kind}`;
}

class ChartTools {
  constructor(chart) {
    const { labels } = chart.panel;
    this.chart = chart;
    this.weight = 0;
    const chosen = () => {
      this.weight = Number(this.range.value);
      chart.remember();
      chart.draw();
    };
    this.range = element("input", { type: "range", min: 0, max: MOST_SMOOTHING, step: 0.05, value: 0, oninput: chosen });
    this.smoothing = element("label.smoothing", {}, labels.smooth, this.range);
    const kinds = { PNG: () => this.savePicture(), SVG: () => this.save("svg", "image/svg+xml", this.svg().text), CSV: () => this.save("csv", "text/csv", this.csv()) };
    this.kinds = Object.entries(kinds).map(([kind, save]) => button(kind, () => this.done(save)));
    const close = (event) => event.key === "Escape" && this.done();
    this.menu = element("details.saving", { onkeydown: close }, element("summary", {}, labels.save), element("div", {}, ...this.kinds));
    this.node = element("div.tools", {}, chart.scale, this.smoothing, this.menu);
  }

  show(spec) {
    const { labels } = this.chart.panel;
    this.smoothing.hidden = !spec.turns;
    this.range.setAttribute("aria-label", `${labels.smooth}: ${spec.title}`);
    for (const one of this.kinds) one.setAttribute("aria-label", fill(labels.save_as, { kind: one.textContent, title: spec.title }));
    this.kinds[2].title = spec.about_numbers;
  }

  smooth(weight) {
    this.range.value = String(weight);
    this.weight = Number(this.range.value); // as the slider takes it
  }

  done(save) {
    save?.();
    this.menu.open = false;
    this.menu.firstChild.focus();
  }

  csv() {
    return csvOf(this.chart.spec, this.chart.given, this.chart.panel.labels.across);
  }

  save(kind, type, content) {
    download(fileName(this.chart.spec.whose, this.chart.key, kind), content instanceof Blob ? content : new Blob([content], { type }));
  }

  // The chart with its title above and its legend below: {text, width, height}.
  svg() {
    const { svg, title, unit, lines, given: series, node } = this.chart;
    const [wide, high] = [svg.clientWidth, svg.clientHeight];
    const look = getComputedStyle(node);
    const ground = getComputedStyle(node).getPropertyValue("--st-background-color") || "#fff";
    const words = (text, x, y, more = {}) => element("text", { x, y, fill: look.color, "font-size": 13, "font-family": look.fontFamily, ...more }, printable(text));
    const { spec, panel, box } = this.chart;
    const [name, measures] = [[spec.whose, title.textContent].filter(Boolean).join(" \u00b7 "), unit.textContent];
    const heads = measures && LETTER_PX * (name.length + measures.length + 3) > wide ? [name, measures] : [[name, measures].filter(Boolean).join(" \u00b7 ")];
    const parts = heads.map((head, n) => words(head, MARGIN_PX, MARGIN_PX + 12 + n * ROW_PX, { "font-weight": n ? 400 : 600 }));
    const top = MARGIN_PX + heads.length * ROW_PX;
    parts.push(words(panel.labels.across, MARGIN_PX + (box.left + box.right) / 2, top + high + 10, { "text-anchor": "middle" }));
    const plot = element("g", { transform: `translate(${MARGIN_PX} ${top})` }, ...[...svg.children].map(inked));
    let [x, y] = [MARGIN_PX, top + high + 10 + ROW_PX];
    lines.forEach(({ entry }, n) => {
      if (entry.hidden || !series[n].name) return;
      const needs = 44 + LETTER_PX * series[n].name.length;
      if (x > MARGIN_PX && x + needs > wide) [x, y] = [MARGIN_PX, y + ROW_PX];
      parts.push(element("g", { transform: `translate(${x} ${y - 10})` }, inked(entry.querySelector("path"))), words(series[n].name, x + 36, y));
      x += needs;
    });
    const [width, height] = [wide + 2 * MARGIN_PX, y + MARGIN_PX];
    const whole = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
    whole.append(element("path", { d: `M0 0H${width}V${height}H0Z`, fill: ground }), plot, ...parts);
    return { text: new XMLSerializer().serializeToString(whole), width, height };
  }

  savePicture() {
    const { text, width, height } = this.svg();
    const picture = new Image();
    picture.onload = () => {
      const canvas = element("canvas");
      const context = sized(canvas, width * SCREEN_TO_PRINT, height * SCREEN_TO_PRINT);
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => this.save("png", "image/png", blob));
    };
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }
}
