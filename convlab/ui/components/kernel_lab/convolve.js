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

const ACTIVATIONS = {
  none: (v) => v,
  relu: (v) => (v > 0 ? v : 0),
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

function largestDifference(a, b) {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

// NumPy's .npy file format, version 1.0: float32, C order.
function npyFile(values, shape) {
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  header += " ".repeat((64 - ((10 + header.length + 1) % 64)) % 64) + "\n";
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return new Blob([start, header, values], { type: "application/octet-stream" });
}
