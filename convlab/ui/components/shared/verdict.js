// What a network says of a picture: its answer, and for each class a bar, the probability and the logit.

const percent = (share) => `${fixed(100 * share, share > 0.9995 || share < 0.0005 ? 2 : 1)} %`;

function verdictOf(labels, { title, classes, logits, probabilities }) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const row = (name, n) =>
    element(`tr${n === best ? ".best" : ""}`, {},
      element("th", { scope: "row" }, name),
      element("td.share", {}, element("span.bar", { style: `--share: ${(100 * probabilities[n]).toFixed(2)}%` })),
      element("td.numbers", {}, fixed(probabilities[n], 4)),
      element("td.numbers", {}, fixed(logits[n], 3)));
  const head = [labels.class, "", labels.probability, labels.logit].map((text) => element(text ? "th" : "td", text ? { scope: "col" } : {}, text));
  return element("section.verdict", { "aria-label": title },
    element("p.who.quiet", {}, title),
    element("p.answer", {}, element("strong", {}, classes[best]), element("span.numbers", {}, percent(probabilities[best]))),
    element("div.classes", {}, element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...classes.map(row)))));
}
