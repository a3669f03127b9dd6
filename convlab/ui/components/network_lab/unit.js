// One unit: what it can see of the picture, and where it lies in its map.

class UnitPart {
  constructor(lab) {
    this.lab = lab;
    const { labels } = lab;
    const stage = (label, point = undefined) => new Stage(label, labels.keys, { steady: true, point, leave: () => lab.show(lab.pinned), key: (event) => lab.key(event) });
    this.picture = new Photograph(labels.picture, labels.keys, {
      point: (row, col) => lab.point(lab.atlas.unitOver(lab.pinned, row, col)), leave: () => lab.show(lab.pinned), key: (event) => lab.key(event),
    }, { onclick: () => lab.pin(lab.cursor) });
    this.map = stage(labels.map, (row, col) => lab.show(lab.atlas.placeAt(lab.pinned, row, col)));
    this.map.cursor.addEventListener("click", () => lab.pin(lab.cursor));
    this.legend = new Legend(labels);
    this.captions = { picture: element("p"), map: element("p") };
    this.pick = element("select", { "aria-label": labels.maps, onchange: () => lab.pin({ ...lab.pinned, channel: Number(this.pick.value) }) });
    this.title = element("h3", {}, labels.map);
    this.remark = element("p.remark");
    const figure = (title, stage, caption) => element("section.picture", {}, title, stage.node, caption);
    this.node = element("section.unit", { "data-part": "unit", "aria-label": labels.unit },
      element("div.inspector", {},
        figure(element("h3", {}, labels.picture), this.picture, this.captions.picture),
        figure(element("div.of-map", {}, this.title, this.pick), this.map, this.captions.map)),
      this.remark, this.legend.node);
  }

  // What is shown is of values before these.
  forget() {
    this.shown = null;
  }

  // Another network, picture or weights.
  load() {
    this.forget();
    this.picture.load(new Uint8ClampedArray(this.lab.data.bytes("picture")), this.lab.atlas.layers);
  }

  show(place, seen) {
    const { atlas, labels } = this.lab;
    const identity = `${place.layer}|${place.channel}`;
    writeInto(this.captions.map, `${seen.name}: ${valueText(seen.value)}`);
    const hatched = this.picture.margin.some(Boolean) ? ` ${labels.field_hatched}` : "";
    writeInto(this.captions.picture, `${seen.field.words}${hatched}`);
    if (identity !== this.shown) this.showMap(place, identity);
    this.map.drawCursor((context, stage) => stage.box(context, ...atlas.cellOf(place), 1, 1));
    this.picture.show(seen.fields, seen.fields.map(({ layer, box }) => `${atlas.layers[layer].title} ${box[2]}\u00d7${box[3]}`).join(", "));
  }

  showMap(place, identity) {
    this.shown = identity;
    const { atlas, labels } = this.lab;
    const layer = atlas.layers[place.layer];
    const known = atlas.knows(place.layer);
    if (known) this.legend.show(atlas.scales[place.layer](place.channel));
    const flat = ["dropped", "dead", "constant"].find((name) => layer[name].includes(place.channel));
    this.remark.textContent = flat ? labels[flat] : "";
    this.legend.node.hidden = flat === "dropped" || flat === "dead" || !known;
    this.showChoice(place);
    this.map.show(...atlas.stageSize(place.layer), atlas.colours(place));
  }

  // The list of maps is kept while the layer is the same, so that it keeps the focus.
  showChoice({ layer, channel }) {
    const { atlas, labels } = this.lab;
    const count = atlas.flat(layer) ? 0 : atlas.layers[layer].shape[0];
    if (this.pick.options.length !== count) {
      this.pick.replaceChildren(...Array.from({ length: count }, (_, n) => element("option", { value: n }, fill(labels.channel, { n }))));
    }
    this.pick.hidden = !count;
    if (count) this.pick.value = String(channel);
  }
}
