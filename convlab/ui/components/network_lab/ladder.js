// A convolution unfolded: for each map that the open one reads a rung of the ladder, with that map, its kernel, what they make
// of each other, and the sum up to here; then the bias, the map itself, and the layer that takes it value by value.

const FEW_RUNGS = 4; // lie across, and are larger

class Ladder {
  constructor(lab, sums) {
    this.lab = lab;
    this.sums = sums;
    this.rungs = [];
    this.grid = element("div.rungs", { tabindex: 0, role: "group", "aria-label": lab.labels.rungs });
    this.bias = element("p.bias");
    const follow = following(lab, (row, col) => this.unitAt(row, col));
    this.map = new MapTile(["here"], follow);
    this.after = new MapTile(["here"], follow);
    this.values = { map: element("p.numbers"), after: element("p.numbers") };
    this.names = { map: element("p.rung-name"), after: button("", () => this.goOn(), { class: "rung-name" }) };
    this.behind = element("div.behind", {}, this.names.after, this.after.node, this.values.after);
    this.node = element("div.ladder", {}, this.grid, element("div.result", {},
      this.bias, element("div.behind", {}, this.names.map, this.map.node, this.values.map), this.behind));
  }

  // What Python has unfolded, or null.
  hear(ladder, data) {
    const { atlas } = this.lab;
    const whole = ladder && [ladder.layer, ladder.source].every((layer) => atlas.knows(layer));
    const after = whole ? atlas.layers[ladder.layer].after : null;
    this.told = whole ? { ...ladder, after: after !== null && atlas.knows(after) ? after : null } : null;
    if (!whole) return;
    this.kernels = data.floats("kernels").slice();
    this.partial = data.floats("partial").slice();
    this.size = this.lab.atlas.sizes[ladder.layer];
    const [rows, cols] = this.size;
    this.count = ladder.maps.length + (ladder.others ? 1 : 0);
    this.running = summedUp(this.partial, rows * cols);
    const identity = `${data.values.identity}|${ladder.layer}|${ladder.channel}|${ladder.maps}`;
    if (identity === this.drawn) return;
    this.drawn = identity;
    this.draw();
    this.renew();
  }

  fits(place) {
    return Boolean(this.told) && this.told.layer === place.layer && this.told.channel === place.channel;
  }

  unitAt(row, col) {
    return { ...this.open, row, col };
  }

  // The unit whose window is centred nearest to a place of a map that is read.
  unitOver(row, col) {
    const [at, across] = unitOver(this.lab.data.layers[this.told.layer].window, [row, col], this.size);
    return this.unitAt(at, across);
  }

  get open() {
    return { layer: this.told.layer, channel: this.told.channel };
  }

  goOn() {
    const { row, col } = this.lab.pinned;
    this.lab.pin({ layer: this.told.after, channel: this.told.channel, row, col });
  }

  // Open a map that is read, at the place where the open unit reads it.
  goBack(n) {
    const { layer, source, maps } = this.told;
    const size = this.lab.atlas.sizes[source];
    const box = windowOf(this.lab.data.layers[layer].window, [this.lab.pinned.row, this.lab.pinned.col], size);
    const [row, col] = size.map((length, axis) => clamp(Math.floor(box[axis] + box[2 + axis] / 2), 0, length - 1));
    this.lab.pin({ layer: source, channel: maps[n], row, col });
  }

  build() {
    const { lab, told: { maps, others } } = this;
    const { labels } = lab;
    const identity = `${maps.length},${Boolean(others)}`;
    if (identity === this.built) return;
    this.built = identity;
    const read = following(lab, (row, col) => this.unitOver(row, col));
    const made = following(lab, (row, col) => this.unitAt(row, col));
    this.rungs = Array.from({ length: this.count }, (_, n) => {
      const rest = n === maps.length;
      return {
        name: rest ? element("span.rung-name") : button("", () => this.goBack(n), { class: "rung-name" }),
        input: rest ? null : new MapTile(["read", "won"], read), kernel: rest ? null : this.kernelTile(n),
        partial: new MapTile(["here"], made), share: element("span.at.numbers"),
        running: new MapTile(["here"], made), sum: element("span.at.numbers"),
      };
    });
    const heads = ["", "rung_input", "rung_kernel", "rung_partial", "", "rung_sum", ""];
    this.heads = heads.map((name) => element("span.head", {}, name ? labels[name] : ""));
    const cells = ({ name, input, kernel, partial, share, running, sum }) => [
      name, input?.node ?? element("span"), kernel?.node ?? element("span"), partial.node, share, running.node, sum,
    ];
    this.grid.replaceChildren(...this.heads, ...this.rungs.flatMap(cells));
    this.node.classList.toggle("few", this.count <= FEW_RUNGS);
    this.node.style.setProperty("--rungs", String(this.count));
  }

