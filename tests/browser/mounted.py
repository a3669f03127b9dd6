"""A browser component in a tab, as the browser tests use it: its parts, buttons and pictures."""

from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.browser.harness import Tab

# Where the yellow of a canvas lies: top, left, bottom, right as shares of its height and width.
MARKED = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] < 200 || data[i + 1] < 150 || data[i + 2] > 90 || data[i + 3] < 128) continue;
    const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
    [top, left] = [Math.min(top, y), Math.min(left, x)];
    [bottom, right] = [Math.max(bottom, y + 1), Math.max(right, x + 1)];
  }
  return [top / height, left / width, bottom / height, right / width];
}"""


@dataclass(frozen=True)
class Mounted:
    """A component; ``root`` says where its outermost element is."""

    tab: Tab

    @property
    def root(self) -> Locator:
        """The component's outermost element."""
        raise NotImplementedError

    def find(self, selector: str) -> Locator:
        """Something inside the component."""
        return self.root.locator(selector)

    def button(self, name: str) -> Locator:
        """One of the component's own buttons."""
        return self.root.get_by_role("button", name=name, exact=True)

    def over(self, canvas: Locator, row: int, column: int, rows: int, columns: int) -> None:
        """Move the mouse over the middle of a cell."""
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box
        x = box["x"] + (column + 0.5) * box["width"] / columns
        y = box["y"] + (row + 0.5) * box["height"] / rows
        self.tab.page.mouse.move(x, y)

    def marked(self, canvas: Locator, rows: int, columns: int) -> tuple[float, float, float, float]:
        """Top, left, bottom and right of what a cursor layer marks, in cells."""
        top, left, bottom, right = canvas.evaluate(MARKED)
        return top * rows, left * columns, bottom * rows, right * columns

    def assert_fits(self, wide_px: int) -> None:
        """No barrier on the page; nothing of the component lies beyond the screen or is written too small."""
        assert self.tab.axe() == []
        right = self.root.evaluate(
            "root => Math.max(...[...root.querySelectorAll('*')].map(n => n.getBoundingClientRect().right))"
        )
        assert right <= wide_px
        small = self.root.evaluate(
            "root => [...root.querySelectorAll('*')].filter(n => n.childNodes.length && n.textContent.trim())"
            ".map(n => parseFloat(getComputedStyle(n).fontSize)).filter(size => size < 13)"
        )
        assert small == []
