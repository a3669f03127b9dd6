// One tensor in one column: its picture, or what there is to say in place of it.

class TensorPicture {
  // cell: {at, shape, said}; values: its entries, null for none; handlers: keys, point(entry), keep(entry), focused().
  constructor({ shape, said }, values, label, handlers) {
    this.shape = shape;
    this.values = values;
    this.said = element("span.said.numbers.quiet", {}, said);
    this.node = element("div.tensor", { role: "cell" });
    const pointed = (act) => (event) => {
      const entry = this.entryUnder(event);
      if (entry >= 0) act(entry);
    };
    if (!values) {
      this.node.append(this.said);
      return;
    }
    this.canvas = element("canvas.entries", {
      tabindex: -1, role: "application", "aria-label": label, "aria-description": handlers.keys,
      onpointermove: pointed(handlers.point), onpointerdown: pointed(handlers.point), onclick: pointed(handlers.keep),
      onfocus: () => handlers.focused(),
    });
    this.holder = element("div.holder", {}, this.canvas);
    this.own = element("span.own.numbers.quiet");
    this.node.append(this.holder, this.own);
  }

  // Other values in its place; where they are the same, what is drawn stays.
  refill(values) {
    const before = this.values;
    this.values = values;
    if (values?.some((value, n) => !Object.is(value, before[n]))) this.drawn = "";
  }

  // A single number is written, not drawn.
  get written() {
    return this.values?.length === 1;
  }

  // end: of the scale; own: how its end is written where it has a scale of its own.
  // greyZeros: entries that are exactly 0 are not of the scale's middle.
  draw(room, unit, end, table, own, greyZeros) {
    const identity = `${room}/${unit}/${end}`;
    writeInto(this.own, this.written ? brief(this.values[0], 6) : own ? fill(own, { end: brief(end, 3) }) : "");
    if (identity === this.drawn) return;
    this.drawn = identity;
    this.layout = arranged(this.shape, room, unit);
    const { line, rows, cell } = this.layout;
    paint(this.canvas, drawnOut(this.values, this.layout, end, table, greyZeros), line, rows);
    Object.assign(this.holder.style, { width: `${(line * cell) / unit}px`, height: `${(rows * cell) / unit}px` });
  }

  entryUnder(event) {
    const box = this.canvas.getBoundingClientRect();
    const { rows, line } = this.layout;
    return entryAtCell(this.layout, Math.floor(((event.clientY - box.top) / box.height) * rows), Math.floor(((event.clientX - box.left) / box.width) * line));
  }

  // Put a mark on an entry; where this column has none, it is taken away.
  mark(node, entry) {
    if (!this.values || entry < 0) {
      node.remove();
      return;
    }
    const [row, column] = cellOfEntry(this.layout, entry);
    const share = (part, of) => `${(100 * part) / of}%`;
    const { rows, line } = this.layout;
    Object.assign(node.style, { left: share(column, line), top: share(row, rows), width: share(1, line), height: share(1, rows) });
    if (node.parentNode !== this.holder) this.holder.append(node);
  }
}
