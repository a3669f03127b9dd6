"""The learning player in a browser: what it shows of a run, its controls, and what Python hears: nothing."""

import math
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.apps.learning_player_app import run
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab

APP = "learning_player_app.py"
STEPS = 120
LOOKS: list[tuple[harness.Scheme, tuple[int, int]]] = [("light", DESKTOP_PX), ("dark", PHONE_PX)]

Player = Callable[..., Tab]

OVERFLOWING = """
(cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)
"""


@pytest.fixture
def player(browser: Browser, server: harness.Server) -> Iterator[Player]:
    """``player(case="small")``: a tab where a run has arrived.

    still: under reduced motion, which shows the end; clock: with a clock that can be stopped.
    """
    tabs: list[Tab] = []

    def player(case: str = "small", *, still: bool = False, clock: bool = False) -> Tab:
        tab = harness.new_tab(browser, server)
        tabs.append(tab)
        if still:
            tab.page.emulate_media(reduced_motion="reduce")
        if clock:
            tab.page.clock.install()
        tab.page.goto(f"{server.url}/?case={case}")
        expect(slider(tab)).to_be_visible(timeout=30000)
        return tab

    yield player
    for tab in tabs:
        assert tab.errors == []
        tab.page.context.close()


def slider(tab: Tab) -> Locator:
    return tab.page.get_by_role("slider", name="Step of the learning")


