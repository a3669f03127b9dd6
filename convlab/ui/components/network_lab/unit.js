// One unit taken apart, as Python worked it out: terms, their sum, what follows.

// detail: {title, terms: [[name, value, note]], steps: [text], remark} or null
function unitDetail(labels, detail, table) {
  if (!detail) return [element("p.quiet", {}, labels.choose_unit)];
  const largest = Math.max(...detail.terms.map(([, value]) => Math.abs(value))) || 1;
  const rows = detail.terms.map(([name, value, note]) => {
    const colour = colourAt(table, 0.5 + value / largest / 2);
    const style = `--share:${(50 * Math.abs(value)) / largest}%; --colour:rgb(${colour})`;
    const bar = element(value < 0 ? "span.bar.negative" : "span.bar", { style });
    return element("tr", {}, element("th", { scope: "row" }, name), element("td.numbers", {}, fixed(value, 4)), element("td", {}, bar), element("td", {}, note));
  });
  return [
    element("h3", {}, detail.title),
    element("div.terms", { tabindex: 0, role: "group", "aria-label": detail.title }, element("table", {}, element("tbody", {}, ...rows))),
    ...detail.steps.map((step) => element("p.numbers", {}, step)),
    ...(detail.remark ? [element("p", {}, detail.remark)] : []),
  ];
}
