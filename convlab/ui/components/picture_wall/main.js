// Small pictures side by side, each a button. The one that is pressed opens elsewhere on the page, and the keyboard goes there.

// Not toBlob(), which waits until the page has been idle, or a second.
const fileOf = (canvas) => new Blob([Uint8Array.from(atob(canvas.toDataURL().split(",")[1]), (letter) => letter.charCodeAt(0))]);

class PictureWall extends Component {
  constructor(root, data) {
    super(root, data);
    this.wall = element("div.wall", { role: "group", onkeydown: (event) => this.walk(event) });
    this.root.replaceChildren(this.wall);
    this.cards = [];
  }

  update({ title, size, pictures, leads_to, keyboard_to, bytes }) {
    this.to = [leads_to, keyboard_to];
    this.wall.setAttribute("aria-label", title);
    const [width, height] = size;
    const planes = bytes("pixels");
    while (this.cards.length < pictures.length) this.cards.push(this.card(this.cards.length));
    this.cards.length = pictures.length;
    for (const [n, { below, told, open }] of pictures.entries()) {
      const { node, canvas, words } = this.cards[n];
      paint(canvas, interleaved(planes, width * height, n * CHANNELS * width * height), width, height);
      writeInto(words, below);
      node.setAttribute("aria-label", fill(this.labels.open, { told }));
      node.setAttribute("title", told);
      node.setAttribute("aria-pressed", String(open));
    }
    const nodes = this.cards.map(({ node }) => node);
    if (nodes.length !== this.wall.children.length) this.wall.replaceChildren(...nodes);
  }

  card(n) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const words = element("span.numbers");
    return { canvas, words, node: element("button.card", { type: "button", onclick: () => this.open(n) }, canvas, words) };
  }

  open(index) {
    this.opened = index;
    const then = () => this.opened === index && this.send("open", { index }); // another was pressed meanwhile: that one
    if (!hand(OPENED, { file: fileOf(this.cards[index].canvas), then })) then();
    const [eye, keyboard] = this.to;
    leadEyeTo(eye);
    leadKeyboardTo(keyboard);
  }

  // Arrow keys lead from picture to picture.
  walk(event) {
    const now = this.cards.findIndex(({ node }) => node === event.target);
    const step = ARROWS[event.key];
    if (!step || now < 0) return;
    taken(event);
    const across = Math.max(1, this.cards.filter(({ node }) => node.offsetTop === this.cards[0].node.offsetTop).length);
    this.cards[now + step[1] + step[0] * across]?.node.focus();
  }
}

export default mount(PictureWall);
