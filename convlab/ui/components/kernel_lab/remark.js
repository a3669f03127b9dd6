// The line above the lab: what an experiment has set it to, and the way back; and where the output is not what it might be.

class Remark {
  constructor({ undo_remark }, back) {
    this.text = element("span");
    this.back = button(undo_remark, back);
    this.node = element("div.remark", { hidden: true, role: "status" }, this.text, this.back);
    this.looks = undefined;
  }

  // looks: how often the lab was set up by something from which one does not see it. undoes: with the way back. -> whether the
  // lab moves
  show({ text, looks }, undoes = true) {
    this.back.hidden = !undoes;
    const moves = this.node.hidden !== !text;
    this.node.hidden = !text;
    this.text.textContent = text;
    const called = this.looks !== undefined && looks > this.looks;
    this.looks = looks;
    if (called) requestAnimationFrame(() => this.node.scrollIntoView({ block: "start", behavior: movesLittle() ? "auto" : "smooth" }));
    return moves;
  }
}

const OUTLINE = [["#000", 4.5], ["#3ee7ff", 2.5]];

// The lines between cells that are marked and those that are not: [[row, column, row, column], ...] of the corners.
function outlineOf(mask, cols) {
  const rows = mask.length / cols;
  const at = (row, col) => row >= 0 && col >= 0 && row < rows && col < cols && mask[row * cols + col] > 0;
  const lines = [];
  for (let row = 0; row <= rows; row++) {
    for (let col = 0; col <= cols; col++) {
      if (at(row, col) !== at(row - 1, col)) lines.push([row, col, row, col + 1]);
      if (at(row, col) !== at(row, col - 1)) lines.push([row, col, row + 1, col]);
    }
  }
  return lines;
}

class Outline {
  // mask: bytes, not 0 where a cell is marked; empty for none.
  show(mask, cols) {
    this.lines = mask.length ? outlineOf(mask, cols) : [];
  }

  draw(context, stage) {
    const { cell, rows, cols, scale: ratio } = stage;
    // A line at the picture's edge lies within it.
    const place = (n, count) => clamp(n * cell, 2 * ratio, count * cell - 2 * ratio);
    context.save();
    context.lineCap = "square";
    for (const [colour, width] of OUTLINE) {
      context.strokeStyle = /** @type {string} */ (colour);
      context.lineWidth = Math.min(/** @type {number} */ (width) * ratio, cell / 2);
      context.beginPath();
      for (const [top, left, bottom, right] of this.lines) {
        context.moveTo(place(left, cols), place(top, rows));
        context.lineTo(place(right, cols), place(bottom, rows));
      }
      context.stroke();
    }
    context.restore();
  }
}
