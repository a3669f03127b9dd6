// Where a unit reads and what it can see. Python says each layer's windows and receptive fields once; only the place of
// the unit comes in here, because pointing must not ask Python. Axes: [vertical, horizontal].

// Entry of a flattened [C, H, W] -> [channel, row, column].
const unravel = (entry, [, rows, cols]) => [Math.floor(entry / (rows * cols)), Math.floor(entry / cols) % rows, entry % cols];

// The box [row, column, height, width] that the unit reads of the layer before, [height, width] in size; parts of it
// may lie in the padding.
function windowOf({ kernel, stride, padding, dilation, bins }, at, size) {
  if (bins) {
    const start = at.map((place, axis) => Math.floor((place * size[axis]) / bins[axis]));
    return [...start, ...at.map((place, axis) => Math.ceil(((place + 1) * size[axis]) / bins[axis]) - start[axis])];
  }
  const start = at.map((place, axis) => place * stride[axis] - padding[axis]);
  return [...start, ...kernel.map((size, axis) => dilation[axis] * (size - 1) + 1)];
}

// The unit whose window is centred nearest to a place of the layer before.
function unitOver({ kernel, stride, padding, dilation }, place, counts) {
  return place.map((at, axis) => {
    const centre = (dilation[axis] * (kernel[axis] - 1)) / 2 - padding[axis];
    return clamp(Math.round((at - centre) / (stride[axis] || Infinity)), 0, counts[axis] - 1);
  });
}

// The middle of what a unit can see of the picture, [vertical, horizontal]; null where all units see the same.
function middleOf({ field, reach }, at) {
  return at.map((place, axis) => {
    if (field.jump[axis]) return field.start[axis] + place * field.jump[axis] + field.size[axis] / 2;
    const spans = reach[axis];
    return spans.length > 1 ? (spans[place][0] + spans[place][1]) / 2 : null;
  });
}

// The unit, of counts [rows, columns], whose middle lies nearest to one of the picture; the middle one for none.
function unitNear({ field, reach }, middle, counts) {
  return counts.map((count, axis) => {
    const [pixel, jump, spans] = [middle[axis], field.jump[axis], reach[axis]];
    if (pixel === null || (!jump && spans.length < 2)) return count >> 1;
    if (jump) return clamp(Math.round((pixel - field.start[axis] - field.size[axis] / 2) / jump), 0, count - 1);
    const far = spans.map(([first, stop]) => Math.abs((first + stop) / 2 - pixel));
    return far.indexOf(Math.min(...far));
  });
}

// The box of the picture that the unit at this place can see, and how many rows and columns of it are real pixels.
// Where the field does not jump (bins of unequal size), these are all that it sees.
function fieldOf({ field, reach }, at) {
  const spans = reach.map((all, axis) => all[all.length > 1 ? at[axis] : 0]);
  const real = spans.map(([first, stop]) => stop - first);
  const start = at.map((place, axis) => (field.jump[axis] ? field.start[axis] + place * field.jump[axis] : spans[axis][0]));
  return { box: [...start, ...field.size.map((size, axis) => (field.jump[axis] ? size : real[axis]))], real };
}
