// Which output pixel the lab is about: the one last pointed at, or one that is pinned; while the kernel slides, a pin waits.
// Knows no screen.

// The window that a padded pixel of the input is the middle of; where none is, the nearest of those that read it, or of all.
// maps: [rows, columns], padded -> place in the picture. -> {row, col, centred, fed: [output rows, output columns]}
function windowAround(place, maps, counts, geometry) {
  const [rows, cols] = place.map((at, axis) => nearestWindow(at, maps[axis], geometry.kernel[axis], counts[axis], geometry));
  const fed = rows.fed.length && cols.fed.length ? [rows.fed, cols.fed] : [[], []];
  return { row: rows.at, col: cols.at, centred: rows.centred && cols.centred, fed };
}

function nearestWindow(at, map, kernel, count, { stride, dilation }) {
  const away = (n) => Math.abs(n * stride + (dilation * (kernel - 1)) / 2 - at);
  const fed = map[at] < 0 ? [] : reached(map, map[at], kernel, count, { stride, dilation });
  const around = fed.length ? fed : Array.from({ length: count }, (_, n) => n);
  const nearest = around.reduce((best, n) => (away(n) < away(best) ? n : best));
  return { at: nearest, centred: away(nearest) <= 0.5, fed };
}

class Spot {
  constructor() {
    this.cursor = undefined; // an output pixel, {row, col}
    this.place = [0.5, 0.5]; // where it lies in the picture, as ``placeOf`` says it
    this.pinned = false;
    this.waiting = null; // a pinned pixel, while the kernel slides
    this.over = null; // where one points: {side: "in" | "out", row, col, target}; its target is an output pixel
  }

  // The output has another size: the cursor stays at its place of the picture. geometry: as ``nearestTo`` takes it.
  settle(counts, geometry) {
    const windows = JSON.stringify([geometry, counts]);
    if (windows === this.windows) return;
    this.windows = windows;
    if (this.waiting) this.waiting = nearestTo(placeOf(this.waiting, this.geometry), geometry, counts);
    this.geometry = geometry;
    this.over = null;
    if (this.cursor) this.cursor = nearestTo(this.place, geometry, counts);
    else this.go({ row: counts[0] >> 1, col: counts[1] >> 1 });
  }

  go({ row, col }) {
    if (row === this.cursor?.row && col === this.cursor?.col) return;
    this.cursor = { row, col };
    this.place = placeOf(this.cursor, this.geometry);
  }

  // Where the kernel slides.
  slide(pixel) {
    if (this.pinned) this.waiting = this.cursor;
    this.pinned = false;
    this.over = null;
    this.go(pixel);
  }

  // It slides no longer: a pin that has waited is taken up again. -> whether there was one
  resume() {
    const { waiting } = this;
    if (waiting) this.hold(waiting);
    return waiting !== null;
  }

  // What Python says of the pin. playing: it waits; so it does where it has waited for a while.
  hear(pixel, playing) {
    const waits = this.waiting && pixel?.row === this.waiting.row && pixel.col === this.waiting.col;
    if (playing) this.waiting = pixel;
    else if (!waits) this.hold(pixel);
  }

  // The pixel that is pinned, or waits; null for none.
  get pin() {
    return this.pinned ? this.cursor : this.waiting;
  }

  point(over) {
    this.over = over;
    if (!this.pinned) this.go(over.target);
  }

  leave(side) {
    if (this.over?.side === side) this.over = null;
  }

  // Pin what one points at, else the cursor; where that is pinned already, free it.
  toggle() {
    const { row, col } = this.over?.target ?? this.cursor;
    if (this.pinned && row === this.cursor.row && col === this.cursor.col) this.free();
    else {
      this.go({ row, col });
      this.pinned = true;
    }
  }

  free() {
    this.pinned = false;
    this.waiting = null;
    if (this.over) this.go(this.over.target);
  }

  // pixel: {row, col}, or null for none.
  hold(pixel) {
    this.waiting = null;
    this.pinned = pixel !== null;
    if (pixel) this.go(pixel);
  }

  // Where one points while another pixel is pinned.
  get hover() {
    const { pinned, over, cursor } = this;
    const there = over?.side === "out" && over.row === cursor.row && over.col === cursor.col;
    return pinned && !there ? over : null;
  }
}
