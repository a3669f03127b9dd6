// One row of the sheet: a module, which folds away what is in it, or a tensor with its pictures.

const INDENT_PX = 14;
const BUFFER = "buffer"; // a kind of rows: not learned, so each has a scale of its own
const MARK_SIGNS = { new: "+", gone: "\u2212", changed: "\u2260" };

// A cell's entries, of those of all; null where it has no picture.
const valuesOf = ({ at, shape }, values) => (at < 0 ? null : values.subarray(at, at + shape.reduce((product, length) => product * length, 1)));

class SheetLine {
  constructor(row, depth, sheet) {
    this.row = row;
    this.name = row.name;
    this.pictures = [];
    const { labels } = sheet;
    const names = [element("span.name.numbers", {}, row.shown || row.kind)];
    if (row.module && row.shown) names.push(element("span.kind.quiet", {}, row.kind));
    if (row.shape) names.push(element("span.shape.numbers.quiet", {}, row.shape));
    if (row.kind === BUFFER) names.push(element("span.kind.quiet", {}, row.kind));
    this.named = element("span.named", {}, ...names);
    this.head = element("div.head", { role: "rowheader", style: `--indent:${depth * INDENT_PX}px` }, this.named);
    if (row.module) this.fold = this.folder(sheet);
    this.head.append(element("span.count.numbers", {}, row.count.toLocaleString("en")));
    const mark = row.mark && `${MARK_SIGNS[row.mark]} ${row.note ? "" : labels[row.mark]}`.trim();
    if (mark || row.note) this.head.append(element("span.note", {}, mark ? element("span.sign", row.note ? { "aria-label": labels[row.mark], role: "img" } : {}, mark) : "", row.note));
    this.node = element(`div.line.${row.module ? "module" : "of-tensor"}`, { role: "row", "data-row": row.name, "data-mark": row.mark || null, onpointerenter: () => sheet.over(row) }, this.head);
    if (!row.module) this.fill(sheet);
  }

  folder(sheet) {
    const label = fill(sheet.labels.open, { name: this.row.name || this.row.kind });
    const fold = button("\u25be", () => sheet.fold(this.name), { class: "fold", "aria-expanded": "true", "aria-label": label });
    this.head.prepend(fold);
    return fold;
  }

  fill(sheet) {
    const { row, name } = this;
    this.pictures = row.cells.map((cell, c) => {
      const values = valuesOf(cell, sheet.values);
      const label = fill(sheet.labels.cell, { name, shape: row.shape, column: sheet.columns[c].title });
      const other = cell.shape && values && `[${cell.shape.join(", ")}]` !== row.shape;
      const picture = new TensorPicture(cell, values, label, {
        keys: sheet.labels.keys,
        point: (entry) => sheet.point(this, c, entry), keep: (entry) => sheet.keep(this, c, entry), focused: () => sheet.focused(this, c),
      });
      if (other) picture.node.prepend(element("span.said.numbers.quiet", {}, `[${cell.shape.join(", ")}]`));
      return picture;
    });
    this.node.append(...this.pictures.map(({ node }) => node));
  }

  // The row again, with other values.
  refill(row, values) {
    this.row = row;
    row.cells.forEach((cell, c) => this.pictures[c].refill(valuesOf(cell, values)));
  }

  // The first column that has a picture; -1 for none.
  get first() {
    return this.pictures.findIndex((picture) => picture.values);
  }

  // within: how many rows are in it.
  folded(shut, within) {
    if (!this.fold) return;
    this.fold.hidden = !within;
    this.fold.setAttribute("aria-expanded", String(!shut));
    writeInto(this.fold, shut ? "\u25b8" : "\u25be");
  }

  // The value of an entry in a column, as text; its index says which, as columns may differ in shape.
  said(column, index, labels) {
    const { values, shape, said } = this.pictures[column] ?? {};
    if (!values) return said?.textContent || labels.not_there;
    const entry = entryOf(index, shape);
    return entry < 0 ? labels.not_there : brief(values[entry], 6);
  }
}
