// PyTorch's answer in words: sentences, tables, code, bars. A block that is the same as before stays as it is.

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

  table({ titles, lines, height_px }) {
    const head = element("tr", {}, ...titles.map((runs) => element("th", { scope: "col" }, ...runs.map(styled))));
    const rows = lines.map(([first, ...rest]) => element("tr", {}, element("td", {}, ...first.map(styled)), ...rest.map((runs) => element("td", {}, ...runs.map(styled)))));
    const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
    const style = height_px && `max-height:${height_px}px`;
    return element("div.sideways", { tabindex: 0, role: "region", "aria-label": this.labels.table, style }, table);
  }

  bars({ title, said, bars }) {
    const rows = bars.flatMap(({ name, parts, total, marked }) => {
      const look = marked ? "span.marked" : "span";
      const drawn = parts.map(({ told, colour, share }) => element("span", { title: told, style: `background:${colour};width:${share}%` }));
      return [element(look, {}, name), element("span.parts", {}, ...drawn), element(look, {}, total)];
    });
    return element("div.titled", {}, element("strong", {}, title), element("div.bars", { role: "img", "aria-label": said }, ...rows));
  }

  legend({ names }) {
    return element("div.legend", {}, ...names.flatMap(([name, colour]) => [element("span.square", { style: `background:${colour}` }), element("span", {}, name)]));
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
