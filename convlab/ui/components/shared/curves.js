// Lines between the parts of a lab.

// From one point to another, level at both ends: the four points of a curve.
function bow(/** @type {number[]} */ from, /** @type {number[]} */ to) {
  const half = (from[0] + to[0]) / 2;
  return [from, [half, from[1]], [half, to[1]], to];
}
