// Cells whose value lies beyond the scale are striped, as a camera stripes what is overexposed.

const STRIPES_ON_LIGHT = [190, 65, 0];
const STRIPES_ON_DARK = [255, 190, 40];
const STRIPE_ALPHA = 190; // of 255: the burnt-out white shows through
const SHADE_ALPHA = 24; // between the stripes, where a cell may be narrower than their distance
const NUMBER_PX = [32, 14];

const isBeyond = (value, { signed, low, high }) => value > high || (signed && value < low);

// RGBA of a mask, four bytes a cell: the stripes' colour where the value lies beyond the scale, else transparent.
function beyondMask(values, scale) {
  const rgba = new Uint8ClampedArray(4 * values.length);
  const colour = (place) => (readableOn(colourAt(scale.table, place)) === "#000" ? STRIPES_ON_LIGHT : STRIPES_ON_DARK);
  const [above, below] = [[...colour(1), 255], [...colour(0), 255]];
  for (let n = 0; n < values.length; n++) {
    if (values[n] > scale.high) rgba.set(above, 4 * n);
    else if (scale.signed && values[n] < scale.low) rgba.set(below, 4 * n);
  }
  return rgba;
}

class Stripes {
  constructor() {
    this.mask = element("canvas");
    this.layer = element("canvas");
  }

  // What the next draw() is about.
  show(values, cols, scale) {
    this.count = scale.beyond;
    if (this.count) paint(this.mask, beyondMask(values, scale), cols, values.length / cols);
  }

  // On a stage's layer of marks.
  draw(context, stage) {
    if (!this.count) return;
    const { width, height } = stage.marks;
    const layer = sized(this.layer, width, height);
    layer.imageSmoothingEnabled = false;
    layer.globalCompositeOperation = "copy";
    layer.drawImage(this.mask, 0, 0, width, height);
    layer.globalCompositeOperation = "destination-in";
    layer.fillStyle = layer.createPattern(this.tile(stage), "repeat");
    layer.fillRect(0, 0, width, height);
    this.clearNumbers(layer, stage);
    context.drawImage(this.layer, 0, 0);
  }

  // Where a cell has room for its number, the number has the cell's plain colour behind it.
  clearNumbers(layer, stage) {
    const { cell, rows, cols, scale: ratio } = stage;
    if (cell < leastForNumbers(1) * ratio) return;
    const [wide, high] = [NUMBER_PX[0] * ratio, NUMBER_PX[1] * ratio];
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) layer.clearRect((col + 0.5) * cell - wide / 2, (row + 0.5) * cell - high / 2, wide, high);
    }
  }

  // One period of the stripes: they fall, as ghost pixels are hatched with rising ones.
  tile(stage) {
    const ratio = stage.scale;
    const [apart, thick] = (stage.cell >= 24 * ratio ? [11, 2] : [8, 1.5]).map((length) => Math.round(length * ratio));
    const shade = stage.cell < apart ? SHADE_ALPHA : 0;
    const identity = `${apart},${thick},${shade}`;
    if (this.identity !== identity) {
      this.identity = identity;
      this.period = element("canvas");
      const alpha = (n) => ((n % apart) - Math.floor(n / apart) + apart) % apart < thick ? STRIPE_ALPHA : shade;
      const rgba = Uint8ClampedArray.from({ length: 4 * apart * apart }, (_, n) => (n % 4 === 3 ? alpha(n >> 2) : 0));
      paint(this.period, rgba, apart, apart);
    }
    return this.period;
  }
}
