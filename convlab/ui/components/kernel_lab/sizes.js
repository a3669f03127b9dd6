// How large the pictures stand on the screen, and how small the numbers of a sum are written: geometry without a page.

const SMALLEST_PICTURE_PX = 220;
const WHOLE_CELL_PX = 6; // from here on a cell has a whole number of pixels: all are seen to be alike

// Widths of a cell of input and output, in pixels of the page. `room`: [width, height], and the output's height and width where
// they are others; `equal`: a pixel is as large in the one as in the other, and the output's middle is level with the input's; else
// each picture fills its room.
function cellSizes(/** @type {number[]} */ [rows, cols], /** @type {number[]} */ [outRows, outCols], /** @type {number[]} */ [width, height, below = height, beside = width], equal) {
  const side = (r, c, high, wide) => {
    const cell = Math.min(wide / c, Math.max(high, SMALLEST_PICTURE_PX) / r);
    return cell < WHOLE_CELL_PX ? cell : Math.floor(cell);
  };
  const [input, output] = [side(rows, cols, height, width), side(outRows, outCols, below, beside)];
  if (!equal) return { input, output };
  const both = Math.min(input, side((rows + outRows) / 2, outCols, below, beside));
  return { input: both, output: both };
}

// From the most comfortable to the tightest way to write a sum: decimals, type, height of a cell, room at its sides.
const SUM_STYLES = [
  { decimals: 3, font: 20, high: 42, side: 9 },
  { decimals: 3, font: 17, high: 37, side: 8 },
  { decimals: 3, font: 15, high: 32, side: 7 },
  { decimals: 3, font: 14, high: 28, side: 5 },
  { decimals: 3, font: 13, high: 24, side: 2 },
  { decimals: 3, font: 13, high: 19, side: 2 },
  { decimals: 2, font: 13, high: 24, side: 3 },
  { decimals: 2, font: 13, high: 19, side: 1 },
  { decimals: 2, font: 12.5, high: 16, side: 0 },
];
const MOST_SPARE_PX = 16; // that a cell is wider than its numbers need
const CHARACTER_EM = 0.602; // of a fixed-width font
const SUM_SIGN_PX = 22; // x and =, with the room around them
const SUM_HEAD_PX = 20; // a channel's name and its part of the sum

// How a sum is written so that all of it is seen: its style, and the width of a cell in each of the three grids.
// shape: [channels, rows, columns]; longest(decimals): characters of the longest number in each; room: [width, height, and the
// most that may be taken of it before decimals are left out].
function sumStyle(/** @type {number[]} */ [channels, rows, columns], longest, /** @type {number[]} */ [width, height, most = height]) {
  const known = {};
  const placed = (style) => {
    const counts = (known[style.decimals] ??= longest(style.decimals));
    const wide = counts.map((count) => Math.ceil(count * style.font * CHARACTER_EM) + 2 * style.side);
    const across = wide.reduce((sum, cell) => sum + columns * (cell + GRID_GAP_PX), 2 * SUM_SIGN_PX + 6);
    const down = channels * (rows * (style.high + GRID_GAP_PX) + 2 + (channels > 1 ? SUM_HEAD_PX : 0));
    const spare = clamp(Math.floor((width - across) / (3 * columns)), 0, MOST_SPARE_PX);
    return { across, down, style: { ...style, wide: wide.map((cell) => cell + spare) } };
  };
  const fits = (high) => ({ across, down }) => across <= width && down <= high;
  const all = SUM_STYLES.map(placed);
  const exact = all.filter(({ style }) => style.decimals === 3).find(fits(height));
  return (exact ?? all.find(fits(most)) ?? all.at(-1)).style;
}

const ORDINARY_PX = 1400; // a lab of this width; on a larger screen kernel and sum are larger too
const NARROW_PX = 1250; // the pictures take some of its room
const STACKED_PX = 760; // so narrow a lab has its parts below each other

// Whether pictures of so many columns, of `lines` numbers in a cell, have room for them where the input has more room than the
// output, and the middle less.
const widened = (columns, lines) => lines === 1 && columns > 10 && columns <= 12;

// How wide the middle is, so that kernel and sum of so many columns are whole in it; `below`: the sum needs more. `tight`:
// what stands beside it needs the room.
function middleFor(columns, across = ORDINARY_PX, tight = false) {
  const scale = clamp(across / ORDINARY_PX, 1, 1.4);
  const few = tight || (across > STACKED_PX && across < NARROW_PX) ? 480 : 540;
  return { scale, width: Math.round(([few, few, few, few, 580][columns] ?? 656) * scale), below: columns > 5 };
}

// Width, height and type of a cell of the kernel: `across` kernels beside each other in the middle; `low`: of the window.
function kernelCell(across, rows, columns, { width, scale }, low = false) {
  const room = (width - (across - 1) * 10) / (across * columns) - 2;
  const wide = clamp(Math.floor(room), 40, 58 * scale);
  const few = low ? 36 : 40;
  const more = across > 1 ? 30 : 32;
  return { wide, high: Math.round((rows < 4 ? few : rows < 6 ? more : 28) * scale), type: (wide < 52 ? 12.5 : 15) * scale };
}
