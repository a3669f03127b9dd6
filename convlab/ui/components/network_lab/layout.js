// Where the lab's parts stand: a line, the network over the whole width, below it the unit and what it is made of; all in the window.

const MARGIN_PX = 12; // below the lab, within the window
const GAP_PX = 10; // between the parts
const LEAST_ROOM_PX = 500; // a lower window is scrolled
const NETWORK_PX = [200, 330]; // high
const LOWER_PX = [250, 520];
const KEY_PX = 20; // the line about the lines
const UNIT_WORDS_PX = 158; // around the pictures of a unit
const STAGE_PX = [96, 300];
const BESIDE_PX = 800; // for a kernel, its ladder, the gaps: what a unit leaves of the width

class Layout {
  constructor(lab) {
    this.lab = lab;
    const { line, ribbon, verdict, unit, sum } = lab;
    this.network = element("section.network", { "data-part": "network" }, ribbon.node, verdict.node, ribbon.key);
    this.lower = element("div.lower", {}, unit.node, lab.editing.node, sum.node);
    this.node = element("div.lab", {}, line, this.network, this.lower);
    const watch = new ResizeObserver(() => this.fit());
    for (const node of [this.node, line]) watch.observe(node);
    // What stands above the lab may come later than the lab: then it leaves less room.
    this.page = new ResizeObserver(() => topOnPage(this.node, this.page) !== this.top && this.fit());
    this.resized = () => this.fit();
    window.addEventListener("resize", this.resized);
    this.stacked = false; // asked once: not while one steps through the layers
  }

  stop() {
    window.removeEventListener("resize", this.resized);
  }

  fit() {
    if (!this.node.clientWidth) return;
    this.stacked = this.node.clientWidth <= STACKED_PX;
    this.top = topOnPage(this.node, this.page);
    const inWindow = window.innerHeight / zoomOf(this.node) - this.top - MARGIN_PX;
    const room = Math.max(LEAST_ROOM_PX, inWindow) - this.lab.line.offsetHeight - 2 * GAP_PX;
    const network = clamp(Math.round(0.44 * room), ...NETWORK_PX);
    const lower = clamp(room - network, ...LOWER_PX);
    const stage = clamp(Math.min(lower - UNIT_WORDS_PX, (this.node.clientWidth - BESIDE_PX) / 2), ...STAGE_PX);
    for (const [name, size] of Object.entries({ network, lower, stage })) this.node.style.setProperty(`--${name}`, `${size}px`);
    this.node.classList.toggle("stacked", this.stacked);
    this.lab.ribbon.arrange(this.stacked ? NETWORK_PX[1] : network - KEY_PX);
    if (this.lab.cursor) this.lab.show(this.lab.cursor);
  }
}
