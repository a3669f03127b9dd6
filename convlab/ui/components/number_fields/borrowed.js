// Streamlit's own words are English. On a page in another language the parts of it that have such words say them in that one;
// React writes a text anew only where it changes.

const SPEAKERS = [
  ...["stFileUploader", "stCameraInput", "stNumberInput", "stMainMenu", "stMainMenuPopover", "stCode", "stTooltipIcon", "stWidgetLabel"].map((id) => `[data-testid=${id}]`),
  ".react-aria-ComboBox",
].join();
const SAID = ["aria-label", "title", "placeholder"];

class Borrowed {
  // words: English -> what stands for it; {fields} stand for any text.
  constructor(words) {
    this.words = Object.entries(words).map(([english, said]) => {
      const parts = english.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return { pattern: new RegExp(`^${parts.join("(.+)")}$`), said };
    });
  }

  // A text in the page's language; as it is where nobody has a word for it.
  told(text) {
    for (const { pattern, said } of this.words) {
      const found = text.match(pattern);
      if (found) return said.replace(/\{\w+\}/g, () => found[1]);
    }
    return text;
  }

  speak() {
    if (!this.words.length) return;
    for (const box of document.querySelectorAll(SPEAKERS)) {
      const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const node = /** @type {Text} */ (texts.currentNode);
        const said = this.told(node.data);
        if (said !== node.data) node.data = said;
      }
      for (const name of SAID) {
        for (const node of box.querySelectorAll(`[${name}]`)) {
          const said = this.told(node.getAttribute(name));
          if (said !== node.getAttribute(name)) node.setAttribute(name, said);
        }
      }
    }
  }
}
