// A confusion matrix: a row for each class, a column for each verdict. A cell with pictures is a button that opens them.

class ConfusionMatrix extends Component {
  constructor(root, data) {
    super(root, data);
    this.table = element("div.sideways", { role: "group", "aria-label": this.labels.matrix });
    this.root.replaceChildren(this.table, element("p.quiet", {}, this.labels.hint));
  }

  update({ classes, counts, open }) {
    const told = JSON.stringify([classes, counts]);
    if (told !== this.told) this.build(classes, counts);
    this.told = told;
    for (const [row, cells] of this.cells.entries()) {
      for (const [column, cell] of cells.entries()) cell.setAttribute("aria-pressed", String(Boolean(open) && open[0] === row && open[1] === column));
    }
    const [row, column] = open ?? [0, 0];
    this.reach(row, column);
  }

  build(classes, counts) {
    const { labels } = this;
    this.cells = counts.map((row, i) => row.map((_, j) => this.cell(classes, row, i, j)));
    const heads = [labels.class, ...classes.map((name) => fill(labels.verdict, { name })), labels.right];
    const line = (row, i) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      const right = total ? `${fixed((100 * row[i]) / total, 1)}%` : "\u2013";
      return element("tr", {}, element("th", { scope: "row" }, classes[i]), ...this.cells[i].map((cell) => element("td", {}, cell)), element("td.numbers", {}, right));
    };
    this.table.replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...counts.map(line))));
  }

  // Of the row's pictures the more, the darker: what is right in one colour, what is wrong in another.
  cell(classes, row, i, j) {
    const count = row[j];
    const total = Math.max(1, row.reduce((sum, one) => sum + one, 0));
    const label = fill(i === j ? this.labels.recognised : this.labels.cell, { name: classes[i], verdict: classes[j], count });
    return button(count.toLocaleString("en"), () => this.send("cell", { row: i, column: j }), {
      class: ["cell", "numbers", i === j ? "right" : "wrong"].join(" "), "aria-label": label, title: label, tabindex: -1, disabled: !count,
      style: `--share: ${Math.round((32 * count) / total)}%`, onkeydown: (event) => this.walk(event, i, j),
    });
  }

  // One cell is a stop of the keyboard.
  reach(row, column) {
    for (const cell of this.cells.flat()) cell.tabIndex = -1;
    const wanted = this.cells[row]?.[column];
    const first = wanted && !wanted.disabled ? wanted : this.cells.flat().find((cell) => !cell.disabled);
    if (first) first.tabIndex = 0;
  }

  // To the next cell with pictures that way.
  walk(event, row, column) {
    const step = ARROWS[event.key];
    if (!step) return;
    taken(event);
    for (let [i, j] = [row + step[0], column + step[1]]; this.cells[i]?.[j]; i += step[0], j += step[1]) {
      if (this.cells[i][j].disabled) continue;
      this.reach(i, j);
      this.cells[i][j].focus();
      return;
    }
  }
}

export default mount(ConfusionMatrix);
