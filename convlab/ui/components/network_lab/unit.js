// One unit taken apart, as Python worked it out: terms, their sum, what follows.

class UnitDetail {
  constructor(labels, table) {
    this.labels = labels;
    this.table = table;
    this.node = element("section.unit", { "aria-live": "polite" });
  }

  // detail: {title, terms: [[name, value, note]], steps: [text], remark} or null
  show(detail) {
    if (!detail) {
      this.node.replaceChildren(element("p.quiet", {}, this.labels.choose_unit));
      return;
    }
    const largest = Math.max(...detail.terms.map(([, value]) => Math.abs(value))) || 1;
    const rows = detail.terms.map(([name, value, note]) => {
      const colour = colourAt(this.table, 0.5 + value / largest / 2);
      const bar = element("span.bar", { style: `--share:${(50 * Math.abs(value)) / largest}%; --colour:rgb(${colour})` });
      bar.classList.toggle("negative", value < 0);
      return element("tr", {}, element("th", { scope: "row" }, name), element("td.numbers", {}, fixed(value, 4)), element("td", {}, bar), element("td", {}, note));
    });
    this.node.replaceChildren(
      element("h3", {}, detail.title),
      element("div.terms", { tabindex: 0, role: "group", "aria-label": detail.title }, element("table", {}, element("tbody", {}, ...rows))),
      ...detail.steps.map((step) => element("p.numbers", {}, step)),
      ...(detail.remark ? [element("p", {}, detail.remark)] : []),
    );
  }
}
