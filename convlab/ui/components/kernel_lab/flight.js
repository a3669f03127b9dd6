// Numbers that fly from where they were made to where they go. Only what is seen: nothing waits for them.

const LONGEST_FLIGHT_MS = 600;
const SHORTEST_FLIGHT_MS = 200; // in less nobody sees where a number goes
const MOST_FLYING = 27;
const GONE_ON_THE_WAY = [1, 1, 1, 0, 0]; // opacity; they would pile up where they go
const SEEN_WHEN_IT_FLIES = [0, ...Array(20).fill(1), 0.9]; // where it starts, its number stands already

class Flight {
  constructor() {
    this.flying = [];
    this.node = element("div.flight", { "aria-hidden": "true" });
  }

  // products: [{text, colour, box}], which fly into `sum`, {text, box}, and that into the box `cell`; boxes are of the
  // window, as getBoundingClientRect gives them. added(): called when the products are there, or fly no longer; landed():
  // when the sum is in its cell.
  launch({ products, sum, cell }, seconds, { added, landed }) {
    this.land();
    const whole = Math.min(LONGEST_FLIGHT_MS, seconds * 1000 * 0.9);
    if (whole < SHORTEST_FLIGHT_MS || movesLittle()) return false;
    const own = this.node.getBoundingClientRect();
    const zoom = zoomOf(this.node);
    const middle = (box) => [box.left + box.width / 2 - own.left, box.top + box.height / 2 - own.top].map((at) => `${at / zoom}px`).join(" ");
    const flies = (text, colour, from, to, delay, duration, opacity) => {
      const chip = element("span.flying.numbers", {}, text);
      if (colour) Object.assign(chip.style, { background: `rgb(${colour})`, color: readableOn(colour) });
      this.node.append(chip);
      const steps = { translate: [from, to].map(middle), scale: [1, 0.7], opacity };
      return this.follow(chip, steps, { delay, duration, easing: "ease-in", fill: "both" });
    };
    const flock = products.length > MOST_FLYING ? [] : products;
    flock.forEach(({ text, colour, box }, n) => flies(text, colour, box, sum.box, (n * whole * 0.2) / flock.length, whole * 0.4, GONE_ON_THE_WAY));
    this.follow(this.node, null, { duration: whole * 0.6 }).onfinish = () => this.add();
    flies(sum.text, null, sum.box, cell, whole * 0.6, whole * 0.4, SEEN_WHEN_IT_FLIES).onfinish = () => this.land();
    Object.assign(this, { added, landed });
    return true;
  }

  follow(node, steps, timing) {
    const animation = node.animate(steps, timing);
    this.flying.push(animation);
    return animation;
  }

  add() {
    const { added } = this;
    this.added = null;
    added?.();
  }

  land() {
    const { landed } = this;
    this.stop();
    landed?.();
  }

  stop() {
    for (const animation of this.flying) animation.cancel(); // one that is out of sight would land later
    this.flying = [];
    this.node.replaceChildren();
    this.landed = null;
    this.add();
  }
}
