// A map of many channels: tiles of one size, ``columns`` in a row.

// The channel whose tile a place of the map is in, and where it is there.
function channelAt(/** @type {number[]} */ [row, column], { height, width, columns }) {
  const [down, across] = [Math.floor(row / height), Math.floor(column / width)];
  return { channel: down * columns + across, row: row % height, column: column % width };
}

// Lines between the tiles, and a cross through those that are crossed out in the n-th map.
function drawTiles(context, stage, { height, width, columns, crossed }, n) {
  const line = Math.max(1, Math.round(stage.scale));
  const [wide, tall] = [width * stage.cell, height * stage.cell];
  context.fillStyle = "#000";
  for (let row = height; row < stage.rows; row += height) context.fillRect(0, Math.round(row * stage.cell), stage.marks.width, line);
  for (let col = width; col < stage.cols; col += width) context.fillRect(Math.round(col * stage.cell), 0, line, stage.marks.height);
  context.strokeStyle = "#000";
  context.lineWidth = 1.5 * stage.scale;
  context.beginPath();
  for (const channel of crossed[n]) {
    const [x, y] = [(channel % columns) * wide, Math.floor(channel / columns) * tall];
    context.moveTo(x, y);
    context.lineTo(x + wide, y + tall);
    context.moveTo(x + wide, y);
    context.lineTo(x, y + tall);
  }
  context.stroke();
}
