// How large the maps of each column are, and how far apart the columns: all fit side by side. Geometry without a page.

const TILE_PX = [[4, 26], [8, 34], [16, 44], [Infinity, 56]]; // side of a map -> of its tile on the screen, at most
const CELL_PX = { one: 24, few: 12, many: 6 }; // of an entry of a vector
const ALONE = 2.5; // how much larger a map may be that has none beside it
const LEAST_TILE_PX = 3;
const PITCH_PX = 66; // from column to column: its name and shape can be read
const LEAST_PITCH_PX = 50; // where there are many: a long name is cut
const APART_PX = 30; // between columns, for their lines
const LEAST_APART_PX = 16;
const THIN_PX = 13; // from column to column where there are too many: without a name
const FOLD_PX = 62; // of what stands for layers folded away

const LETTER_PX = 6.5; // of the shape below the maps

// What a layer's column needs to know of it: how many tiles (of a large network not all), how large at most, how far apart; how wide
// its shape is.
function tilesOf({ shape }, maps = shape[0]) {
  const [, rows] = shape;
  const words = LETTER_PX * shape.join("\u00d7").length + 6;
  const alone = maps === 1;
  if (rows === undefined) return { maps, most: alone ? CELL_PX.one : maps > 64 ? CELL_PX.many : CELL_PX.few, apart: 0, words };
  return { maps, most: TILE_PX.find(([side]) => rows <= side)[1] * (alone ? ALONE : 1), apart: 3, words };
}

// The maps in so many columns of their own, within this height.
function laid({ maps, most, apart, words }, across, height) {
  const down = Math.ceil(maps / across);
  const tile = clamp(Math.floor((height + apart) / down) - apart, 1, most);
  return { tile, down, across: Math.ceil(maps / down), apart, words, wide: Math.ceil(maps / down) * (tile + apart) - apart };
}

// As few columns as tiles of a size that can be seen allow.
function narrowest(tiles, height) {
  let across = 1;
  while (laid(tiles, across, height).tile < LEAST_TILE_PX && across < tiles.maps) across++;
  return laid(tiles, across, height);
}

// From column to column, of so many in this width.
const pitchOf = (count, width) => clamp(Math.floor(width / count), LEAST_PITCH_PX, PITCH_PX);

const slotOf = ({ wide, words }, pitch) => Math.max(wide + (pitch < PITCH_PX ? LEAST_APART_PX : APART_PX), pitch, words);

// The same with larger tiles, in more columns; null where none are larger.
function larger(tiles, now, height) {
  for (let across = now.across; across <= tiles.maps; across++) {
    const next = laid(tiles, across, height);
    if (next.tile > now.tile) return next;
  }
  return null;
}

// Which of so many columns keep their names: as many as fit, around the open one. `folds`: how many of them are folds.
function widened(count, open, width, folds = 0) {
  const left = width - folds * FOLD_PX - (count - folds) * THIN_PX;
  const wide = Math.max(1, Math.floor(left / ((count * LEAST_PITCH_PX > width ? PITCH_PX : LEAST_PITCH_PX) - THIN_PX)));
  if (wide >= count) return new Set(Array(count).keys());
  const from = clamp(open - (wide >> 1), 0, count - wide);
  return new Set(Array.from({ length: wide }, (_, n) => from + n));
}

// As large as they can be in a column of this width.
function within(tiles, height, wide) {
  const now = narrowest({ ...tiles, most: Math.min(tiles.most, wide) }, height);
  return now.wide <= wide ? now : thin(tiles, height);
}

// As narrow as can be, for a column without a name.
function thin(tiles, height) {
  const close = { ...tiles, most: THIN_PX - 4, apart: Math.min(tiles.apart, 1) };
  let across = 1;
  while (Math.ceil(close.maps / across) * (1 + close.apart) > height) across++;
  return laid(close, across, height);
}

// columns: [{maps, most, apart}], null for a fold; `wide`: which of them have room for a name. -> for each {tile, down, across, apart,
// wide, slot}; the slots fill the width. The smallest maps grow first, as long as there is room.
function arranged(columns, wide, width, height, pitch) {
  const found = columns.map((tiles, n) => {
    if (!tiles) return { wide: FOLD_PX, slot: FOLD_PX };
    if (!wide.has(n)) return { ...thin(tiles, height), slot: THIN_PX };
    const now = narrowest(tiles, height);
    return { ...now, slot: slotOf(now, pitch) };
  });
  const over = () => found.reduce((sum, { slot }) => sum + slot, 0) - width;
  // Where the shapes would take too much room they stand close; where the maps would, they are thin.
  const tighten = (change) => {
    for (let n = 0; n < found.length && over() > 0; n++) if (columns[n] && wide.has(n) && found[n].slot > pitch) found[n] = change(found[n], columns[n]);
  };
  tighten((now) => ({ ...now, words: 0, slot: slotOf({ ...now, words: 0 }, pitch) }));
  tighten((_, tiles) => ({ ...within(tiles, height, pitch - LEAST_APART_PX), words: 0, slot: pitch }));
  let left = -over();
  const grow = () => {
    const order = [...found.keys()].filter((n) => columns[n] && wide.has(n)).sort((a, b) => found[a].tile / columns[a].most - found[b].tile / columns[b].most);
    for (const n of order) {
      const next = larger({ ...columns[n], words: found[n].words }, found[n], height);
      const more = next ? slotOf(next, pitch) - found[n].slot : Infinity;
      if (more > left) continue;
      found[n] = { ...next, slot: slotOf(next, pitch) };
      left -= more;
      return true;
    }
    return false;
  };
  while (grow());
  const sharing = found.filter((_, n) => columns[n] && wide.has(n));
  if (left > 0) for (const one of sharing) one.slot += left / sharing.length;
  return found;
}
