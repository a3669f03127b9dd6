// The loss over the steps: the whole run faint, what has been played strong, a dot at the step on show.

const LOG_FROM = 100; // largest over smallest loss: from here on a linear axis would hide the end of the run

// Where a loss stands between the bottom (0) and the top (1), and the losses to write beside the axis.
function lossAxis(losses) {
  const finite = losses.filter(Number.isFinite);
  const positive = finite.filter((loss) => loss > 0);
  const high = Math.max(...positive, Number.MIN_VALUE);
  const low = Math.min(...positive, high);
  if (!positive.length) return { log: false, ticks: [0, 1], place: (loss) => loss };
  if (high / low <= LOG_FROM) {
    return { log: false, ticks: roundTicks(high, 5), place: (loss) => loss / high };
  }
  const top = Math.ceil(Math.log10(high));
  const decades = top - Math.floor(Math.log10(low));
  const every = Math.ceil(decades / 5);
  const count = Math.ceil(decades / every);
  const bottom = top - count * every;
  const ticks = Array.from({ length: count + 1 }, (_, n) => 10 ** (bottom + n * every));
  // A loss of exactly 0 has no logarithm: it lies on the bottom.
  return { log: true, ticks, place: (loss) => (loss > 0 ? (Math.log10(loss) - bottom) / (top - bottom) : 0) };
}

class LossCurve {
  constructor(labels) {
    this.labels = labels;
    this.step = 0;
    this.canvas = element("canvas", { role: "img" });
    this.unit = element("span");
    this.node = element("figure.curve", {},
      element("h3", {}, labels.loss), element("p.axis", {}, this.unit),
      element("div.plot", {}, this.canvas), element("p.axis.across", {}, labels.step_axis));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
    // The style sheet gives the canvas a short transition of its colour: the one sign that the theme has changed.
    this.canvas.addEventListener("transitionend", () => this.draw());
  }

  load(losses) {
    this.losses = Array.from(losses);
    this.axis = lossAxis(this.losses);
    this.unit.textContent = this.axis.log ? this.labels.loss_log : this.labels.loss_linear;
    const steps = losses.length - 1;
    this.canvas.setAttribute("aria-label", fill(this.labels.curve_words, { first: brief(losses[0], 3), last: brief(losses[steps], 3), steps }));
  }

  show(step) {
    this.step = step;
    this.draw();
  }

  draw() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!this.losses || !width) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.canvas);
    context.font = `14px ${style.fontFamily}`;
    const wide = Math.max(...this.axis.ticks.map((tick) => context.measureText(tickText(tick)).width));
    const box = { left: wide + 10, right: width - 18, top: 10, bottom: height - 26 };
    const steps = Math.max(1, this.losses.length - 1);
    const x = (step) => box.left + (step / steps) * (box.right - box.left);
    const y = (loss) => box.bottom - this.axis.place(loss) * (box.bottom - box.top);
    this.drawAxes(context, box, x, y, steps, style.color);
    const colour = themeColour(this.node, "--curve", "#06c");
    this.drawLine(context, x, y, this.losses.length - 1, colour, 0.4, 2);
    this.drawLine(context, x, y, this.step, colour, 1, 3.5);
    this.drawDot(context, x, y, colour);
  }

  drawAxes(context, box, x, y, steps, colour) {
    const line = (x1, y1, x2, y2, alpha) => {
      context.globalAlpha = alpha;
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
      context.globalAlpha = 1;
    };
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1;
    line(box.left, box.top, box.left, box.bottom, 0.7);
    line(box.left, box.bottom, box.right, box.bottom, 0.7);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of this.axis.ticks) {
      line(box.left, y(tick), box.right, y(tick), 0.18);
      context.fillText(tickText(tick), box.left - 7, y(tick));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of roundTicks(steps, 6).filter(Number.isInteger)) {
      line(x(tick), box.bottom, x(tick), box.bottom + 5, 0.7);
      context.fillText(String(tick), x(tick), box.bottom + 9);
    }
  }

  drawLine(context, x, y, last, colour, alpha, thick) {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = thick;
    context.lineJoin = "round";
    context.beginPath();
    for (let step = 0; step <= last; step++) if (Number.isFinite(this.losses[step])) context.lineTo(x(step), y(this.losses[step]));
    context.stroke();
    context.globalAlpha = 1;
  }

  drawDot(context, x, y, colour) {
    const loss = this.losses[this.step];
    if (!Number.isFinite(loss)) return;
    context.beginPath();
    context.arc(x(this.step), y(loss), 7, 0, 7);
    context.fillStyle = colour;
    context.strokeStyle = themeColour(this.node, "--st-background-color", "#fff");
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }

  destroy() {
    this.observer.disconnect();
  }
}
