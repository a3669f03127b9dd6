// Any other unit taken apart: the maps that it reads, marked, beside its own, and the terms that make its value.

class Apart {
  constructor(lab, sums) {
    this.lab = lab;
    this.sums = sums;
    this.sources = []; // tiles
    this.pictures = element("div.pictures");
    this.own = { name: element("p.rung-name"), tile: new MapTile(["here"], following(lab, (row, col) => lab.atlas.placeAt(lab.cursor, row, col))), value: element("p.numbers") };
    this.terms = element("div.terms", { tabindex: 0, role: "group" });
    this.words = element("div.words");
    this.node = element("div.apart", {}, this.pictures, element("div.told", {}, this.terms, this.words));
  }

  // told: {title, terms, steps, remark}; parts: where each term lies, or null where that is not known here.
  show(at, told, parts) {
    const { lab } = this;
    this.showPictures(at, parts);
    const largest = Math.max(...told.terms.map(([, value]) => Math.abs(value))) || 1;
    const rows = told.terms.map(([name, value, note]) => {
      const style = `--share:${(50 * Math.abs(value)) / largest}%; --colour:rgb(${colourAt(lab.tables.diverging, 0.5 + value / largest / 2)})`;
      const bar = element(value < 0 ? "span.bar.negative" : "span.bar", { style });
      return element("tr", {}, element("th", { scope: "row" }, name), element("td.numbers", {}, fixed(value, 4)), element("td", {}, bar), element("td", {}, note));
    });
    this.terms.setAttribute("aria-label", told.title);
    this.terms.replaceChildren(element("table", {}, element("tbody", {}, ...rows)));
    this.terms.hidden = !rows.length;
    this.words.replaceChildren(...[...told.steps, told.remark].filter(Boolean).map((step) => element("p.numbers", {}, step)));
  }

  // The maps of a pool, an activation, a merge; a sum over many is a table alone.
  showPictures(at, parts) {
    const read = parts && parts.how !== "linear" && parts.how !== "convolution" ? this.reads(at, parts) : [];
    while (this.sources.length < read.length) {
      const over = following(this.lab, (row, col) => this.unitOver(row, col));
      this.sources.push({ name: element("p.rung-name"), tile: new MapTile(["read", "won"], over), value: element("p.numbers") });
    }
    const shown = [...read.map((one, n) => this.showTile(this.sources[n], one)), ...(read.length ? [this.showOwn(at)] : [])];
    if (shown.length !== this.pictures.children.length) this.pictures.replaceChildren(...shown);
    this.pictures.hidden = !shown.length;
  }

  // The unit whose window is centred nearest to a place of a map that is read.
  unitOver(row, col) {
    const { atlas, cursor } = this.lab;
    const { window, sources: [source] } = atlas.layers[cursor.layer];
    const [channels, rows, cols] = atlas.layers[source].shape;
    if (!atlas.flat(cursor.layer)) return window && !window.bins ? { ...cursor, ...rowAndCol(unitOver(window, [row, col], atlas.sizes[cursor.layer])) } : cursor;
    if (atlas.flat(source)) return atlas.placeAt(cursor, row, col);
    const pooled = atlas.layers[cursor.layer].shape[0] === channels; // of each map, one entry
    return pooled ? cursor : { ...cursor, channel: (Math.floor(cursor.channel / (rows * cols)) * rows + row) * cols + col };
  }

  reads(at, parts) {
    const { layers } = this.lab.data;
    const { window } = layers[at.layer];
    const winner = parts.terms.find((term) => term.winner);
    const first = new Map(parts.terms.map((term) => [`${term.layer},${term.channel}`, term]));
    return [...first.values()].map((term) => {
      const size = this.lab.atlas.stageSize(term.layer);
      const pooled = parts.how === "largest" || parts.how === "mean";
      const box = pooled ? (window ? windowOf(window, [at.row, at.col], size) : [0, 0, ...size]) : [...this.lab.atlas.cellOf(term), 1, 1];
      return { term, box, size, won: winner ? [winner.row, winner.col, 1, 1] : null };
    });
  }

  showTile(shown, { term, box, size, won }) {
    const { lab } = this;
    this.paint(shown, term);
    markCells(shown.tile.node, "read", box, size);
    markCells(shown.tile.node, "won", won, size);
    shown.value.textContent = won || box[2] * box[3] === 1 ? brief(won ? this.sums.value({ ...term, row: won[0], col: won[1] }) : term.value) : "\u00a0";
    shown.node ??= element("div.behind", {}, shown.name, shown.tile.node, shown.value);
    return shown.node;
  }

  showOwn(at) {
    this.paint(this.own, at);
    markCells(this.own.tile.node, "here", [...this.lab.atlas.cellOf(at), 1, 1], this.lab.atlas.stageSize(at.layer));
    this.own.value.textContent = brief(this.sums.value(at));
    this.own.node ??= element("div.behind.own", {}, this.own.name, this.own.tile.node, this.own.value);
    return this.own.node;
  }

  paint(shown, at) {
    const { lab } = this;
    const values = lab.atlas.flat(at.layer) ? lab.atlas.values[at.layer] : lab.atlas.mapOf(at);
    if (shown.values?.buffer === values.buffer && shown.values.byteOffset === values.byteOffset) return;
    shown.values = values;
    const { labels, layers } = lab.data;
    const map = lab.atlas.flat(at.layer) ? "" : `, ${fill(labels.channel, { n: at.channel })}`;
    shown.name.textContent = `${layers[at.layer].title}${map}`;
    shown.tile.show(...lab.atlas.stageSize(at.layer), lab.atlas.colours(at));
  }
}

const rowAndCol = (/** @type {number[]} */ [row, col]) => ({ row, col });
