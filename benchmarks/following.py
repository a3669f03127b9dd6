"""What a hand moves on the Probe page: how soon the verdict on it is on the screen, also beside a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Locator

from benchmarks.measures import Figure, median_figure, p95
from benchmarks.pages import SCRIPT, open_tab
from benchmarks.served import SETTLE_S
from benchmarks.train_page import opened, own_home, start_ms, stop
from tests.browser.harness import Tab, chromium, serve

MOVES, GAP_MS = 120, 16
PIXELS = 32  # of the board that is painted, on a side
Way = Sequence[tuple[float, float]]  # of the pointer: pixels to the right of where it went down, and below it
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


def dragged(tab: Tab, root: Locator, node: Locator, read: str, way: Way) -> Followed:
    """Drag from the middle of a node; ``read`` gives what ``data-told`` of the root then holds."""
    box, page = node.bounding_box(), tab.page
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    root.evaluate(f"root => recordFollowed(root, ({read})(root))")
    for right, down in way:
        page.mouse.move(x + right, y + down)
        page.wait_for_timeout(GAP_MS)
    page.wait_for_timeout(500)  # for the last verdict
    told = page.evaluate("recordedFollowed()")
    page.mouse.up()
    tab.wait_idle()
    return Followed(told["late"], told["painted"], told["left"])


def there_and_back(moves: int, right: float = 1.0, down: float = 1 / 8) -> Way:
    """Each move of so many pixels, away from the start and to it again."""
    return [(right * step, down * step) for step in [*range(moves // 2), *range(moves // 2, 0, -1)]]


def rows_of(board: Locator, moves: int) -> Way:
    """Each move to the next pixel of a board, row by row below its middle, to and fro."""
    box = board.bounding_box()
    assert box
    side, a_row = box["width"] / PIXELS, PIXELS // 2 - 1
    rows = (divmod(move, a_row) for move in range(moves))
    return [(side * (a_row - 1 - place if row % 2 else place), side * row) for row, place in rows]


def visit(tab: Tab, path: str) -> None:
    """Another page in the same tab, with the measuring functions in it."""
    tab.open(path)
    tab.page.add_script_tag(content=SCRIPT)


def others(tab: Tab, found: list[Figure], moves: int, where: str) -> None:
    """The slider of Push the picture, the brush, then a kernel's cell; ``where`` ends their names.

    Nearly each move of the hand changes what it holds.
    """
    thumb = ".st-key-probe-amount div:has(> [data-testid=stSliderThumbValue])"
    board = ".pixel-board canvas.cursor"
    cell = ".kernel-cells input.cell >> nth=4"
    ways: tuple[tuple[str, str, str, str, Callable[[Locator], Way]], ...] = (
        ("a slider", PUSHED, thumb, THUMB, lambda _thumb: there_and_back(moves, right=3.0)),
        ("the brush", PAINTED, board, HELD, lambda node: rows_of(node, moves)),
        ("a kernel's cell", CUT, cell, HELD, lambda _cell: there_and_back(moves, down=1.0)),
    )
    for name, path, held, read, way_of in ways:
        visit(tab, path)
        root, node = tab.page.locator(".root:has(.followed)"), tab.page.locator(held)
        root.locator(".answer").first.wait_for()
        node.scroll_into_view_if_needed()
        way = way_of(node)
        dragged(tab, root, node, read, way[-moves // 4 :])
        found += figures(f"Probe, {name}{where}", dragged(tab, root, node, read, way))


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
        root, way = lab_root(tab), there_and_back(moves)
        tab.page.wait_for_timeout(1000 * settle_s)
        square = root.locator("canvas.crop")
        # The first time, scripts are still compiled.
        dragged(tab, root, square, SQUARE, there_and_back(moves // 4))
        found += figures("Probe, the square", dragged(tab, root, square, SQUARE, way))
        others(tab, found, moves, "")
        visit(tab, PATH)
        root = lab_root(tab)
        square = root.locator("canvas.crop")
        start_ms(train)
        found += figures("Probe, the square beside a run", dragged(tab, root, square, SQUARE, way))
        others(tab, found, moves, " beside a run")
        stop(train)
    return found