  // A kernel, which is edited beside the ladder once it is chosen.
  kernelTile(n) {
    const canvas = element("canvas");
    const node = element("div.tile.kernel", {
      onclick: () => this.lab.editing.open(this.input(n)), onpointermove: (event) => this.pointTap(n, event, node), onpointerleave: () => this.pointTap(n, null, node),
    }, canvas);
    return { canvas, node };
  }

  // A weight under the pointer: the one value that it meets is ringed, and their product told.
  pointTap(n, event, node) {
    const { lab, told, lab: { atlas } } = this;
    const { input } = this.rungs[n];
    const size = atlas.sizes[told.source];
    if (!event || !this.fits(lab.cursor)) {
      markCells(input.node, "won", null, size);
      if (this.fits(lab.cursor)) lab.sum.say(this.line(lab.cursor));
      return;
    }
    const box = node.getBoundingClientRect();
    const [i, j] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((share, axis) => clamp(Math.floor(share * told.kernel[axis]), 0, told.kernel[axis] - 1));
    const { window, kind } = atlas.layers[told.layer];
    const [row, col] = [[lab.cursor.row, i], [lab.cursor.col, j]].map(([at, tap], axis) => tapsOf(window, axis, at, size[axis], told.mode).at(kind === "Conv2d" ? tap : -1 - tap)); // a transposed one reads backwards
    const ghost = row < 0 || col < 0;
    const value = ghost ? 0 : this.sums.value({ layer: told.source, channel: told.maps[n], row, col });
    const weight = this.kernels[(n * told.kernel[0] + i) * told.kernel[1] + j];
    markCells(input.node, "won", ghost ? null : [row, col, 1, 1], size);
    const words = { n: told.maps[n], value: fixed(value, 4), weight: fixed(weight, 4), product: fixed(value * weight, 4) };
    lab.sum.say(fill(ghost ? lab.labels.tap_ghost : lab.labels.tap, words));
  }

  // Of a rung's map, counted from the first that is read.
  input(n) {
    return this.told.maps[n] - this.told.first;
  }

  // The kernels as the learner has them now: where one has changed, what it makes of its map is worked out here, until Python
  // has told it.
  renew() {
    const { lab, lab: { editing }, told, size: [rows, cols] } = this;
    if (!told || !editing.isOpen || editing.shown.channel !== told.channel) return;
    const [kh, kw] = told.kernel;
    if (this.chosen !== undefined && this.chosen !== editing.chosen) this.bringIntoView(this.rungs[told.maps.indexOf(told.first + editing.chosen)]?.kernel.node);
    this.chosen = editing.chosen;
    let moved = false;
    told.maps.forEach((_, n) => {
      const { node } = this.rungs[n].kernel;
      const chosen = editing.chosen === this.input(n);
      node.classList.toggle("chosen", chosen);
      node.classList.toggle("edited", editing.isEdited(this.input(n)));
      const weights = editing.kernel(this.input(n)).flat();
      if (weights.every((weight, at) => weight === this.kernels[n * kh * kw + at])) return;
      moved = true;
      this.kernels.set(weights, n * kh * kw);
      this.partial.set(convolved(lab.atlas, told, told.maps[n], weights), n * rows * cols);
    });
    if (!moved && this.weightEnd === this.painted) return;
    this.running = summedUp(this.partial, rows * cols);
    this.draw();
  }

  // Sideways, within the ladder: the page stays.
  bringIntoView(node) {
    if (!node) return; // one of the others
    const [item, frame, head] = [node, this.grid, this.heads[0]].map((one) => one.getBoundingClientRect());
    const zoom = zoomOf(this.grid);
    if (item.left < head.right) this.grid.scrollLeft -= (head.right - item.left) / zoom;
    else if (item.right > frame.right) this.grid.scrollLeft += (item.right - frame.right) / zoom;
  }

  // Where the colours of the weights end: as in the cells, while one drags too.
  get weightEnd() {
    const { lab: { editing }, told } = this;
    const same = editing.isOpen && editing.shown.channel === told.channel && editing.shown.paths[told.layer] === editing.shown.layer;
    return same ? editing.editor.end() : largestIn(this.kernels);
  }

