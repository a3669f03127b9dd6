"""The curves in a browser: lines where their numbers are, axes that grow by steps, redrawn in place."""

import csv
import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.apps import curves_app
from tests.browser.apps.curves_app import loss
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab

APP = "curves_app.py"


@pytest.fixture(scope="module")
def shared_tab(browser: Browser, server: harness.Server) -> Tab:
    return harness.new_tab(browser, server)


@pytest.fixture
def tab(shared_tab: Tab) -> Iterator[Tab]:
    yield shared_tab
    shared_tab.page.evaluate("sessionStorage.clear()")
    assert shared_tab.errors == []


def opened(tab: Tab, epochs: int) -> Tab:
    tab.page.set_viewport_size({"width": DESKTOP_PX[0], "height": DESKTOP_PX[1]})
    tab.page.goto(f"{tab.base_url}/?epochs={epochs}")
    expect(tab.page.locator(".chart.loss path.solid")).to_have_count(2, timeout=30000)  # line and legend
    tab.wait_idle()
    return tab


def chart(tab: Tab, key: str) -> Locator:
    return tab.page.locator(f".chart.{key} .plot svg")


def places(tab: Tab, key: str, style: str) -> list[tuple[float, float]]:
    """The corners of a line, in pixels."""
    text = chart(tab, key).locator(f"path.{style}").first.get_attribute("d") or ""
    pairs = [part.split() for part in text.replace("M", "L").split("L") if part]
    return [(float(x), float(y)) for x, y in pairs]


def ticks(tab: Tab, key: str, anchor: str) -> dict[str, float]:
    """Text of each tick -> its place: along the bottom for "middle", up the left for "end"."""
    found = chart(tab, key).locator(f"text[text-anchor={anchor}]").all()
    return {
        text.inner_html(): float(text.get_attribute("x" if anchor == "middle" else "y") or 0)
        for text in found
    }


def test_a_line_stands_where_the_axes_say(tab: Tab) -> None:
    opened(tab, 12)
    x, y = ticks(tab, "loss", "middle"), ticks(tab, "loss", "end")
    per_epoch = (x["20"] - x["0"]) / 20
    per_unit = (y["0.0"] - y["0.6"]) / 0.6
    for epoch, (px, py) in enumerate(places(tab, "loss", "solid"), 1):
        assert px == pytest.approx(x["0"] + epoch * per_epoch, abs=0.2)
        value = float(loss(np.array(epoch)))
        assert py == pytest.approx(
            y["0.0"] - 4.5 - value * per_unit, abs=0.5
        )  # a tick's text stands 4.5 lower


def test_marks_stand_at_their_epochs_with_words_that_do_not_overlap(tab: Tab) -> None:
    opened(tab, 12)
    x, marks = ticks(tab, "loss", "middle"), chart(tab, "loss").locator(".marks")
    lines = [float(line.get_attribute("x1") or 0) for line in marks.locator("line").all()]
    per_epoch = (x["20"] - x["0"]) / 20
    assert lines == pytest.approx([x["0"] + at * per_epoch for at in (0.5, 1.5)], abs=0.2)
    texts = marks.locator("text").all()
    assert [text.inner_html() for text in texts] == ["fork of a run with a long name", "lr 1000"]
    first, second = (text.bounding_box() for text in texts)
    assert first is not None
    assert second is not None
    assert second["x"] >= first["x"] + first["width"] or second["y"] >= first["y"] + 16  # a row lower
    top = (chart(tab, "loss").locator("path.axis").get_attribute("d") or "").partition("V")[0].split()[-1]
    assert float(texts[0].get_attribute("y") or 0) < float(top)  # above all lines


@pytest.mark.parametrize(("epochs", "end"), [(1, "1"), (2, "2"), (12, "20"), (50, "50")])
def test_the_axis_grows_by_steps_up_to_what_is_planned(tab: Tab, epochs: int, end: str) -> None:
    opened(tab, epochs)
    assert list(ticks(tab, "loss", "middle"))[-1] == end


