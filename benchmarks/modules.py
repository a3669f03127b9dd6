"""The Modules page: a control of each part, from the key to the frame that shows what it changes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count as counting

from benchmarks import edit
from benchmarks.layers import EMPTY
from benchmarks.measures import Figure, median_figure
from benchmarks.pages import awaited, open_tab
from benchmarks.served import SETTLE_S, small_app
from tests.browser.harness import Tab, chromium, serve

CHANGES = 30
WARM_UP = 4
PAUSE_MS = 400  # behind a change Streamlit hears at the pause: that is no other page's time
MEDIAN_TIMES = 2.0  # at most so many times the empty page's median


@dataclass(frozen=True)
class Control:
    """A control of a part.

    Attributes:
        query: opens the part.
        name: the control's; a field for numbers, or a switch.
        watched: CSS of what it changes.
        first: of the numbers that are typed, each one larger than the last, so that nothing was computed
            before; None for a switch.
    """

    query: str
    name: str
    watched: str
    first: int | None


CONTROLS = {
    "registered, in_features": Control("part=registered&topic=fit", "in_features", ".answer", 300),
    "one training step, seed": Control("part=step", "step_seed", ".root:has(.parts.lab)", 1),
    "save and load, strict": Control("part=saved", "strict", ".answer", None),
    "devices and dtypes, converted": Control("part=moved&moving=mixed", "mended", ".answer", None),
    "width, n_chans1": Control("part=capacity", "n_chans1", ".answer", 4),
    "dropout, passes": Control("part=regularised&regulariser=dropout", "dropout_passes", ".answer", 10),
    "20 layers, seed": Control("part=depth", "depth_seed", ".root:has(.panels)", 1),
}


def changes(tab: Tab, control: Control) -> Callable[[], float]:
    """A function that changes the control and gives the ms until what it changes is on the screen."""
    field = tab.page.locator(f".st-key-modules-{control.name} input")
    field.wait_for()
    watched = tab.page.locator(control.watched)
    step = 2 if control.name == "n_chans1" else 1
    numbers: Iterator[int] = counting(control.first or 0, step)

    def change() -> float:
        field.focus()
        if control.first is not None:
            field.fill(str(next(numbers)))
        watched.first.wait_for()
        # A browser acts upon the space bar as it comes up.
        key, acts = ("Space", "keyup") if control.first is None else ("Enter", "keydown")
        watched.evaluate_all("(nodes, type) => armChanged(nodes, type)", acts)
        tab.page.keyboard.press(key)
        taken = float(awaited(tab))
        tab.page.wait_for_timeout(PAUSE_MS)
        tab.wait_idle()
        return taken

    return change


def figures(empty: list[float], taken: dict[str, list[float]]) -> list[Figure]:
    """The bar stands against the empty page under the lab's own settings."""
    reference = median_figure(f"{EMPTY}, key to text", empty, "ms")
    found = [reference]
    for name, several in taken.items():
        median = median_figure(f"{name}: key to picture", several, "ms")
        times = median.value / reference.value
        found += [median, Figure(f"{name}: median", times, "x", MEDIAN_TIMES, f"of {EMPTY}")]
    return found


def run(count: int = CHANGES, settle_s: float = SETTLE_S) -> list[Figure]:
    """All pages take turns, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        prepared = stack.enter_context(small_app("prepared.py", lab_settings=True))
        lab = stack.enter_context(serve())
        browser = stack.enter_context(chromium())
        press = edit.presses(open_tab(browser, prepared, "/"))
        tabs = {
            name: open_tab(browser, lab, f"/modules?{control.query}") for name, control in CONTROLS.items()
        }
        each = {name: changes(tab, CONTROLS[name]) for name, tab in tabs.items()}
        next(iter(tabs.values())).page.wait_for_timeout(1000 * settle_s)
        empty: list[float] = []
        taken: dict[str, list[float]] = {name: [] for name in each}
        for number in range(-WARM_UP, count):
            pressed, changed = press(), {name: change() for name, change in each.items()}
            if number >= 0:
                empty.append(pressed)
                for name, ms in changed.items():
                    taken[name].append(ms)
        return figures(empty, taken)
