// Colour pictures as PyTorch holds them, a plane for each channel.

const CHANNELS = 3;

// uint8 planes [3, n] -> RGBA
function interleaved(planes, count, start = 0) {
  const rgba = new Uint8ClampedArray(4 * count).fill(255);
  for (let c = 0; c < CHANNELS; c++) for (let i = 0; i < count; i++) rgba[4 * i + c] = planes[start + c * count + i];
  return rgba;
}