def test_the_books_line_goes_on_to_the_edge(tab: Tab) -> None:
    opened(tab, 2)
    x = ticks(tab, "loss", "middle")
    line = places(tab, "loss", "book")
    assert line[0][0] == pytest.approx(x["1"], abs=0.2)
    assert line[-1][0] == pytest.approx(x["2"], abs=0.2)


def test_an_accuracy_is_its_error_on_a_logarithmic_axis(tab: Tab) -> None:
    opened(tab, 50)
    accuracy = tab.page.locator(".chart.accuracy")
    shares = places(tab, "accuracy", "solid")
    value = accuracy.locator(".key li", has_text="Training").locator(".numbers")
    last = float(loss(np.array(50))) / 2  # of the pictures, as the app draws it
    expect(value).to_have_text(f"{100 * (1 - last):.1f}%")
    button = accuracy.get_by_role("button", name="Logarithmic")
    button.focus()
    tab.page.keyboard.press("Enter")
    expect(accuracy.get_by_role("heading")).to_have_text("Error")
    expect(accuracy.locator(".unit")).to_have_text("share classified wrongly (logarithmic)")
    expect(value).to_have_text(f"{100 * last:.1f}%")
    y = ticks(tab, "accuracy", "end")
    per_decade = (y["5%"] - y["10%"]) / np.log10(2)
    for epoch, (_x, py) in enumerate(places(tab, "accuracy", "solid"), 1):
        wrong = float(loss(np.array(epoch))) / 2
        expected = y["10%"] - 4.5 - np.log10(wrong / 0.1) * per_decade
        assert py == pytest.approx(expected, abs=0.6)
    tab.page.keyboard.press("Enter")
    expect(accuracy.get_by_role("heading")).to_have_text("Accuracy")
    assert places(tab, "accuracy", "solid") == shares


def test_it_is_redrawn_in_place_and_says_the_newest_numbers(tab: Tab) -> None:
    opened(tab, 12)
    chart(tab, "loss").evaluate("(svg) => { window.kept = svg; }")
    value = tab.page.locator(".chart.loss .key li", has_text="Training").locator(".numbers")
    expect(value).to_have_text(f"{0.7 / (1 + 0.15 * 12):.4f}")
    tab.page.get_by_role("button", name="One more").click()
    expect(value).to_have_text(f"{0.7 / (1 + 0.15 * 13):.4g}")
    assert chart(tab, "loss").evaluate("(svg) => svg === window.kept && svg.isConnected")


def test_logarithmic_and_back(tab: Tab) -> None:
    opened(tab, 50)
    button = tab.page.locator(".chart.loss").get_by_role("button", name="Logarithmic")
    low = places(tab, "loss", "solid")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert "0.2" in ticks(tab, "loss", "end")
    assert places(tab, "loss", "solid") != low
    button.click()
    assert places(tab, "loss", "solid") == low


def epochs_shown(tab: Tab, key: str) -> tuple[float, float]:
    """The first and the last number below a chart."""
    numbers = list(ticks(tab, key, "middle"))
    return float(numbers[0]), float(numbers[-1])


