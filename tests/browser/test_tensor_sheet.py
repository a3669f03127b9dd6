"""The sheet of tensors in a browser: what is drawn, read, kept, folded and played, against the tensors."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from convlab.ui import scales
from convlab.ui.components.tensor_sheet import Column, Row, ends
from tests.browser import harness
from tests.browser.apps.tensor_sheet_app import sheet
from tests.browser.harness import DESKTOP_PX, PHONE_PX
from tests.browser.mounted import Mounted
from tests.browser.test_everywhere import SMALL_TEXT, TOO_WIDE

APP = "tensor_sheet_app.py"
# The picture's own pixels, and how many of the screen's each takes across and down.
PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const box = canvas.getBoundingClientRect();
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return { width, height, cell: [box.width / width, box.height / height], rgba: [...data] };
}"""


@dataclass(frozen=True)
class Sheet(Mounted):
    """The sheet on its page."""

    @property
    def root(self) -> Locator:
        return self.tab.page.locator(".st-key-sheet .root")

    def line(self, name: str) -> Locator:
        """The row of a module or tensor."""
        return self.find(f'.body .line[data-row="{name}"]')

    def canvas(self, name: str, column: int) -> Locator:
        """A tensor's picture."""
        return self.line(name).locator("canvas").nth(column)

    def read(self) -> tuple[str, list[str]]:
        """The entry in the head, and its values."""
        return self.find(".entry").inner_text(), self.find(".value").all_inner_texts()


Opened = Callable[..., Sheet]


@pytest.fixture
def opened(browser: Browser, server: harness.Server) -> Iterator[Opened]:
    """``opened(case="step", size_px=DESKTOP_PX, scheme="light")``: a sheet that has arrived."""
    tabs: list[harness.Tab] = []

    def opened(
        case: str = "step", size_px: tuple[int, int] = DESKTOP_PX, scheme: harness.Scheme = "light"
    ) -> Sheet:
        tab = harness.new_tab(browser, server, size_px=size_px, scheme=scheme)
        tabs.append(tab)
        tab.page.goto(f"{server.url}/?case={case}")
        made = Sheet(tab)
        expect(made.find(".body .line").first).to_be_visible(timeout=30_000)
        tab.wait_idle()
        return made

    yield opened
    for tab in tabs:
        assert tab.errors == []
        tab.page.context.close()


def shown(value: float) -> str:
    """As ``brief(value, 6)`` writes it."""
    text = f"{value:.6g}"
    return text.replace("-", "\u2212")


def rows(case: str = "step") -> dict[str, Row]:
    return {row.name: row for row in sheet(case)[0]}


@pytest.mark.parametrize("name", ["conv1.weight", "conv2.weight", "fc2.weight", "fc1.bias"])
def test_pixels_are_whole_and_have_the_colours_of_their_values(opened: Opened, name: str) -> None:
    page = opened()
    found, columns, _options = sheet("step")
    row = rows()[name]
    titled = [column for column in columns if isinstance(column, Column)]
    for n, end in enumerate(ends(found, titled)):
        tensor = row.tensors[n]
        assert tensor is not None
        drawn = page.canvas(name, n).evaluate(PIXELS)
        flat = tensor.detach().flatten(1) if tensor.dim() > 1 else tensor.detach()[None]
        assert (drawn["height"], drawn["width"]) == tuple(flat.shape)
        across, down = drawn["cell"]
        assert across == pytest.approx(round(across)) == pytest.approx(down)
        table = scales.DIVERGING if n == 1 else scales.WEIGHTS
        expected = scales.colourise(flat, end, table).permute(1, 2, 0).flatten().tolist()
        colours = [value for i, value in enumerate(drawn["rgba"]) if i % 4 != 3]
        assert max(abs(a - b) for a, b in zip(colours, expected, strict=True)) <= 4  # a step of the table


