// A convolution as a matrix: a row for each output pixel, a column for each input value.

const UNREACHED = [140, 140, 140]; // no colour of a diverging scale

// What an entry joins. place: [row, column] of the matrix; side: of the square picture; out_cols: columns of the output.
function entryAt(/** @type {number[]} */ [row, column], { side, out_cols }) {
  const [channel, pixel] = [Math.floor(column / side ** 2), column % side ** 2];
  return { row: Math.floor(row / out_cols), col: row % out_cols, channel, inputRow: Math.floor(pixel / side), inputCol: pixel % side };
}

function entryInWords(labels, { row, col, channel, inputRow, inputCol }, weight) {
  return fill(labels.entry, { r: row, c: col, channel, y: inputRow, x: inputCol, weight });
}

// Have the lab on this page mark what an entry joins; null for nothing.
function markInLab(entry) {
  window.dispatchEvent(new CustomEvent("convlab-mark", { detail: entry }));
}

// Entries that are 0 whatever the weights are, in a colour of their own. held: a byte an entry, 0 for those.
function greyUnreached(rgba, held) {
  held.forEach((there, n) => there || rgba.set(UNREACHED, 4 * n));
}

// Thin lines between cells, where these are large enough.
function cellLines(context, stage) {
  if (stage.cell < 10 * stage.scale) return;
  context.fillStyle = "rgba(255, 255, 255, .6)";
  for (let row = 1; row < stage.rows; row++) context.fillRect(0, Math.round(row * stage.cell), stage.marks.width, stage.scale);
  for (let col = 1; col < stage.cols; col++) context.fillRect(Math.round(col * stage.cell), 0, stage.scale, stage.marks.height);
}
