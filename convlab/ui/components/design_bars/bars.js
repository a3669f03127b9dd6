// One accuracy of one design on its track: the book's bar behind, the mean as a bar, its interval, a dot for each seed.

class Track {
  constructor(kind) {
    this.book = element("span.book");
    this.bar = element("span.bar");
    this.reach = element("span.reach");
    this.dots = element("span.dots");
    this.node = element(`span.track.${kind}`, { "aria-hidden": "true" }, this.book, this.bar, this.reach, this.dots);
  }

  show({ book, mean, low, high, dots, live }, begin) {
    stretch(this.book, book === null ? null : begin, book, begin);
    stretch(this.bar, mean === null ? null : begin, mean, begin);
    stretch(this.reach, low, high, begin);
    this.node.classList.toggle("growing", !dots.length);
    const places = [...dots.map((value) => [value, "dot"]), ...live.map((value) => [value, "dot.live"])];
    const drawn = JSON.stringify([places, begin]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.dots.replaceChildren(...places.map(([value, look]) => element(`span.${look}`, { style: `left:${placeOf(value, begin)}%` })));
  }
}

// Let a part of a track reach from one value to another; null for none.
function stretch(node, from, to, begin) {
  node.hidden = from === null || to === null;
  if (node.hidden) return;
  const [left, right] = [placeOf(from, begin), placeOf(to, begin)];
  node.style.left = `${left}%`;
  node.style.width = `${right - left}%`;
}

// A design: its name, how far it is, both tracks, and both accuracies in digits.
class DesignRow {
  constructor(labels) {
    this.labels = labels;
    this.name = element("strong.name");
    this.told = element("span.told.quiet");
    this.tracks = { train: new Track("train"), val: new Track("val") };
    this.texts = { train: element("span.text"), val: element("span.text") };
    const said = (kind) => element(`span.said.${kind}`, {}, element("span.visually-hidden", {}, `${labels[kind]}: `), this.texts[kind]);
    this.node = element(
      "div.row", { role: "listitem" },
      element("span.who", {}, this.name, this.told),
      element("span.tracks", {}, this.tracks.train.node, this.tracks.val.node),
      element("span.texts", {}, said("train"), said("val")),
    );
  }

  show(row, begin) {
    writeInto(this.name, row.name);
    writeInto(this.told, row.gap ? `${row.told}, ${fill(this.labels.gap, row)}` : row.told);
    for (const kind of ["train", "val"]) {
      this.tracks[kind].show(row[kind], begin);
      writeInto(this.texts[kind], row[kind].text);
    }
  }
}

// All that is drawn of a row, to choose the axis by.
const valuesOf = (row) => ["train", "val"].flatMap((kind) => {
  const { book, mean, low, dots, live } = row[kind];
  return [book, mean, low, ...dots, ...live].filter((value) => value !== null);
});