def test_pointing_reads_every_column_at_once(opened: Opened) -> None:
    page = opened()
    before = len(page.tab.sent)
    row = rows()["conv1.weight"]
    page.over(page.canvas("conv1.weight", 1), 3, 5, 16, 27)  # 5: channel 0, row 1, column 2
    name, values = page.read()
    assert name == "conv1.weight[3, 0, 1, 2]"
    told = [float(tensor.detach()[3, 0, 1, 2]) for tensor in row.tensors if tensor is not None]
    assert values == [shown(value) for value in told]
    assert page.find(".formula").inner_text() == f"{values[0]} \u2212 0.5 \u00d7 {values[1]} = {values[2]}"
    assert page.find(".body .mark").count() == 3
    page.over(page.canvas("fc2.bias", 0), 0, 1, 1, 2)
    first, last = (values_of("fc2.bias", column, (1,)) for column in (0, 2))
    assert page.read() == ("fc2.bias[1]", [first, "None", last])
    assert page.find(".body .mark").count() == 2
    assert len(page.tab.sent) == before


def values_of(name: str, column: int, index: tuple[int, ...]) -> str:
    tensor = rows()[name].tensors[column]
    assert tensor is not None
    return shown(float(tensor.detach()[index]))


def test_a_click_keeps_an_entry_and_python_hears_of_it(opened: Opened) -> None:
    page = opened()
    canvas = page.canvas("conv2.weight", 0)
    box = canvas.bounding_box()
    page.over(canvas, 7, 143, 8, 144)
    assert canvas.bounding_box() == box  # nothing moves while one points
    page.tab.page.mouse.down()
    page.tab.page.mouse.up()
    expect(page.tab.page.locator("#kept")).to_have_text("('conv2.weight', (7, 15, 2, 2))")
    page.tab.wait_idle()
    page.tab.page.mouse.move(5, 5)
    assert page.read()[0] == "conv2.weight[7, 15, 2, 2]"
    assert page.read()[1][2] == values_of("conv2.weight", 2, (7, 15, 2, 2))


def test_the_keyboard_walks_through_all_tensors(opened: Opened) -> None:
    page = opened()
    keys = page.tab.page.keyboard
    page.canvas("conv1.weight", 0).focus()
    assert page.read()[0] == "conv1.weight[0, 0, 0, 0]"
    for key, name in [
        ("ArrowRight", "conv1.weight[0, 0, 0, 1]"),
        ("End", "conv1.weight[0, 2, 2, 2]"),
        ("ArrowDown", "conv1.weight[1, 2, 2, 2]"),
        ("PageDown", "conv1.bias[0]"),
        ("ArrowRight", "conv1.bias[1]"),
        ("ArrowDown", "conv2.weight[0, 0, 0, 1]"),
        ("ArrowUp", "conv1.bias[1]"),
        ("ArrowUp", "conv1.weight[15, 0, 0, 1]"),
        ("PageDown", "conv1.bias[0]"),
    ]:
        keys.press(key)
        assert page.read()[0] == name, key
    keys.press("Enter")
    expect(page.tab.page.locator("#kept")).to_have_text("('conv1.bias', (0,))")
    page.tab.wait_idle()
    keys.press("ArrowRight")  # the focus is where it was, though Python has sent the sheet anew
    assert page.read()[0] == "conv1.bias[1]"
    stops = page.root.evaluate("root => root.querySelectorAll('canvas[tabindex=\"0\"]').length")
    assert stops == 1


def test_marks_and_notes_are_words(opened: Opened) -> None:
    page = opened()
    assert "\u2260 changed" in page.line("conv1").inner_text()
    assert "+ new" in page.line("fc1.weight").inner_text()
    assert "its gradient is None" in page.line("fc2.bias").inner_text()
    assert page.line("fc2.bias").get_attribute("data-mark") == "gone"
    assert "448" in page.line("conv1").inner_text()
    assert "18,088" in page.line("").inner_text()  # without what is gone


