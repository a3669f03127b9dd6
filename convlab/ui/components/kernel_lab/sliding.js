// How Play goes over the output: ten seconds whatever its size, the first row slowly, then faster and faster.

const WHOLE_S = 10;
const FIRST_ROW_SHARE = 0.4; // of that time, at least
const PLAY_SPEEDS = [0.5, 1, 2];

class Course {
  // Places are counted row by row, from 0.
  constructor(rows, cols) {
    this.last = rows * cols - 1;
    this.first = Math.min(cols, this.last); // places of the first row
    const share = this.last ? Math.max(FIRST_ROW_SHARE, this.first / this.last) : 1;
    this.slow_s = WHOLE_S * share;
    this.pace = this.first / this.slow_s; // places a second
    const rest_s = WHOLE_S - this.slow_s;
    const quicker = this.last - this.first - this.pace * rest_s; // places that speeding up gains
    this.growth = rest_s > 1e-9 ? Math.max(0, (2 * quicker) / rest_s ** 2) : 0;
  }

  // Where one is after so many seconds, in fractions of a place.
  at(seconds) {
    if (seconds <= this.slow_s) return this.pace * seconds;
    const beyond = seconds - this.slow_s;
    return this.first + this.pace * beyond + (this.growth * beyond ** 2) / 2;
  }

  // When one is at a place: the reverse of ``at``.
  when(place) {
    if (place <= this.first) return this.pace ? place / this.pace : 0;
    const beyond = place - this.first;
    const { pace, growth } = this;
    return this.slow_s + (2 * beyond) / (pace + Math.sqrt(pace ** 2 + 2 * growth * beyond));
  }

  // How long one stays at a place, in seconds.
  stay(place) {
    return this.when(place + 1) - this.when(place);
  }
}

class Sliding {
  // lab: the KernelLab, whose output the kernel slides over.
  constructor(lab) {
    const { labels } = lab;
    this.lab = lab;
    this.revealed = null; // while the kernel slides: the last place that it has passed
    this.flight = new Flight();
    this.speed = new Speed(labels, PLAY_SPEEDS);
    this.player = new Player(labels, {
      name: labels.slide, compact: true, restarts: true, slides: true, reads: false, wraps: true,
      at: () => this.at(), last: () => lab.drawn.values.length - 1, show: (index) => this.moveTo(index),
      begins: () => (this.revealed === null || this.at() >= lab.drawn.values.length - 1 ? 0 : this.at()),
      pace: (index, seconds) => this.course.at(this.course.when(index) + seconds * this.speed.factor),
      extra: [this.speed.node], ended: () => this.end(),
    });
    this.player.slider.addEventListener("input", () => this.reveal(this.at()));
  }

  stop() {
    this.player.stop();
    this.flight.stop();
  }

  at() {
    const { row, col } = this.lab.pointing.spot.cursor;
    return row * this.lab.drawn.cols + col;
  }

  get course() {
    const { rows, cols } = this.lab.drawn;
    if (this.known?.last !== rows * cols - 1 || this.known.cols !== cols) this.known = Object.assign(new Course(rows, cols), { cols });
    return this.known;
  }

  moveTo(index) {
    const { lab, player } = this;
    const { cols } = lab.drawn;
    const before = this.revealed;
    lab.pointing.go({ row: Math.floor(index / cols), col: index % cols });
    // Once it has begun to slide, stepping goes on from there; pointing or Escape uncovers all.
    if (!player.playing && before === null) return;
    const next = index === 0 || index === before + 1 || index === before + 2;
    if (!next || !this.fly(index)) this.reveal(index);
  }

  // The products into the sum, the sum into its cell, which is covered until then. -> whether they fly.
  fly(index) {
    const { lab, player } = this;
    const stay_s = player.playing ? this.course.stay(index) / this.speed.factor : 1;
    const adding = (is) => lab.root.classList.toggle("adding", is); // the sum is not said before its products are there
    const flies = this.flight.launch({ ...lab.arithmetic.flying(), cell: lab.output.boxOf(lab.pointing.spot.cursor) }, stay_s, {
      added: () => adding(false), landed: () => this.reveal(index),
    });
    adding(flies);
    if (flies) this.reveal(index - 1);
    return flies;
  }

  // While the kernel slides, only what it has passed is shown.
  reveal(index) {
    if (index === this.revealed) return;
    this.revealed = index;
    this.lab.output.redraw();
    this.lab.pointing.loupes.out.show(this.lab.pointing.loupes.out.seen);
  }

  hides(row, col) {
    return this.revealed !== null && row * this.lab.drawn.cols + col > this.revealed;
  }

  // The learner turns to something else: all is seen again.
  rest() {
    this.player.pause();
    this.flight.stop();
    this.reveal(null);
    this.lab.pointing.resume();
  }

  // It has passed all: the last products may still fly.
  end() {
    if (this.lab.pointing.spot.waiting) this.rest();
    else this.reveal(null);
  }

  // Another picture, kernel or setting is seen whole, but for what a playing kernel has not passed.
  // -> whether another part is covered now.
  renew(subject) {
    const before = this.revealed;
    if (subject !== this.subject) {
      this.flight.stop();
      this.revealed = this.player.playing ? this.at() : null;
    }
    this.subject = subject;
    return before !== this.revealed;
  }

  // Where the slider stands.
  mark() {
    const { row, col } = this.lab.pointing.spot.cursor;
    this.player.mark(this.at(), fill(this.lab.labels.position_at, { row, column: col }));
  }

  cover(context, stage) {
    if (this.revealed === null) return;
    const { rows, cols } = this.lab.drawn;
    const [row, col] = [Math.floor(this.revealed / cols), this.revealed - cols * Math.floor(this.revealed / cols)];
    context.fillStyle = getComputedStyle(this.lab.root).getPropertyValue("--st-secondary-background-color") || "#eee";
    const { cell } = stage;
    context.fillRect((col + 1) * cell, row * cell, (cols - col - 1) * cell, cell);
    context.fillRect(0, (row + 1) * cell, cols * cell, (rows - row - 1) * cell);
  }
}