  draw() {
    const { lab, told, size: [rows, cols] } = this;
    const { labels, tables } = lab;
    this.build();
    const cells = rows * cols;
    const [kh, kw] = told.kernel;
    const [part, sum] = [this.partial, this.running].map(largestIn);
    const weight = this.painted = this.weightEnd;
    const scale = (end, table = tables.diverging) => ({ low: -end, high: end, table });
    this.digits = decimalsFor(Math.max(part, sum));
    this.rungs.forEach((rung, n) => {
      const of = (values, end) => colourise(values.subarray(n * cells, (n + 1) * cells), scale(end));
      rung.partial.show(rows, cols, of(this.partial, part));
      rung.running.show(rows, cols, of(this.running, sum));
      if (!rung.input) return;
      const map = { layer: told.source, channel: told.maps[n] };
      rung.name.textContent = fill(labels.channel, { n: map.channel });
      markCells(rung.input.node, "won", null, [1, 1]);
      rung.input.show(...lab.atlas.sizes[told.source], lab.atlas.colours(map));
      paint(rung.kernel.canvas, colourise(this.kernels.subarray(n * kh * kw, (n + 1) * kh * kw), scale(weight, tables.weights)), kw, kh);
    });
    if (told.others) this.rungs.at(-1).name.textContent = fill(labels.more_terms, { count: told.others });
    for (const [row, name, end] of /** @type {[number, string, number][]} */ ([[2, "rung_kernel", weight], [3, "rung_partial", part], [5, "rung_sum", sum]])) {
      this.heads[row].textContent = `${labels[name]} \u00b1${brief(end, 2)}`;
    }
    this.drawResult();
  }

  drawResult() {
    const { lab, told, size } = this;
    this.bias.textContent = `${told.bias < 0 ? MINUS : "+"} ${lab.labels.bias} ${fixed(Math.abs(told.bias), this.digits)}`;
    for (const [name, layer] of /** @type {[string, number][]} */ ([["map", told.layer], ["after", told.after]])) {
      if (layer === null) continue;
      this[name].show(...size, lab.atlas.colours({ layer, channel: told.channel }));
      this.names[name].textContent = name === "map" ? `= ${fill(lab.labels.channel, { n: told.channel })}` : `\u2192 ${lab.data.layers[layer].title}`;
    }
    this.behind.hidden = told.after === null;
  }

  // Mark a unit in all of it.
  point({ row, col }) {
    const { lab, told, size, digits } = this;
    markCells(this.node, "here", [row, col, 1, 1], size);
    markCells(this.node, "read", windowOf(lab.data.layers[told.layer].window, [row, col], lab.atlas.sizes[told.source]), lab.atlas.sizes[told.source]);
    const at = row * size[1] + col;
    this.rungs.forEach((rung, n) => {
      rung.share.textContent = fixed(this.partial[n * size[0] * size[1] + at], digits);
      rung.sum.textContent = fixed(this.running[n * size[0] * size[1] + at], digits);
    });
    const value = (layer) => fixed(this.sums.value({ layer, channel: told.channel, row, col }), digits);
    this.values.map.textContent = value(told.layer);
    if (told.after !== null) this.values.after.textContent = value(told.after);
  }

  // What each map that is read adds to a unit.
  terms({ row, col }) {
    const { told: { maps, source }, size } = this;
    return maps.map((channel, n) => ({ layer: source, channel, value: this.partial[(n * size[0] + row) * size[1] + col] }));
  }

  // One line: the strongest terms of a unit, the bias, the value.
  line({ row, col }) {
    const { lab, told, size } = this;
    const terms = this.terms({ row, col });
    const rest = told.others ? this.partial[(terms.length * size[0] + row) * size[1] + col] : 0;
    return equation(lab.labels, terms, { count: told.others, value: rest }, told.bias, this.sums.value({ ...this.open, row, col }));
  }
}

const LINED_TERMS = 3; // that the line names

// terms: {channel, value}; others: how many more there are, and their sum.
function equation(labels, terms, others, bias, value) {
  const sorted = [...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const named = others.count || terms.length > LINED_TERMS + 1 ? sorted.slice(0, LINED_TERMS) : terms;
  const count = others.count + terms.length - named.length;
  const rest = others.value + totalOf(terms.filter((term) => !named.includes(term)));
  const parts = [
    ...named.map((term) => ({ value: term.value, name: fill(labels.channel, { n: term.channel }) })),
    ...(count ? [{ value: rest, name: fill(labels.more_terms, { count }) }] : []),
    { value: bias, name: labels.bias },
  ];
  const signed = (part, n) => (n ? ` ${part.value < 0 ? MINUS : "+"} ` : part.value < 0 ? MINUS : "") + fixed(Math.abs(part.value), 4);
  const shown = parts.reduce((sum, part) => sum + Number(part.value.toFixed(4)), 0);
  return `${parts.map((part, n) => `${signed(part, n)} (${part.name})`).join("")} ${sameOr(shown, value)}`;
}

// Each map added to those before it, float32 [maps, cells]; sums are kept in float64.
function summedUp(partial, cells) {
  const sums = new Float64Array(cells);
  return Float32Array.from(partial, (value, n) => (sums[n % cells] += value));
}

const largestIn = (values) => Math.max(...ends(values).map(Math.abs)) || 1;

// So that three digits of the largest are seen, and a number fits under its tile.
const decimalsFor = (largest) => (largest >= 100 ? 0 : largest >= 10 ? 1 : largest >= 1 ? 2 : largest >= 0.1 ? 3 : 4);
