"""What a hand moves on the Probe page: how soon the verdict on it is on the screen, also beside a run."""

from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Locator

from benchmarks.measures import Figure, median_figure, p95
from benchmarks.pages import SCRIPT, open_tab
from benchmarks.served import SETTLE_S
from benchmarks.train_page import opened, own_home, start_ms, stop
from tests.browser.harness import Tab, chromium, serve

MOVES, GAP_MS = 120, 16
MEDIAN_MS, P95_MS, UPDATES = 100.0, 200.0, 10.0
PATH = "/probe?picture=photo:cat"
PUSHED = f"{PATH}&experiment=change&change=rotate"
PAINTED = f"{PATH}&experiment=arena&game=paint"
CUT = f"{PATH}&experiment=surgery&layer=conv2&out_channel=3&in_channel=5"
# What is in the hand, as ``data-told`` of the root has it: the lab's square; what brush or cell change.
SQUARE = "root => () => [...root.querySelectorAll('.fields input')].map(input => input.value).join()"
HELD = "root => () => root.dataset.held"
# Where a slider's thumb has to be by the pointer's way, whether its page has drawn it there or not.
THUMB = """() => {
  const input = document.querySelector(".st-key-probe-amount input[type=range]");
  const [least, most, step, start] = [input.min, input.max, input.step, input.value].map(Number);
  const track = input.closest("[style*='position: relative']").getBoundingClientRect();
  const { left, width } = input.closest("[style*=translate]").getBoundingClientRect();
  return ({ clientX }) => {
    const value = start + ((clientX - left - width / 2) / track.width) * (most - least);
    return String(Number((least + Math.round((value - least) / step) * step).toPrecision(10)));
  };
}"""


@dataclass(frozen=True)
class Followed:
    """What was seen while the hand moved.

    Attributes:
        late_ms: from each move to the frame that shows the verdict on it, or on one after it.
        painted_ms: when these frames came.
        left: moves that no verdict followed.
    """

    late_ms: list[float]
    painted_ms: list[float]
    left: int


def lab_root(tab: Tab) -> Locator:
    """The lab, with a verdict in it."""
    root = tab.page.locator(".root", has=tab.page.locator("canvas.crop"))
    root.locator(".answer").first.wait_for()
    return root


def dragged(
    tab: Tab, root: Locator, node: Locator, read: str, moves: int = MOVES, slope: float = 1 / 8
) -> Followed:
    """Drag a node to the right and back; ``read`` gives what ``data-told`` of the root then holds.

    ``slope``: pixels down for each to the right.
    """
    box, page = node.bounding_box(), tab.page
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    root.evaluate(f"root => recordFollowed(root, ({read})(root))")
    for place in [*range(moves // 2), *range(moves // 2, 0, -1)]:
        page.mouse.move(x + place, y + place * slope)
        page.wait_for_timeout(GAP_MS)
    page.wait_for_timeout(500)  # for the last verdict
    told = page.evaluate("recordedFollowed()")
    page.mouse.up()
    tab.wait_idle()
    return Followed(told["late"], told["painted"], told["left"])


def visit(tab: Tab, path: str) -> None:
    """Another page in the same tab, with the measuring functions in it."""
    tab.open(path)
    tab.page.add_script_tag(content=SCRIPT)


def others(tab: Tab, found: list[Figure], moves: int, where: str) -> None:
    """The slider of Push the picture, the brush, then a kernel's cell; ``where`` ends their names."""
    thumb = ".st-key-probe-amount div:has(> [data-testid=stSliderThumbValue])"
    board = ".pixel-board canvas.cursor"
    cell = ".kernel-cells input.cell >> nth=4"
    for name, path, held, read, slope in (
        ("a slider", PUSHED, thumb, THUMB, 1 / 8),
        ("the brush", PAINTED, board, HELD, 1 / 8),
        ("a kernel's cell", CUT, cell, HELD, 1.0),
    ):
        visit(tab, path)
        root, node = tab.page.locator(".root:has(.followed)"), tab.page.locator(held)
        root.locator(".answer").first.wait_for()
        node.scroll_into_view_if_needed()
        dragged(tab, root, node, read, moves // 4, slope)
        found += figures(f"Probe, {name}{where}", dragged(tab, root, node, read, moves, slope))


def figures(name: str, found: Followed) -> list[Figure]:
    """Against the bars."""
    apart = [after - before for before, after in pairwise(found.painted_ms)]
    return [
        median_figure(f"{name}, moved to verdict: median", found.late_ms, "ms", MEDIAN_MS),
        Figure(f"{name}, moved to verdict: p95", p95(found.late_ms), "ms", P95_MS),
        median_figure(f"{name}: between two verdicts", apart, "ms", 1000 / UPDATES),
        Figure(f"{name}: moves without a verdict", found.left, "moves", 0),
    ]


def run(moves: int = MOVES, settle_s: float = SETTLE_S) -> list[Figure]:
    """The square, a slider, the brush and a kernel's cell, alone and beside a run that trains."""
    found: list[Figure] = []
    with own_home(), serve() as server, chromium() as browser:
        train = opened(browser, server)
        tab = open_tab(browser, server, PATH)
        root = lab_root(tab)
        tab.page.wait_for_timeout(1000 * settle_s)
        square = root.locator("canvas.crop")
        dragged(tab, root, square, SQUARE, moves // 4)  # the first time, scripts are still compiled
        found += figures("Probe, the square", dragged(tab, root, square, SQUARE, moves))
        others(tab, found, moves, "")
        visit(tab, PATH)
        root = lab_root(tab)
        square = root.locator("canvas.crop")
        start_ms(train)
        found += figures("Probe, the square beside a run", dragged(tab, root, square, SQUARE, moves))
        others(tab, found, moves, " beside a run")
        stop(train)
    return found