def button(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("button", name=name, exact=True)


def at(tab: Tab) -> int:
    return int(slider(tab).input_value())


def grids(tab: Tab) -> list[list[float]]:
    """The numbers in the cells, learned kernel first, then the target."""
    texts = tab.page.locator(".pair section").all()
    cells = [section.locator(".cell").all_inner_texts() for section in texts]
    return [[float(text.replace("\u2212", "-")) for text in part] for part in cells]


def reading(tab: Tab) -> str:
    return tab.page.locator(".reading").inner_text()


def pause(tab: Tab) -> int:
    button(tab, "Pause").click()
    expect(button(tab, "Play")).to_be_visible()
    return at(tab)


def test_a_new_run_plays_by_itself_to_the_end(player: Player) -> None:
    tab = player()
    tab.wait_idle()
    expect(button(tab, "Pause")).to_be_visible()
    sent = len(tab.sent)
    expect(slider(tab)).to_have_value(str(STEPS), timeout=15000)
    expect(button(tab, "Play")).to_be_visible()
    assert len(tab.sent) == sent  # not one message to Python
    trajectory = run("small", seed=0)
    learned, target = grids(tab)
    assert learned == pytest.approx(trajectory.kernels[-1].flatten().tolist(), abs=0.00051)
    assert target == trajectory.target.flatten().tolist()
    off = float((trajectory.kernels[-1] - trajectory.target).abs().max())
    words = tab.page.locator(".difference").inner_text().replace("\u2212", "-")
    assert float(words.rsplit(" ", 1)[1]) == pytest.approx(off, rel=0.01)


def test_every_step_shows_its_own_kernel_and_loss(player: Player) -> None:
    tab = player(still=True)
    trajectory = run("small", seed=0)
    for step in (0, 1, 17):
        slider(tab).fill(str(step))
        assert grids(tab)[0] == pytest.approx(trajectory.kernels[step].flatten().tolist(), abs=0.00051)
        found = re.fullmatch(r"Step (\d+) of 120, loss ([\d.]+)", reading(tab))
        assert found
        assert int(found[1]) == step
        assert float(found[2]) == pytest.approx(float(trajectory.losses[step]), rel=0.006)


def test_pause_holds_and_single_steps_go_on_from_there(player: Player) -> None:
    tab = player()
    tab.page.wait_for_timeout(700)
    held = pause(tab)
    assert 0 < held < STEPS
    tab.page.wait_for_timeout(400)
    assert at(tab) == held
    button(tab, "Step").click()
    assert at(tab) == held + 1
    button(tab, "Step back").click()
    button(tab, "Step back").click()
    assert at(tab) == held - 1
    button(tab, "Play").click()
    expect(slider(tab)).not_to_have_value(str(held - 1))
    assert pause(tab) >= held
    button(tab, "Restart").click()
    button(tab, "Step back").click()  # nothing lies before the start
    tab.page.wait_for_timeout(200)
    assert at(tab) == 0
    slider(tab).press("End")
    button(tab, "Step").click()
    assert at(tab) == STEPS
    button(tab, "Play").click()  # from the end it plays the run again
    expect(button(tab, "Pause")).to_be_visible()
    assert at(tab) < STEPS


def test_the_slider_by_keyboard(player: Player) -> None:
    tab = player(still=True)
    keys = tab.page.keyboard
    slider(tab).focus()
    keys.press("Home")
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("ArrowLeft")
    live = tab.page.locator("[aria-live=polite].visually-hidden")
    expect(live).to_have_text(re.compile(r"^Step 2 of 120, loss \d"))
    keys.press("Space")
    expect(button(tab, "Pause")).to_be_visible()
    expect(live).to_have_text("")  # a playing run is not spoken
    expect(slider(tab)).not_to_have_value("2")
    keys.press("Space")
    expect(button(tab, "Play")).to_be_visible()
    expect(live).to_have_text(reading(tab))
    keys.press("Space")
    keys.press("ArrowLeft")  # touching the slider takes over from the playing
    expect(button(tab, "Play")).to_be_visible()


@pytest.mark.parametrize(("speed", "second_s"), [("1×", 1), ("4×", 0.25), ("0.25×", 4)])
def test_a_run_takes_five_seconds_divided_by_the_speed(player: Player, speed: str, second_s: float) -> None:
    """By a clock that stands still but where it is told to run, so that no frame is late."""
    tab = player(still=True, clock=True)
    clock = tab.page.clock
    tab.page.get_by_role("combobox", name="Speed").select_option(speed)
    clock.pause_at(tab.page.evaluate("Date.now()") + 1000)
    button(tab, "Play").click()
    kernels = []
    for second in range(1, 5):
        clock.run_for(round(1000 * second_s))
        # Slow at first, where the kernel changes most.
        assert at(tab) == pytest.approx(STEPS * (second / 5) ** 2, abs=6)
        kernels.append(grids(tab)[0])
    wanted = run("small", seed=0).kernels[at(tab)].flatten().tolist()
    assert kernels[-1] == pytest.approx(wanted, abs=0.00051)
    assert len({tuple(kernel) for kernel in kernels}) >= 3  # the last ones differ by less than is written
    expect(button(tab, "Pause")).to_be_visible()
    clock.run_for(round(1200 * second_s))
    assert at(tab) == STEPS
    expect(button(tab, "Play")).to_be_visible()


def test_only_another_run_starts_anew(player: Player) -> None:
    tab = player()
    tab.page.wait_for_timeout(600)
    before = at(tab)
    button(tab, "Rerun").click()
    expect(tab.page.locator("#runs")).to_have_text("1")
    expect(button(tab, "Pause")).to_be_visible()  # a rerun leaves a playing run alone
    assert at(tab) >= before > 0
    slider(tab).fill("40")
    button(tab, "Rerun").click()
    expect(tab.page.locator("#runs")).to_have_text("2")
    tab.wait_idle()
    expect(button(tab, "Play")).to_be_visible()  # and one that rests
    assert at(tab) == 40
    button(tab, "Other start").click()
    pause(tab)
    button(tab, "Restart").click()
    expected = run("small", seed=1).kernels[0].flatten().tolist()
    assert grids(tab)[0] == pytest.approx(expected, abs=0.00051)


def test_reduced_motion_shows_the_end_at_once_and_stands_still(player: Player) -> None:
    tab = player(still=True)
    assert at(tab) == STEPS
    expect(button(tab, "Play")).to_be_visible()
    slider(tab).press("Home")
    tab.page.wait_for_timeout(500)
    assert at(tab) == 0


def test_a_diverged_run_ends_where_it_broke_and_says_so(player: Player) -> None:
    tab = player("diverged", still=True)
    trajectory = run("diverged", seed=0)
    assert trajectory.diverged_at
    sentence = (
        f"Diverged: at step {trajectory.diverged_at} the loss is no longer finite. Lower the learning rate"
    )
    expect(tab.page.get_by_role("alert").filter(has_text="Diverged")).to_contain_text(sentence)
    assert at(tab) == trajectory.diverged_at - 1
    last = trajectory.kernels[-1].flatten().tolist()
    assert grids(tab)[0] == pytest.approx(last, rel=0.5)  # one digit: 3e16
    assert [value > 0 for value in grids(tab)[0]] == [value > 0 for value in last]
    assert tab.axe() == []


def test_the_curve_follows_the_theme(player: Player) -> None:
    tab = player(still=True)
    figures = tab.page.locator(".plot svg .grid text").first
    grey = "(text) => Math.max(...getComputedStyle(text).fill.match(/\\d+/g).map(Number))"
    assert figures.evaluate(grey) < 80  # dark letters
    tab.page.emulate_media(color_scheme="dark")
    tab.page.wait_for_timeout(500)
    assert figures.evaluate(grey) > 215  # light ones


# Where the dot of the loss curve stands, and where its lines end: the whole run, and what was played.
DRAWN = """(svg) => {
  const [all, played] = [...svg.querySelectorAll("path.whole, path.solid")].map((path) => {
    const { x, y } = path.getPointAtLength(path.getTotalLength());
    return [x, y];
  });
  const [x, y] = ["cx", "cy"].map((name) => Number(svg.querySelector("circle.solid").getAttribute(name)));
  return { all, played, dot: [x, y] };
}"""


def test_the_curve_shows_the_run_and_what_was_played(player: Player) -> None:
    tab = player(still=True)
    curve = tab.page.locator(".plot svg")
    expect(curve).to_have_accessible_name(re.compile(r"^Loss curve: [\d.]+ at step 0, \S+ at step 120\.$"))
    end = curve.evaluate(DRAWN)
    assert end["dot"] == pytest.approx(end["played"], abs=0.2)
    assert end["played"] == pytest.approx(end["all"], abs=0.2)
    slider(tab).fill("30")
    expect(curve.locator("path.whole")).to_have_css("stroke-opacity", "0.4")  # what is to come is faint
    expect(curve.locator("path.solid")).to_have_css("stroke-opacity", "1")
    middle = curve.evaluate(DRAWN)
    assert middle["all"] == end["all"]
    assert middle["dot"] == pytest.approx(middle["played"], abs=0.2)
    left, right = (
        float(tab.page.locator(".grid line.tick").nth(n).get_attribute("x1") or "") for n in (0, -1)
    )
    assert middle["dot"][0] == pytest.approx(left + (right - left) * 30 / STEPS, abs=0.2)
    # The axis is logarithmic from a ratio of 100 on.
    losses = run("small", seed=0).losses
    place = math.log(losses[30] / losses[-1]) / math.log(losses[0] / losses[-1])
    first = curve.evaluate("(svg) => svg.querySelector('path.whole').getPointAtLength(0).y")
    assert middle["dot"][1] == pytest.approx(end["dot"][1] + place * (first - end["dot"][1]), abs=1)
    box = curve.bounding_box()
    assert box
    tab.page.mouse.click(box["x"] + end["dot"][0], box["y"] + 20)  # pointing moves there
    assert at(tab) == STEPS
    curve.press("ArrowLeft")
    assert at(tab) == STEPS - 1


@pytest.mark.parametrize("case", ["small", "wide"])
def test_no_barrier_and_every_target_large_enough(player: Player, case: str) -> None:
    tab = player(case, still=True)
    for scheme, size_px in LOOKS:
        tab.page.emulate_media(color_scheme=scheme)
        tab.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
        tab.wait_idle()
        assert tab.axe() == []
        assert tab.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert tab.page.locator(".pair .cell").evaluate_all(OVERFLOWING) == []
        targets = [
            found.bounding_box() for found in tab.page.locator(".player :is(button, select, input)").all()
        ]
        assert len(targets) == 6
        assert all(target and target["width"] >= 32 and target["height"] >= 32 for target in targets)
        # The two kernels stand side by side, except where two 7x7 ones cannot.
        tops = tab.page.locator(".pair section").evaluate_all("(all) => all.map((one) => one.offsetTop)")
        assert (tops[0] == tops[1]) is not (case == "wide" and size_px == PHONE_PX)
