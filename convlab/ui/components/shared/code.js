// Lines of code that light up.

class CodeLines {
  // point(lines): of the lines that one points at; [] for none.
  constructor(label, point) {
    this.lines = [];
    this.list = element("ol", { onpointerleave: () => point([]) });
    this.point = point;
    this.node = element("div.code", { role: "region", "aria-label": label, tabindex: 0 }, this.list);
  }

  show(lines) {
    this.node.hidden = !lines.length;
    if (lines.join("\n") === this.text) return;
    this.text = lines.join("\n");
    this.lines = lines.map((line, n) => element("li", { style: `--indent:${/^ */.exec(line)[0].length}`, onpointerenter: () => this.point([n]) }, element("code", {}, ...withComment(line))));
    this.list.replaceChildren(...this.lines);
  }

  light(lit) {
    this.lines.forEach((line, n) => line.classList.toggle("lit", lit.includes(n)));
  }
}

// A line of Python, its comment set apart.
function withComment(line) {
  const at = /^[^"']*?(#.*)$/.exec(line);
  return at ? [line.slice(0, line.length - at[1].length), element("span.comment", {}, at[1])] : [line || "\u00a0"];
}
