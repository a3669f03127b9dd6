// PyTorch's answer in words: sentences, tables, code. A block that is the same as before stays as it is.

class Answer extends Component {
  constructor(root, data) {
    super(root, data);
    this.blocks = []; // {told, node} each
    this.root.classList.add("answer");
  }

  update({ blocks }) {
    this.blocks = blocks.map((block, n) => {
      const told = JSON.stringify(block);
      return this.blocks[n]?.told === told ? this.blocks[n] : { told, node: this.drawn(block) };
    });
    const nodes = this.blocks.map(({ node }) => node);
    if (nodes.length !== this.root.children.length || nodes.some((node, n) => node !== this.root.children[n])) this.root.replaceChildren(...nodes);
  }

  drawn(block) {
    return this[block.kind](block);
  }

  sentence({ runs, tone }) {
    return element(tone ? `p.box.${tone}` : "p", {}, ...runs.map(styled));
  }

  table({ titles, lines }) {
    const head = element("tr", {}, ...titles.map((runs) => element("th", { scope: "col" }, ...runs.map(styled))));
    const rows = lines.map(([first, ...rest]) => element("tr", {}, element("td", {}, ...first.map(styled)), ...rest.map((runs) => element("td", {}, ...runs.map(styled)))));
    const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
    return element("div.sideways", { tabindex: 0, role: "region", "aria-label": this.labels.table }, table);
  }

  code({ text, height_px }) {
    const code = new CodeLines(this.labels.code, () => {});
    code.show(text.split("\n"));
    if (height_px) code.node.style.maxHeight = `${height_px}px`;
    return code.node;
  }

  framed({ blocks }) {
    return element("div.framed", {}, ...blocks.map((block) => this.drawn(block)));
  }
}

const TAGS = { bold: "strong", italic: "em", code: "code" };

// [style, text] as Markdown would show it.
function styled([style, text]) {
  return style.split(" ").reduceRight((inside, name) => (name ? element(TAGS[name], {}, inside) : inside), text);
}

export default mount(Answer);
