"""A newcomer's first five minutes: first edit, first run, a picture of one's own, its verdict and why."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from convlab.pictures import images
from convlab.pictures.drawings import draw
from tests.browser.harness import Tab, still

GOAL = 85.0  # percent of the validation pictures
WAIT_MS = 60_000
TRAINS_MS = 600_000  # on a machine that does much else
OWN = images.to_png(draw("airplane", 96))  # a picture of one's own

DROP = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
  document.querySelector("h1").dispatchEvent(event);
}"""


@dataclass
class Newcomer:
    """One who clicks, types one weight and drops one picture; what it clicked, and the seconds of a step."""

    tab: Tab
    clicks: int = 0
    typed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        return self.tab.page

    def steps(self) -> Iterator[str]:
        """Do all, and say after each step what is on the screen: "home", "edit", "run", "verdict"."""
        todo = {"home": self.arrive, "edit": self.edit, "run": self.train, "verdict": self.probe}
        for name, step in todo.items():
            began = time.monotonic()
            step()
            self.tab.wait_idle()
            self.seconds[name] = time.monotonic() - began
            yield name

    def click(self, what: Locator) -> None:
        """A click on what stands still."""
        expect(what).to_be_visible(timeout=WAIT_MS)
        what.scroll_into_view_if_needed()
        still(what)
        what.click()
        self.clicks += 1

    def go(self, lesson: str) -> None:
        """To a lesson, by the head of the page."""
        self.click(self.page.get_by_role("link", name=lesson, exact=True).first)
        head = self.page.get_by_role("heading", level=1, name=lesson, exact=True)
        expect(head).to_be_visible(timeout=WAIT_MS)
        self.tab.wait_idle()

    def arrive(self) -> None:
        self.tab.open("/")

    def edit(self) -> None:
        """Another weight in the middle of the first kernel: the picture is another."""
        self.go("Kernels")
        middle = "Weight in row 1, column 1"
        self.click(self.page.get_by_role("spinbutton", name=middle, exact=True))
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type("4")
        self.page.keyboard.press("Enter")
        self.typed.append("4")
        settled = self.page.locator('.root[data-drawn-by="torch"]:not([data-revision="0"])')
        expect(settled).to_be_attached(timeout=WAIT_MS)

    def train(self) -> None:
        """The fast demonstration on the sketches, to its end."""
        self.go("Train")
        self.run()

    def run(self) -> None:
        """Fast demo and Start, to the end of the run."""
        self.click(self.page.get_by_role("button", name="Fast demo", exact=True))
        self.tab.wait_idle()
        main = self.page.get_by_test_id("stMainBlockContainer")
        start = main.get_by_role("button", name="Start", exact=True)
        expect(start).to_be_enabled(timeout=TRAINS_MS)  # the first time, the sketches are being drawn
        self.tab.wait_idle()
        self.click(start)
        expect(self.page.locator(".status .state")).to_have_text("Finished", timeout=TRAINS_MS)

    def reached(self) -> float:
        """The validation accuracy on the screen, in percent."""
        read = self.page.locator(".chart.accuracy .key li", has_text="Validation").first.inner_text()
        return float(re.findall(r"([\d.]+)%", read)[0])

    def probe(self) -> None:
        """The network just trained, and a picture dropped on the page: the verdict, and why."""
        self.go("Probe")
        self.ask()

    def ask(self) -> None:
        """Choose the network and drop the picture, to the verdict."""
        self.click(self.page.get_by_role("combobox", name="Network", exact=True))
        self.click(self.page.get_by_role("option").filter(has_text="seed 0").first)
        self.tab.wait_idle()
        self.page.evaluate(DROP, ["own.png", list(OWN)])
        expect(self.page.get_by_role("combobox", name="Picture", exact=True)).to_have_value(
            "Upload a picture", timeout=WAIT_MS
        )
