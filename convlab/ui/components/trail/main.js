// A trail: the way back, where one is, its neighbours, and where one can go on. Buttons keep their places while texts change.

class Trail extends Component {
  constructor(root, data) {
    super(root, data);
    this.list = element("nav.trail", { "aria-label": this.labels.trail });
    this.root.replaceChildren(this.list);
  }

  update({ steps }) {
    this.steps = steps;
    const built = steps.map(({ kind }) => kind).join();
    if (built !== this.built) this.build(steps);
    this.built = built;
    for (const [n, { text, told, kind, current }] of steps.entries()) {
      const node = this.list.children[n];
      writeInto(node, kind === "back" ? `\u2039 ${text}` : text);
      if (kind === "here") continue;
      if (told) node.setAttribute("aria-label", told);
      node.toggleAttribute("aria-current", current);
    }
  }

  // The keyboard stays on the trail: what it was on may be gone.
  build(steps) {
    const held = this.list.matches(":focus-within");
    this.list.replaceChildren(...steps.map((step, n) => this.part(step, n)));
    if (held) this.list.querySelector("button")?.focus({ preventScroll: true });
  }

  part({ kind }, n) {
    return kind === "here" ? element("strong.here") : button("", () => this.press(n), { class: kind });
  }

  press(index) {
    this.send("step", { index });
    const { leads_to } = this.steps[index];
    if (leads_to) leadEyeTo(leads_to);
  }
}

export default mount(Trail);
