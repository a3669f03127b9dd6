// The convolution as the browser draws it while one drags. PyTorch's result replaces it at every commit.

// pixels: uint8 [C, H, W]. rows, cols: padded place -> place in the picture, or -1 for a ghost that holds 0.
function padPicture(pixels, shape, rows, cols, mean, std) {
  const [channels, height, width] = shape;
  const values = new Float32Array(channels * rows.length * cols.length);
  let out = 0;
  for (let c = 0; c < channels; c++) {
    for (const row of rows) {
      for (const col of cols) {
        values[out++] = row < 0 || col < 0 ? 0 : (pixels[(c * height + row) * width + col] / 255 - mean[c]) / std[c];
      }
    }
  }
  return { values, channels, rows: rows.length, cols: cols.length };
}

// RGBA of the padded picture before normalisation: a ghost's 0 then has the colour that it stands for.
function paddedColours({ values, channels, rows, cols }, mean, std) {
  const rgba = new Uint8ClampedArray(rows * cols * 4).fill(255);
  for (let n = 0; n < rows * cols; n++) {
    for (let c = 0; c < 3; c++) {
      const from = channels === 1 ? 0 : c;
      rgba[4 * n + c] = 255 * (values[from * rows * cols + n] * std[from] + mean[from]);
    }
  }
  return rgba;
}

// The picture of Python's message with its ghosts, {identity, padded, colours}; `before` where it is the same.
function ghosted(before, data) {
  const identity = `${data.picture}|${data.rows}|${data.cols}`;
  if (before?.identity === identity) return before;
  const padded = padPicture(data.bytes("pixels"), data.shape, data.rows, data.cols, data.mean, data.std);
  return { identity, padded, colours: paddedColours(padded, data.mean, data.std) };
}

const ACTIVATIONS = {
  none: (v) => v,
  relu: (v) => Math.max(0, v),
  tanh: Math.tanh,
  abs: Math.abs,
};

// The weights that touch the picture: one kernel repeated over the channels, turned by 180 degrees for a true convolution.
function effectiveWeights(kernel, channels, flip) {
  return Array.from({ length: channels }, (_, c) => {
    const grid = kernel[kernel.length === 1 ? 0 : c];
    return flip ? grid.map((row) => [...row].reverse()).reverse() : grid;
  });
}

// -> float32 [rows, cols]; sums are kept in float64.
function convolve(padded, weights, { stride, dilation, bias, activation }) {
  const [kh, kw] = [weights[0].length, weights[0][0].length];
  const rows = Math.floor((padded.rows - dilation * (kh - 1) - 1) / stride) + 1;
  const cols = Math.floor((padded.cols - dilation * (kw - 1) - 1) / stride) + 1;
  const values = new Float32Array(rows * cols);
  const sums = new Float64Array(cols);
  const activate = ACTIVATIONS[activation];
  for (let row = 0; row < rows; row++) {
    sums.fill(bias);
    for (let c = 0; c < padded.channels; c++) {
      for (let i = 0; i < kh; i++) {
        const start = (c * padded.rows + row * stride + i * dilation) * padded.cols;
        for (let j = 0; j < kw; j++) {
          const weight = weights[c][i][j];
          if (weight === 0) continue;
          let place = start + j * dilation;
          for (let col = 0; col < cols; col++, place += stride) sums[col] += weight * padded.values[place];
        }
      }
    }
    for (let col = 0; col < cols; col++) values[row * cols + col] = activate(sums[col]);
  }
  return { values, rows, cols };
}

// What one output pixel is made of: {value, weight, ghost, grey, row, col} in channel, row, column order. Rows and
// columns are of the padded picture; grey is 0..255, as the picture shows the pixel.
function tapsAt({ rows, cols, mean, std, settings }, padded, weights, cursor) {
  const { stride, dilation } = settings;
  const taps = [];
  for (const [c, grid] of weights.entries()) {
    for (const [i, line] of grid.entries()) {
      for (const [j, weight] of line.entries()) {
        const [row, col] = [cursor.row * stride + i * dilation, cursor.col * stride + j * dilation];
        const value = padded.values[(c * padded.rows + row) * padded.cols + col];
        const grey = clamp(Math.round(255 * (value * std[c] + mean[c])), 0, 255);
        taps.push({ value, weight, ghost: rows[row] < 0 || cols[col] < 0, grey, row, col });
      }
    }
  }
  return taps;
}

// Which output rows (or columns), of `count`, have a window that holds the input row `source`; map: padded -> input row.
function reached(map, source, kernel, count, { stride, dilation }) {
  const places = Array.from({ length: count }, (_, n) => n * stride);
  const taps = Array.from({ length: kernel }, (_, i) => i * dilation);
  return places.flatMap((start, n) => (taps.some((tap) => map[start + tap] === source) ? [n] : []));
}

// Where an output pixel lies in the picture: the middle of its window, as shares of the picture's height and width.
function placeOf({ row, col }, { stride, dilation, kernel, before, size }) {
  return [row, col].map((at, axis) => (at * stride + (dilation * (kernel[axis] - 1)) / 2 - before[axis] + 0.5) / size[axis]);
}

// The output pixel, of counts [rows, columns], whose window lies nearest to a place of the picture.
function nearestTo(place, { stride, dilation, kernel, before, size }, counts) {
  const [row, col] = place.map((share, axis) => {
    const start = share * size[axis] - 0.5 + before[axis] - (dilation * (kernel[axis] - 1)) / 2;
    return clamp(Math.round(start / stride), 0, counts[axis] - 1);
  });
  return { row, col };
}

function largestDifference(a, b) {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

// NumPy's .npy file format, version 1.0: float32, C order.
function npyFile(values, shape) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = `${text.padEnd(64 * Math.ceil((11 + text.length) / 64) - 11)}\n`;
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return new Blob([start, header, values], { type: "application/octet-stream" });
}