def test_a_part_of_the_axis_is_brushed_and_given_back(tab: Tab) -> None:
    opened(tab, 50)
    whole, box = places(tab, "loss", "solid"), harness.still(chart(tab, "loss"))
    x, height = ticks(tab, "loss", "middle"), box["y"] + 100
    back, mouse = tab.page.get_by_role("button", name="Whole axis"), tab.page.mouse
    expect(back).to_be_disabled()
    mouse.move(box["x"] + x["10"], height)
    mouse.down()
    mouse.move(box["x"] + x["20"], height, steps=4)
    expect(chart(tab, "loss").locator(".brush")).to_be_visible()
    head = tab.page.locator(".chart.loss .head").bounding_box()
    mouse.up()
    expect(back).to_be_enabled()
    assert tab.page.locator(".chart.loss .head").bounding_box() == head
    assert chart(tab, "loss").evaluate("svg => getComputedStyle(svg).outlineStyle") == "none"
    for key in ("loss", "accuracy"):  # all charts have one axis
        first, last = epochs_shown(tab, key)
        assert 9.5 < first < last < 20.5
    drawn, axis = places(tab, "loss", "solid"), ticks(tab, "loss", "middle")
    per_epoch = (axis["16"] - axis["12"]) / 4
    (at,) = [py for px, py in drawn if px == pytest.approx(axis["12"], abs=per_epoch / 3)]
    heights = ticks(tab, "loss", "end")
    low, high = (sorted(heights, key=lambda text: float(text))[n] for n in (0, -1))
    per_unit = (heights[low] - heights[high]) / (float(high) - float(low))
    assert at == pytest.approx(
        heights[low] - 4.5 - (float(loss(np.array(12))) - float(low)) * per_unit, abs=1
    )
    chart(tab, "loss").dblclick(position={"x": 200, "y": 100})
    expect(back).to_be_disabled()
    assert places(tab, "loss", "solid") == whole


def test_a_part_of_the_axis_is_chosen_by_keys(tab: Tab) -> None:
    opened(tab, 50)
    tab.page.mouse.move(0, 0)
    chart(tab, "loss").focus()
    back = tab.page.get_by_role("button", name="Whole axis")
    tab.page.keyboard.press("End")
    tab.page.keyboard.press("+")
    assert epochs_shown(tab, "loss") == (25, 50)
    tab.page.keyboard.press("Home")  # what is read is seen
    assert epochs_shown(tab, "accuracy")[0] == 5
    tab.page.keyboard.press("-")
    expect(back).to_be_disabled()
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("Escape")  # no epoch is read any more
    expect(back).to_be_enabled()
    tab.page.keyboard.press("Escape")
    expect(back).to_be_disabled()
    tab.page.get_by_role("button", name="Zoom in").press("Enter")
    back.press("Enter")
    expect(back).to_be_disabled()
    expect(chart(tab, "loss")).to_be_focused()


def test_nothing_yet_draws_nothing_and_breaks_nothing(tab: Tab) -> None:
    tab.page.goto(f"{tab.base_url}/?epochs=0")
    expect(chart(tab, "loss")).to_be_visible(timeout=30000)
    tab.wait_idle()
    assert places(tab, "loss", "solid") == []
    chart(tab, "loss").focus()
    tab.page.keyboard.press("ArrowLeft")


@pytest.mark.parametrize("style", ["level", "level-dashed"])
def test_a_height_is_as_thin_as_a_curve(tab: Tab, style: str) -> None:
    opened(tab, 12)
    path = chart(tab, "accuracy").locator(f"path.{style}")
    assert path.evaluate("(path) => parseFloat(getComputedStyle(path).strokeWidth)") < 3