def test_of_hundreds_of_rows_a_handful_is_shown(opened: Opened) -> None:
    page = opened("deep")
    lines = page.find(".body .line")
    expect(lines).to_have_count(11)
    page.line("resblocks").get_by_role("button").click()
    expect(lines).to_have_count(41)
    page.line("resblocks.3").get_by_role("button").click()
    expect(page.line("resblocks.3.conv.weight")).to_be_visible()
    expect(page.line("resblocks.3").get_by_role("button")).to_be_focused()
    page.line("resblocks").get_by_role("button").click()
    expect(lines).to_have_count(11)


def test_of_a_list_without_modules_the_beginning_is_shown(opened: Opened) -> None:
    page = opened("flat")
    lines = page.find(".body .line")
    expect(lines).to_have_count(120)
    page.button("Show 80 more rows").click()
    expect(lines).to_have_count(200)
    page.over(page.canvas("layer199.weight", 0), 1, 1, 2, 2)
    assert page.read() == ("layer199.weight[1, 1]", ["199"])
    box = page.find(".entry").bounding_box()
    assert box
    assert box["y"] >= 0  # the head stays in sight


def test_a_scale_for_each_tensor(opened: Opened) -> None:
    page = opened()
    page.button("A scale for each tensor").click()
    bias = rows()["conv1.bias"].tensors[0]
    assert bias is not None
    bias = bias.detach()
    expect(page.line("conv1.bias").locator(".own").first).to_have_text(f"\u00b1{float(bias.abs().max()):.3g}")
    assert "own" in page.find(".words").last.inner_text()


def test_what_is_no_number_has_no_values_or_is_a_counter_is_told(opened: Opened) -> None:
    page = opened("odd")
    assert "Yellow is not a number" in page.root.inner_text()
    drawn = page.canvas("a", 0).evaluate(PIXELS)
    assert drawn["rgba"][:4] == [255, 214, 10, 255]
    assert "meta: a shape, no values" in page.line("a").inner_text()
    assert "[2, 3]" in page.line("a").inner_text()
    assert [part in page.line("seen").inner_text() for part in ("7", "None", "empty")] == [True] * 3
    page.over(page.canvas("a", 0), 3, 3, 4, 4)
    assert page.read() == ("a[3, 3]", ["NaN", "none there", "meta: a shape, no values"])


def test_code_and_rows_light_each_other_up_and_a_player_walks(opened: Opened) -> None:
    page = opened("code")
    line = page.find(".code li").nth(3)
    page.line("conv1.weight").hover()
    expect(line).to_have_class("lit")
    line.hover()
    expect(page.line("conv1")).to_have_class(re.compile("lit"))
    expect(page.line("conv2")).not_to_have_class(re.compile("lit"))
    page.tab.page.mouse.move(5, 5)
    expect(line).not_to_have_class("lit")
    assert page.find(".says").inner_text() == "Nothing yet."
    page.button("Step").click()
    assert page.find(".says").inner_text() == "conv1 hands out its weight."
    expect(page.line("conv1.weight")).to_have_class(re.compile("lit"))
    expect(page.line("conv2.weight")).to_have_class(re.compile("pale"))
    page.button("Restart").click()
    expect(page.line("conv2.weight")).not_to_have_class(re.compile("pale"))


@pytest.mark.parametrize("case", ["step", "code", "deep", "odd"])
@pytest.mark.parametrize(("size_px", "scheme"), [(DESKTOP_PX, "light"), (PHONE_PX, "dark")])
def test_it_fits_and_can_be_read(
    opened: Opened, case: str, size_px: tuple[int, int], scheme: harness.Scheme
) -> None:
    page = opened(case, size_px, scheme)
    page.assert_fits(size_px[0])
    assert page.tab.page.evaluate(SMALL_TEXT, 13) == []
    assert page.tab.page.evaluate(TOO_WIDE) == []
