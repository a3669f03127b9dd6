// A map small, with a frame around what a unit reads of it, or the unit itself, and a ring around one cell. The frames stand
// where custom properties of a parent say, so that many tiles follow one cursor.

class MapTile {
  // marks: which frames it has, of "read", "here" and "won"; handlers: point(row, col), click(row, col), leave(), or none.
  constructor(marks, handlers = {}) {
    this.rows = this.cols = 1;
    this.canvas = element("canvas");
    this.node = element("div.tile", {
      onpointermove: (event) => handlers.point?.(...this.cellAt(event)), onclick: (event) => handlers.click?.(...this.cellAt(event)),
      onpointerleave: () => handlers.leave?.(),
    }, this.canvas, ...marks.map((mark) => element(`div.mark.${mark}`)));
  }

  show(rows, cols, rgba) {
    [this.rows, this.cols] = [rows, cols];
    paint(this.canvas, rgba, cols, rows);
    this.node.style.setProperty("--wide", String(Math.min(1, cols / rows)));
    this.node.style.setProperty("--tall", String(Math.min(1, rows / cols)));
  }

  cellAt(event) {
    const box = this.node.getBoundingClientRect();
    const within = (share, size) => clamp(Math.floor(share * size), 0, size - 1);
    return /** @type {[number, number]} */ ([within((event.clientY - box.top) / box.height, this.rows), within((event.clientX - box.left) / box.width, this.cols)]);
  }
}

// Let all tiles below a node frame [row, row + height) x [col, col + width) of their [rows, columns], as far as it lies in
// them; null: nothing.
function markCells(node, name, box, size) {
  const [from, to] = [0, 1].map((end) => [0, 1].map((axis) => (box ? clamp(box[axis] + end * box[2 + axis], 0, size[axis]) / size[axis] : 0)));
  const told = { top: from[0], left: from[1], height: to[0] - from[0], width: to[1] - from[1] };
  for (const [side, share] of Object.entries(told)) node.style.setProperty(`--${name}-${side}`, `${100 * share}%`);
  node.classList.toggle(`no-${name}`, !box);
}

// One cursor: where one points in a tile, the whole lab points. unit(row, col): of a cell.
const following = (lab, unit) => ({ point: (row, col) => lab.point(unit(row, col)), click: (row, col) => lab.pin(unit(row, col)), leave: () => lab.show(lab.pinned) });
