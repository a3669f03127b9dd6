"""The Modules page: a control of each part, from the key to the frame that shows what it changes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count as counting
from typing import Literal

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
        name: the control's, or a button's.
        watched: CSS of what it changes.
        how: what it is. A list and a slider go to and fro between two values, whose answers are kept.
        first: of the numbers that are typed, each one larger than the last, so that nothing was computed
            before.
    """

    query: str
    name: str
    watched: str
    how: Literal["number", "switch", "list", "button", "slider"] = "number"
    first: int = 1


_STEP, _DROPOUT = "part=step", "part=regularised&regulariser=dropout"
_NORM = "part=regularised&regulariser=batch_norm"
_SHEET, _CHARTS = ".root:has(.parts.lab)", ".root:has(.panels)"
CONTROLS = {
    "registered, in_features": Control("part=registered&topic=fit", "in_features", ".answer", first=300),
    "registered, network": Control("part=registered", "tree_of", _SHEET, "list"),
    "one training step, seed": Control(_STEP, "step_seed", _SHEET),
    "one training step, the loop": Control(_STEP, "step_order", _SHEET, "list"),
    "save and load, strict": Control("part=saved", "strict", ".answer", "switch"),
    "save and load, network": Control("part=saved", "saved_into", ".answer", "list"),
    "devices and dtypes, converted": Control("part=moved&moving=mixed", "mended", ".answer", "switch"),
    "devices and dtypes, picture": Control("part=moved&moving=mixed", "moved_picture", ".answer", "list"),
    "devices and dtypes, optimiser": Control(
        "part=moved&moving=optimizer", "optimizer_to", ".answer", "list"
    ),
    "width, n_chans1": Control("part=capacity", "n_chans1", ".answer", first=4),
    "dropout, passes": Control(_DROPOUT, "dropout_passes", ".answer", first=10),
    "dropout, draw again": Control(_DROPOUT, "draw_again", ".answer", "button"),
    "L2, optimiser": Control("part=regularised", "penalty_optimizer", _CHARTS, "list"),
    "batch norm, eval()": Control(_NORM, "norm_frozen_from", _CHARTS, "slider"),
    "20 layers, seed": Control("part=depth", "depth_seed", _CHARTS),
    "20 layers, activation": Control("part=depth", "depth_activation", _CHARTS, "list"),
}
# A browser acts upon the space bar as it comes up.
KEYS = {
    "number": ("Enter", "keydown"),
    "switch": ("Space", "keyup"),
    "list": ("Enter", "keydown"),
    "button": ("Space", "keyup"),
    "slider": ("ArrowRight", "keydown"),
}


def changes(tab: Tab, control: Control) -> Callable[[], float]:
    """A function that changes the control and gives the ms until what it changes is on the screen."""
    kind = "button" if control.how == "button" else "input"
    field = tab.page.locator(f".st-key-modules-{control.name} {kind}").first
    field.wait_for()
    watched = tab.page.locator(control.watched)
    step = 2 if control.name == "n_chans1" else 1
    turns: Iterator[int] = counting(control.first, step)
    key, acts = KEYS[control.how]

    def change() -> float:
        turn = next(turns)
        field.focus()
        if control.how == "number":
            field.fill(str(turn))
        elif control.how == "list":
            field.click()
            entries = tab.page.get_by_role("option")
            entries.first.wait_for()
            at_end = entries.last.get_attribute("aria-selected") == "true"
            tab.page.keyboard.press("ArrowDown" if turn % 2 and not at_end else "ArrowUp")
            tab.page.locator("[role=option][data-focused]:not([data-selected])").wait_for()
        watched.first.wait_for()
        watched.evaluate_all("(nodes, type) => armChanged(nodes, type)", acts)
        tab.page.keyboard.press("ArrowLeft" if control.how == "slider" and turn % 2 else key)
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
