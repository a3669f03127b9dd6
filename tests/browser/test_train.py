"""The Train page in a browser: started, watched, steered, left and found again; names of strangers."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Locator, expect

from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train.controls import Experiment
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab
from tests.browser.test_everywhere import Tabs, check, opened
from tests.browser.test_presentation import PROJECTOR_PX, presented
from tests.few import few_sketches

WAIT_MS = 60_000
MARKUP = "<img src=x onerror=alert(1)> ![x](http://a.invalid/x.png) $x^2$ :cat:"
# Every redraw: when, and of how many points; a remounted component would begin anew at 1.
RECORD = """(root) => {
  window.seen = [];
  const { dataset } = root;
  const look = () => window.seen.push([performance.now(), Number(dataset.updates), Number(dataset.points)]);
  new MutationObserver(look).observe(root, { attributes: true, attributeFilter: ["data-updates"] });
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("train_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(folder))
        few_sketches()
        yield folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[harness.Server]:
    with harness.serve() as running:
        yield running


@pytest.fixture
def tab(browser: Browser, server: harness.Server) -> Iterator[Tab]:
    found = harness.new_tab(browser, server)
    yield found
    assert found.errors == []
    assert found.outside_requests() == []
    for run in runs.all_runs():
        run.stop()
    for context in browser.contexts:
        context.close()


def button(tab: Tab, name: str) -> Locator:
    """One of the page's; Streamlit has a Stop of its own in its head, while a page runs for long."""
    return tab.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True)


def panel(tab: Tab) -> Locator:
    return tab.page.locator(".root:has(> .status)")


def state(tab: Tab) -> Locator:
    return panel(tab).locator(".state")


def open_page(tab: Tab, query: str = "") -> None:
    tab.page.goto(f"{tab.base_url}/train{query}")
    expect(button(tab, "Start")).to_be_enabled(timeout=WAIT_MS)


def run_in(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("run", [""])[0]


def start(tab: Tab, query: str = "?epochs=1000") -> str:
    """Open the page and start a run; its id, once its first point is on the screen."""
    open_page(tab, query)
    tab.wait_idle()
    button(tab, "Start").click()
    tab.page.wait_for_url(re.compile(r"[?&]run=[0-9a-f]{16}"), timeout=WAIT_MS)
    id = run_in(tab.page.url)
    expect_shown(tab, id)
    expect(panel(tab)).not_to_have_attribute("data-points", "0", timeout=WAIT_MS)
    return id


def expect_shown(tab: Tab, id: str) -> None:
    """The panel shows this run, and the panel of what was shown before is gone."""
    expect(tab.page.locator(f'.root[data-identity="{id}"]')).to_be_visible(timeout=WAIT_MS)
    expect(panel(tab)).to_have_count(1, timeout=WAIT_MS)


def points(tab: Tab) -> int:
    return int(panel(tab).get_attribute("data-points") or 0)


def stop(tab: Tab) -> None:
    button(tab, "Stop").click()
    expect(state(tab)).to_have_text("Stopped", timeout=WAIT_MS)


def test_a_run_is_watched_without_flicker_and_stopped(tab: Tab) -> None:
    id = start(tab)
    expect(state(tab)).to_have_text("Training", timeout=WAIT_MS)
    panel(tab).evaluate(RECORD)
    tab.page.wait_for_timeout(4000)
    seen = tab.page.evaluate("window.seen")
    assert [count for _at, count, _points in seen] == list(
        range(seen[0][1], seen[0][1] + len(seen))
    )  # in place
    assert seen[-1][2] > seen[0][2]
    assert len(seen) >= 2  # the benchmark measures the rate, on a quiet machine
    expect(panel(tab).locator(".figures")).to_contain_text(re.compile(r"epoch \d+ of 1000, batch \d+ of 5"))
    expect(panel(tab).locator(".kernels canvas").first).to_be_visible()
    stop(tab)
    tab.wait_idle(1000)  # an idle page asks for nothing
    sent = len(tab.sent)
    tab.page.wait_for_timeout(1500)
    assert len(tab.sent) == sent
    assert runs.get(id).status().state == "stopped"


def test_reload_second_tab_and_page_switch_find_it_running(
    tab: Tab, browser: Browser, server: harness.Server
) -> None:
    id = start(tab)
    before = len(runs.get(id).metrics().loss)
    tab.page.reload()
    expect(state(tab)).to_have_text("Training", timeout=WAIT_MS)
    other = harness.new_tab(browser, server)
    other.page.goto(tab.page.url)
    expect(state(other)).to_have_text("Training", timeout=WAIT_MS)
    tab.page.get_by_role("link", name="Home").first.click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)
    tab.wait_idle()
    tab.page.get_by_role("link", name="Train").first.click()
    expect_shown(tab, id)
    expect(state(tab)).to_have_text("Training", timeout=WAIT_MS)
    assert run_in(tab.page.url) == id
    assert len(runs.get(id).metrics().loss) > before
    stop(other)
    expect(state(tab)).to_have_text("Stopped", timeout=WAIT_MS)  # the first tab hears of it


def test_pause_resume_and_another_learning_rate(tab: Tab) -> None:
    id = start(tab)
    run = runs.get(id)
    rate = tab.page.get_by_role("spinbutton", name="lr from now on")
    rate.fill("0.002")
    rate.press("Enter")
    deadline = time.monotonic() + WAIT_MS / 1000
    while not run.metrics().lrs and time.monotonic() < deadline:
        time.sleep(0.05)
    assert run.metrics().lrs[-1][2] == 0.002
    button(tab, "Pause").click()
    expect(state(tab)).to_have_text("Paused", timeout=WAIT_MS)
    trained = len(run.metrics().loss)
    button(tab, "Resume").click()
    expect(state(tab)).to_have_text("Training", timeout=WAIT_MS)
    while len(run.metrics().loss) <= trained and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(run.metrics().loss) > trained
    stop(tab)


def test_the_cursor_reads_exact_numbers_by_keyboard_and_pointer(tab: Tab) -> None:
    id = start(tab, "?epochs=3")
    expect(state(tab)).to_have_text("Finished", timeout=WAIT_MS)
    records = runs.get(id).metrics().records
    chart = panel(tab).locator(".chart.loss svg[role=application]")
    chart.focus()
    for key in ("End", "ArrowLeft"):
        tab.page.keyboard.press(key)
    live = panel(tab).locator("[aria-live=polite].visually-hidden")
    expect(live).to_have_text(re.compile("^Epoch 2: "))
    assert f"Training {records[1].train_loss:.4g}" in live.inner_text().replace("−", "-")
    assert f"Validation {records[1].val_loss:.4g}" in live.inner_text()
    share = panel(tab).locator(".chart.accuracy .key li", has_text="Validation").first
    expect(share).to_contain_text(f"{100 * records[1].val_accuracy:.1f}%")  # all charts share the cursor
    tab.page.keyboard.press("Escape")
    expect(share).to_contain_text(f"{100 * records[2].val_accuracy:.1f}%")
    box = chart.bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    expect(panel(tab).locator(".chart.rate .rule")).to_have_attribute("visibility", "inherit")


def test_presets_hold_when_settings_were_open_before(tab: Tab) -> None:
    open_page(tab)
    tab.page.get_by_test_id("stCheckbox").get_by_text("More settings").click()
    momentum = tab.page.get_by_role("spinbutton", name="momentum")
    expect(momentum).to_be_visible(timeout=WAIT_MS)
    tab.page.get_by_test_id("stCheckbox").get_by_text("More settings").click()
    expect(momentum).to_have_count(0, timeout=WAIT_MS)
    button(tab, "Fast demo").click()
    tab.page.wait_for_url(re.compile("momentum=0.9"), timeout=WAIT_MS)
    tab.page.get_by_test_id("stCheckbox").get_by_text("More settings").click()
    expect(momentum).to_have_value("0.9", timeout=WAIT_MS)
    tab.wait_idle(500)
    assert "momentum=0.9" in tab.page.url


def test_a_name_with_markup_runs_nothing_and_asks_nobody(tab: Tab) -> None:
    dialogs: list[Dialog] = []
    tab.page.on("dialog", lambda dialog: dialogs.append(dialog))
    id = start(tab, "?epochs=2")
    runs.get(id).rename(MARKUP)
    for experiment in ("past", "chapter", "then"):
        tab.open(f"/train?run={id}&experiment={experiment}")
        expect(tab.page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible(timeout=WAIT_MS)
    assert dialogs == []


def test_the_table_and_the_overlay_follow_runs_that_train(tab: Tab) -> None:
    for seed in (1, 2):
        worker.train(runs.create(Settings(epochs=2, seed=seed), f"done {seed}"))
    start(tab, "?epochs=1000&experiment=past&seed=7")
    table = tab.page.locator('[data-testid="stDataFrame"]')
    expect(table).to_be_visible(timeout=WAIT_MS)
    tick(tab, table, 0)
    tick(tab, table, 1)
    overlay = tab.page.locator(".root[data-identity]").nth(1)  # the first is the panel's
    expect(overlay).to_be_visible(timeout=WAIT_MS)
    overlay.evaluate(RECORD)
    table.evaluate("(node) => (node.dataset.mine = 'yes')")
    tab.page.wait_for_timeout(6000)
    seen = tab.page.evaluate("window.seen")
    assert [count for _at, count, _points in seen] == list(range(seen[0][1], seen[0][1] + len(seen)))
    assert seen[-1][2] > seen[0][2]
    expect(table).to_have_attribute("data-mine", "yes")  # nothing was built anew
    expect(button(tab, "Delete")).to_be_visible()  # the ticks are still there
    button(tab, "Stop").click()
    expect(state(tab).first).to_have_text("Stopped", timeout=WAIT_MS)
    tab.wait_idle(1500)  # nothing is under way: nothing is asked for
    sent = len(tab.sent)
    tab.page.wait_for_timeout(2500)
    assert len(tab.sent) == sent
    expect(overlay).to_be_visible()


def tick(tab: Tab, table: Locator, row: int) -> None:
    """The box before a row; the grid is one canvas."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    tab.page.mouse.click(box["x"] + 18, box["y"] + 36 + 35 * row + 17)
    tab.page.wait_for_timeout(500)


@pytest.fixture(scope="module")
def finished(browser: Browser, server: harness.Server) -> str:
    """A run that came to its end; its id."""
    tab = harness.new_tab(browser, server)
    id = start(tab, "?epochs=2")
    expect(state(tab)).to_have_text("Finished", timeout=WAIT_MS)
    tab.page.context.close()
    return id


@pytest.fixture(scope="module")
def tabs(browser: Browser, server: harness.Server) -> Tabs:
    """One tab for each size of window."""
    return {size_px: harness.new_tab(browser, server, size_px=size_px) for size_px in (DESKTOP_PX, PHONE_PX)}


@pytest.mark.parametrize("lr", [0.1, 0.03], ids=["plain", "diagnosed"])
@pytest.mark.parametrize("size_px", [DESKTOP_PX, PROJECTOR_PX], ids=["desktop", "projector"])
def test_a_class_has_the_curves_with_their_legends_in_the_window(
    tab: Tab, size_px: tuple[int, int], lr: float
) -> None:
    run = runs.create(Settings(epochs=3 if lr < 0.1 else 6, lr=lr), "shown")
    worker.train(run)
    presented(tab, f"/train?run={run.id}", size_px)
    expect(tab.page.locator(".st-key-train-diagnosis [data-testid=stMarkdown]")).to_have_count(int(lr < 0.1))
    for chart in ("loss", "accuracy"):
        figure = panel(tab).locator(f".chart.{chart}")
        box, head = harness.still(figure), figure.locator(".head").bounding_box()
        assert 0 <= box["y"] < box["y"] + box["height"] <= size_px[1]
        assert head
        assert head["height"] < 0.06 * size_px[1]  # one line, also where a part of the epochs is shown
        figure.locator("svg[role=application]").press("+")
        assert figure.locator(".head").evaluate("node => node.scrollWidth <= node.clientWidth")
        assert figure.locator(".head").bounding_box() == head
    assert harness.still(panel(tab).locator(".loss .plot"))["height"] >= size_px[1] / 3


@pytest.mark.parametrize("lr", [0.1, 0.03], ids=["plain", "diagnosed"])
@pytest.mark.parametrize("size_px", [DESKTOP_PX, PROJECTOR_PX], ids=["desktop", "projector"])
def test_what_else_is_under_way_is_one_line_above_them(
    tab: Tab, paused: Run, size_px: tuple[int, int], lr: float
) -> None:
    run = runs.create(Settings(epochs=3 if lr < 0.1 else 6, lr=lr), "shown")
    worker.train(run)
    presented(tab, f"/train?run={run.id}", size_px)
    line, row = tab.page.locator(".st-key-train-line"), tab.page.locator(f".st-key-train-line-{paused.id}")
    expect(line).to_have_text("1 run is paused", timeout=WAIT_MS, use_inner_text=True)
    expect(row).to_be_hidden()
    for chart in ("loss", "accuracy"):
        box = harness.still(panel(tab).locator(f".chart.{chart}"))
        assert box["y"] + box["height"] <= size_px[1]
    assert harness.still(panel(tab).locator(".loss .plot"))["height"] >= size_px[1] / 4
    tab.page.keyboard.press("c")
    expect(row.get_by_role("button", name="Resume")).to_be_visible()


@pytest.fixture
def paused() -> Iterator[Run]:
    run = runs.create(Settings(epochs=3, lr=0.2), "rests")
    run.set_status(run.status().now("paused"))
    yield run
    run.delete()


@pytest.mark.parametrize(
    ("size_px", "scheme"), [(DESKTOP_PX, "dark"), (PHONE_PX, "light")], ids=["desktop", "phone"]
)
@pytest.mark.parametrize("experiment", get_args(Experiment)[1:])
def test_no_barrier_with_a_run_on_show(
    tabs: Tabs, finished: str, experiment: str, size_px: tuple[int, int], scheme: harness.Scheme
) -> None:
    check(opened(tabs[size_px], f"/train?run={finished}&experiment={experiment}&more=1", size_px, scheme))
