// The open unit keeps its place in the picture when another layer is opened.

class Following {
  // verdict: names the likeliest class.
  constructor(verdict) {
    this.verdict = verdict;
    this.entries = new Map(); // of layers whose units have no place: the one that the learner opened
    this.middle = [null, null]; // of what the open unit can see, as shares of the picture's height and width
    this.map = 0;
  }

  // Which map, and where in the picture the unit lies.
  remember(atlas, place) {
    if (spot(place) === this.placed) return;
    const layer = atlas.layers[place.layer];
    const [map, ...at] = layer.grid ? unravel(place.channel, layer.grid) : [place.channel, place.row, place.col];
    this.map = map;
    if (atlas.flat(place.layer) && !layer.grid) { // its entries have no place
      this.entries.set(place.layer, place.channel);
      return;
    }
    middleOf(layer, at).forEach((middle, axis) => {
      if (middle !== null) this.middle[axis] = middle / atlas.sizes[0][axis];
    });
  }

  // Another network, picture or weights.
  forget() {
    this.entries.clear();
  }

  // Of entries without a place the one that was opened here, or the likeliest class.
  entryOn(atlas, index) {
    const likeliest = index === atlas.last ? this.verdict.likeliest : undefined;
    return this.entries.get(index) ?? likeliest ?? Math.min(this.map, atlas.layers[index].shape[0] - 1);
  }

  // Where that is, in pixels of the picture; null where nothing has said so yet.
  pixels(atlas) {
    return this.middle.map((share, axis) => share === null ? null : share * atlas.sizes[0][axis]);
  }

  // The unit of another layer that lies there, which is opened now.
  placeOn(atlas, index) {
    const place = this.unitOn(atlas, index);
    this.placed = spot(place); // back again, it is the same unit
    return place;
  }

  unitOn(atlas, index) {
    const layer = atlas.layers[index];
    if (atlas.flat(index) && !layer.grid) return { layer: index, channel: this.entryOn(atlas, index), row: 0, col: 0 };
    const [channels, ...counts] = layer.grid ?? [layer.shape[0], ...atlas.sizes[index]];
    const [row, col] = unitNear(layer, this.pixels(atlas), counts);
    const channel = Math.min(this.map, channels - 1);
    if (layer.grid) return { layer: index, channel: (channel * counts[0] + row) * counts[1] + col, row: 0, col: 0 };
    return { layer: index, channel, row, col };
  }
}
