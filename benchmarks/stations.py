"""From station to station along the chapter's path: from the key to the question, and to the whole page."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise

from benchmarks import edit
from benchmarks.layers import EMPTY
from benchmarks.measures import Figure, median_figure
from benchmarks.pages import awaited, open_tab
from benchmarks.served import SETTLE_S, small_app
from convlab.course import stations
from tests.browser.harness import Tab, chromium, serve

BARS = {"the lesson stays": 2.0, "the lesson changes": 3.0}  # at most so many times the empty page's median
WARM_UP = 4


Step = dict[str, float]  # ms until the "question" is there, and until the whole "page" is


def steps(tab: Tab, count: int) -> Callable[[int], Step]:
    """A function that goes on to the station of a number."""

    def step(number: int) -> Step:
        onward = tab.page.locator(".st-key-course-next a")
        onward.focus()
        tab.page.evaluate("place => armStep(place)", f", {number} of {count}")
        tab.page.keyboard.press("Enter")
        taken: Step = awaited(tab)
        tab.wait_idle()
        return taken

    return step


def figures(empty: list[float], taken: dict[str, list[Step]]) -> list[Figure]:
    """The bars stand against the empty page under the lab's own settings, for the question and for all."""
    reference = median_figure(f"{EMPTY}, key to text", empty, "ms")
    found = [reference]
    for name, several in taken.items():
        if several:
            for shown in ("question", "page"):
                ms = [step[shown] for step in several]
                found.append(median_figure(f"next station, {name}: key to {shown}", ms, "ms"))
                times = found[-1].value / reference.value
                found.append(Figure(f"next station, {name}: {shown}", times, "x", BARS[name], f"of {EMPTY}"))
    return found


def run(count: int | None = None, settle_s: float = SETTLE_S) -> list[Figure]:
    """Along the whole path, or its first stations; the empty page takes its turn between two steps."""
    path = stations.shipped()
    with ExitStack() as stack:
        prepared = stack.enter_context(small_app("prepared.py", lab_settings=True))
        lab = stack.enter_context(serve())
        browser = stack.enter_context(chromium())
        press = edit.presses(open_tab(browser, prepared, "/"))
        for lesson in dict.fromkeys(station.lesson for station in path[:count]):
            open_tab(browser, lab, f"/{lesson}").page.context.close()  # its imports are no station's
        tab = open_tab(browser, lab, f"/{path[0].lesson}?{path[0].link}&station={path[0].id}")
        tab.page.wait_for_timeout(1000 * settle_s)
        for _ in range(WARM_UP):
            press()
        step, empty = steps(tab, len(path)), [press()]
        taken: dict[str, list[Step]] = {name: [] for name in BARS}
        for number, (one, other) in enumerate(pairwise(path[:count]), 2):
            stays = one.lesson == other.lesson
            taken["the lesson stays" if stays else "the lesson changes"].append(step(number))
            empty.append(press())
        return figures(empty, taken)
