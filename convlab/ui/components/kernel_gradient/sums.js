// The gradient of a weight, place by place: the pixel that the weight meets there times dL/dy, what the loss makes of the output.

// Where in a window a weight [channel, row, column] lies, in pixels; a true convolution turns the kernel by half.
function offsetOf(/** @type {number[]} */ [, row, col], /** @type {number[]} */ [, rows, cols], { dilation, flip }) {
  return flip ? [(rows - 1 - row) * dilation, (cols - 1 - col) * dilation] : [row * dilation, col * dilation];
}

// What a weight meets at every place of a map of so many rows and columns. inputs: {values, rows, cols}, padded, by channel.
function metBy(inputs, weight, shape, settings, /** @type {number[]} */ [rows, cols]) {
  const [top, left] = offsetOf(weight, shape, settings);
  const met = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    let from = (weight[0] * inputs.rows + row * settings.stride + top) * inputs.cols + left;
    for (let n = row * cols; n < (row + 1) * cols; n++, from += settings.stride) met[n] = inputs.values[from];
  }
  return met;
}

const contributionsOf = (met, upstream) => met.map((value, n) => value * upstream[n]);

const summed = (values) => values.reduce((sum, value) => sum + value, 0);

// The place of the value that is farthest from 0.
function farthest(values) {
  let found = 0;
  for (let n = 1; n < values.length; n++) if (Math.abs(values[n]) > Math.abs(values[found])) found = n;
  return found;
}

// Every weight of a kernel [channels, rows, columns], in reading order.
function weightsOf(/** @type {number[]} */ [channels, rows, cols]) {
  return Array.from({ length: channels * rows * cols }, (_, n) => [Math.floor(n / (rows * cols)), Math.floor(n / cols) % rows, n % cols]);
}

// How far from 0 the contributions to any weight reach.
function reachOf(inputs, upstream, shape, settings, size) {
  let most = 0;
  for (const weight of weightsOf(shape)) {
    const met = metBy(inputs, weight, shape, settings, size);
    for (let n = 0; n < met.length; n++) most = Math.max(most, Math.abs(met[n] * upstream[n]));
  }
  return most;
}

// How to write values that reach so far from 0 into small cells: two digits of the largest, as many decimals for all.
function inCells(end) {
  const decimals = clamp(1 - Math.floor(Math.log10(end)), 0, 4);
  return (value) => {
    const text = fixed(value, decimals);
    return text.length > 5 ? text.replace("0.", ".") : text;
  };
}
