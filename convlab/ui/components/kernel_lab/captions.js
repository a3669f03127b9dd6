// What stands below the pictures: two lines each, about the pixels that are marked there and no others.

class Caption {
  constructor(spec) {
    this.first = element("span");
    this.second = element("span.quiet");
    this.node = element(spec, {}, this.first, " ", this.second);
  }

  show(first, second) {
    writeInto(this.first, first);
    writeInto(this.second, second);
  }

  get text() {
    return inARow(this.first.textContent, this.second.textContent);
  }
}

// Whether a padded cell lies outside the picture.
function isGhost({ rows, cols, padding: [left, right, top, bottom] }, row, col) {
  return row < top || col < left || row >= rows.length - bottom || col >= cols.length - right;
}

// Where a padded pixel lies in the picture: "Row 3, column 4:", "Ghost pixel, row -1, column 4:".
function pixelName(labels, data, { row, col }) {
  const [left, , top] = data.padding;
  return fill(isGhost(data, row, col) ? labels.ghost_at : labels.pixel_at, { row: brief(row - top), column: brief(col - left) });
}

// What else there is to say of a pixel: the outputs that it feeds and its window; what a ghost copies.
function pixelStory(labels, data, { row, col, target }) {
  const [from, at] = [{ row: data.rows[row], column: data.cols[col] }, { row: target.row, column: target.col }];
  if (isGhost(data, row, col)) return from.row < 0 || from.column < 0 ? labels.padding_holds : fill(labels.copy_of, from);
  const [rows, cols] = target.fed;
  const around = fill(target.centred ? labels.its_window : labels.nearest_window, at);
  return inARow(fill(labels.feeds, { count: rows.length * cols.length }), around);
}

// Why cells of the input are hatched; "" where none are.
function hatchedWords(labels, { padding, ignored }) {
  const [ghosts, unreached] = [padding, ignored].map((sides) => sides.some((count) => count > 0));
  if (ghosts) return unreached ? labels.hatched_both : labels.hatched_ghosts;
  return unreached ? labels.hatched_unreached : "";
}

// The input's: a pixel that one points at, else the window. seen: {spot, data, window, values(row, col) -> text}.
function inputCaption(labels, { spot, data, window, values }) {
  const { hover, over } = spot;
  const named = (at) => inARow(pixelName(labels, data, at), values(at.row, at.col));
  if (hover?.side === "in") return [windowName(labels, data, window), inARow(labels.pointed_at, named(hover))];
  if (over?.side !== "in" || spot.pinned) {
    const hint = hatchedWords(labels, data) || (spot.pinned ? "" : labels.point_at_input);
    return [windowName(labels, data, window), hint];
  }
  return [named(over), pixelStory(labels, data, over)];
}

// window: {row, col, height, width} in padded cells.
function windowName(labels, { padding: [left, , top] }, { row, col, height, width }) {
  const ends = { top: row - top, bottom: row - top + height - 1, left: col - left, right: col - left + width - 1 };
  for (const end in ends) ends[end] = brief(ends[end]);
  return fill(labels.window_at, ends);
}

// The output's: the pixel that the sum is about. values(row, col) -> text.
function outputCaption(labels, { spot, values }) {
  const { cursor, hover, pinned, waiting } = spot;
  const named = (at, label) => inARow(fill(label, { row: at.row, column: at.col }), values(at.row, at.col));
  const first = named(cursor, pinned ? labels.pinned_at : labels.pixel_at);
  if (hover?.side === "out") return [first, inARow(labels.pointed_at, named(hover, labels.pixel_at))];
  if (waiting) return [first, fill(labels.pin_waits, { row: waiting.row, column: waiting.col })];
  return [first, pinned ? labels.free_it : labels.pin_it];
}
