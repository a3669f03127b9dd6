// What the network says of the picture: each class with its probability, a bar and its logit.

// Of a score: in which map it was found, where, and what the next value there is. Any other verdict has the same words always.
function scoreWords({ words, score }, atlas) {
  if (!score) return words;
  const values = atlas.values[score.layer];
  const [most, next] = values.toSorted((a, b) => b - a);
  const at = values.indexOf(most);
  const cols = atlas.sizes[score.layer][1];
  return fill(score.words, { row: Math.floor(at / cols), column: at % cols, value: brief(next) });
}

const FEW = 3; // of more classes each takes one line

class Verdict {
  constructor(lab) {
    this.lab = lab;
    this.list = element("div.classes");
    this.words = element("p.quiet");
    this.node = element("section.verdict", { "data-part": "verdict", "aria-label": lab.labels.verdict }, element("h3", {}, lab.labels.verdict), this.words, this.list);
    this.rows = []; // [entry, its node]
  }

  // told: {words, rows: [{channel, name, p, logit}], others: [count, p] or null}; p is null for a score.
  update(told) {
    const { labels } = this.lab;
    const identity = JSON.stringify(told);
    if (identity === this.identity) return; // the row that was pressed keeps the focus
    this.identity = identity;
    const many = told.rows.length > FEW;
    this.words.textContent = inARow(told.words, many && labels.many);
    this.list.classList.toggle("many", many);
    const most = Math.max(...told.rows.map(({ p }) => p));
    this.likeliest = told.rows.find(({ p }) => p === most)?.channel; // a score has none
    this.rows = told.rows.map((row) => [row.channel, this.row(row, row.p === most, many)]);
    const others = told.others ? [element("p.quiet", {}, fill(labels.others, { count: told.others[0], p: told.others[1].toFixed(3) }))] : [];
    this.list.replaceChildren(...this.rows.map(([, node]) => node), ...others);
  }

  row({ channel, name, p, logit }, first, many) {
    const { labels } = this.lab;
    const act = () => this.lab.pin({ layer: this.lab.atlas.last, channel, row: 0, col: 0 });
    const said = p === null ? [element("span.p.numbers", {}, brief(logit))] : [ // a score has no share
      element("span.p.numbers", {}, p.toFixed(3)), " ", element("span.share", { style: `--share:${100 * p}%` }),
      element("span.logit.numbers", {}, many ? brief(logit) : fill(labels.logit, { value: brief(logit) })),
    ];
    const node = element("button.class", { type: "button", onclick: act, title: name }, element("span.who", {}, name), " ", ...said);
    node.classList.toggle("first", first);
    return node;
  }
}