@pytest.mark.parametrize("size_px", [DESKTOP_PX, PHONE_PX], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier(tab: Tab, size_px: tuple[int, int], scheme: harness.Scheme) -> None:
    opened(tab, 12)
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
    tab.wait_idle()
    assert tab.axe() == []
    assert tab.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    stroke = (
        chart(tab, "loss").locator("path.solid").first.evaluate("(path) => getComputedStyle(path).stroke")
    )
    assert stroke == {"light": "rgb(0, 103, 168)", "dark": "rgb(90, 180, 240)"}[scheme]


def saved(tab: Tab, kind: str) -> bytes:
    """What the loss chart saves, by keyboard."""
    tools = tab.page.locator(".chart.loss .saving")
    tools.locator("summary").focus()
    tab.page.keyboard.press("Enter")
    tools.get_by_role("button", name=kind).focus()
    with tab.page.expect_download() as given:
        tab.page.keyboard.press("Enter")
    expect(tools.get_by_role("button", name=kind)).to_be_hidden()
    return given.value.path().read_bytes()


def test_a_chart_is_saved_as_numbers_and_as_a_picture(tab: Tab) -> None:
    opened(tab, 12)
    head, *rows = csv.reader(io.StringIO(saved(tab, "CSV").decode()))
    assert head[0] == "epoch"
    places_of = {name: n for n, name in enumerate(head)}
    told = {float(row[0]): row[places_of["Training"]] for row in rows if row[places_of["Training"]]}
    assert list(told) == list(range(1, 13))
    assert [float(value) for value in told.values()] == pytest.approx(
        [float(loss(np.array(epoch))) for epoch in told], rel=1e-5
    )
    picture = saved(tab, "SVG").decode()
    drawn = chart(tab, "loss").locator("path.solid").first.get_attribute("d")
    assert drawn is not None
    assert drawn in picture
    assert " class=" not in picture
    with Image.open(io.BytesIO(saved(tab, "PNG"))) as image:
        assert image.width > 2 * chart(tab, "loss").evaluate("svg => svg.clientWidth")
        assert (
            len(image.convert("RGB").resize((64, 64)).getcolors(64 * 64) or ()) > 10
        )  # neither blank nor one colour


def test_a_smoothed_line_lies_between_what_was_measured(tab: Tab) -> None:
    opened(tab, 12)
    measured = [y for _x, y in places(tab, "loss", "solid")]
    slider = tab.page.locator(".chart.loss .smoothing input")
    slider.focus()
    for _ in range(12):
        tab.page.keyboard.press("ArrowRight")
    drawn = [y for _x, y in places(tab, "loss", "solid")]
    assert drawn[0] == pytest.approx(measured[0], abs=0.2)
    for n, y in enumerate(drawn[1:], 1):
        assert min(measured[: n + 1]) < y < max(measured[: n + 1])
    assert [y for _x, y in places(tab, "loss", "raw")] == pytest.approx(measured, abs=0.2)
    expect(tab.page.locator(".chart.loss .unit")).to_contain_text("smoothed")


def test_how_a_chart_is_looked_at_survives_a_reload(tab: Tab) -> None:
    opened(tab, 12)
    slider = tab.page.locator(".chart.loss .smoothing input")
    log = tab.page.locator(".chart.loss .scale")
    slider.focus()
    for _ in range(4):
        tab.page.keyboard.press("ArrowRight")
    before = log.get_attribute("aria-pressed")
    log.click()
    tab.page.reload()
    expect(log).to_have_attribute("aria-pressed", "false" if before == "true" else "true", timeout=30000)
    expect(slider).to_have_value("0.2")
    expect(tab.page.locator(".chart.loss .unit")).to_contain_text("smoothed")
    expect(tab.page.locator(".chart.accuracy .smoothing input")).to_have_value("0")


def test_in_a_part_of_the_axis_each_batch_is_read(tab: Tab) -> None:
    opened(tab, 50)
    chart(tab, "loss").focus()
    for key in ("End", "+", "+", "+", "+", "ArrowLeft", "ArrowLeft"):
        tab.page.keyboard.press(key)
    expect(tab.page.locator(".chart.loss .across")).to_have_text("epoch 49.9")
    legend = tab.page.locator(".chart.loss .key li")
    noise = np.random.default_rng(0).normal(0, 0.05, 50 * curves_app.BATCHES)
    batch = float(loss(np.array(49.9)) + noise[round(49.9 * curves_app.BATCHES) - 1])
    expect(legend.filter(has_text="Batch")).to_contain_text(f"{batch:.4g}")
    expect(legend.filter(has_text="Training")).to_contain_text(f"{float(loss(np.array(50))):.4g} at 50")
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("End")
    tab.page.keyboard.press("ArrowLeft")  # of the whole axis, each epoch
    expect(tab.page.locator(".chart.loss .across")).to_have_text("epoch 49")
    expect(legend.filter(has_text="Training")).not_to_contain_text("at")
