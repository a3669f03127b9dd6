// What is done to the cells of a board, without a screen: lines, fills, text, undo.

const UNDO_STEPS = 200;
const DIGITS = "0123456789abcdef";

// Every cell on the straight line between two cells, both ends included: each touches the next.
function cellsBetween(/** @type {number[]} */ [row, column], /** @type {number[]} */ [lastRow, lastColumn]) {
  const steps = Math.max(Math.abs(lastRow - row), Math.abs(lastColumn - column), 1);
  return Array.from({ length: steps + 1 }, (_, i) => [
    Math.round(row + ((lastRow - row) * i) / steps),
    Math.round(column + ((lastColumn - column) * i) / steps),
  ]);
}

// The cells with the patch of one colour around `start` repainted; diagonal neighbours are not joined.
function poured(cells, size, start, colour) {
  const result = cells.slice();
  const old = cells[start];
  const open = old === colour ? [] : [start];
  while (open.length) {
    const i = open.pop();
    if (result[i] !== old) continue;
    result[i] = colour;
    if (i % size > 0) open.push(i - 1);
    if (i % size < size - 1) open.push(i + 1);
    if (i >= size) open.push(i - size);
    if (i < size * (size - 1)) open.push(i + size);
  }
  return result;
}

const sameCells = (a, b) => a.length === b.length && a.every((colour, i) => colour === b[i]);

// The text that Board.decode reads.
const encoded = (size, cells) => `${size}-${Array.from(cells, (colour) => DIGITS[colour]).join("")}`;

class UndoSteps {
  past = [];
  future = [];

  record(cells) {
    this.past.push(cells);
    this.past.splice(0, this.past.length - UNDO_STEPS);
    this.future = [];
  }

  undo(now) {
    this.future.push(now);
    return this.past.pop();
  }

  redo(now) {
    this.past.push(now);
    return this.future.pop();
  }
}
