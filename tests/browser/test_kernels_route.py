"""Asking PyTorch over the route: Streamlit hears later, late answers are dropped, without it all goes on."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, Route, expect

from convlab.convolution import kernels
from convlab.ui.kernels.controls import KernelsControls
from tests.browser import harness
from tests.browser.kernels_page import WAIT_MS, Lab, convolved

SOBEL = [-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0]
ROUTE = "**/convolve"


@pytest.fixture
def small(lab: Lab) -> Iterator[Lab]:
    """The cat at 32 px under the kernel that the page opens with."""
    lab.tab.errors.clear()
    lab.open(size=32)
    yield lab
    lab.tab.page.unroute_all(behavior="ignoreErrors")


def asked(lab: Lab) -> int:
    """How many questions went over the route since the tab was opened."""
    return sum(urlsplit(url).path.endswith("/convolve") for url in lab.tab.requests)


def expect_middle(lab: Lab, weight: float) -> None:
    """The opening kernel with another middle: in the cells, in the link, and as PyTorch's map bit for bit."""
    kernel = torch.tensor([[[-1.0, 0, 1], [-1, weight, 1], [-1, 0, 1]]])
    assert torch.equal(torch.tensor(lab.kernel()).reshape(1, 3, 3), kernel)
    text = kernels.format_kernel(kernel)
    assert parse_qs(urlsplit(lab.tab.page.url).query)["kernel"] == [text]
    assert np.array_equal(lab.tensor(), convolved(KernelsControls(size=32, kernel=text)).numpy())


def test_pytorch_answers_an_edit_before_streamlit_hears_of_it(small: Lab) -> None:
    sent, questions = len(small.tab.sent), asked(small)
    small.cell(1, 1).focus()
    small.tab.page.keyboard.press("Shift+ArrowUp")
    expect(small.root).to_have_attribute("data-revision", "1", timeout=WAIT_MS)
    expect(small.root).to_have_attribute("data-drawn-by", "torch", timeout=WAIT_MS)
    assert np.array_equal(
        small.tensor(), convolved(KernelsControls(size=32, kernel="-1 0 1; -1 1 1; -1 0 1")).numpy()
    )
    assert asked(small) == questions + 1
    expect(small.root).to_have_attribute("data-told", "1", timeout=WAIT_MS)
    small.tab.wait_idle()
    assert len(small.tab.sent) == sent + 1
    expect_middle(small, 1.0)


def test_of_many_edits_streamlit_hears_once(small: Lab) -> None:
    sent = len(small.tab.sent)
    with small.settling(edits=10):
        small.cell(1, 1).evaluate(
            """async (cell) => {
              cell.focus();
              for (let n = 0; n < 10; n++) {
                cell.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
                await new Promise((resolve) => setTimeout(resolve, 60));
              }
            }"""
        )
    assert len(small.tab.sent) == sent + 1
    expect_middle(small, 1.0)


def test_the_echo_leaves_what_is_being_typed_alone(small: Lab) -> None:
    page = small.tab.page
    small.cell(1, 1).focus()
    with small.settling(edits=1):
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Control+a")
        page.keyboard.type("-12")
        page.keyboard.press("ArrowLeft")
    expect(small.cell(1, 1)).to_be_focused()
    expect(small.cell(1, 1)).to_have_value("-12")
    assert small.cell(1, 1).evaluate("cell => [cell.selectionStart, cell.selectionEnd]") == [2, 2]
    with small.settling(edits=1):
        page.keyboard.press("Enter")
    expect_middle(small, -12.0)


def test_the_echo_draws_nothing_else(small: Lab) -> None:
    small.cell(1, 1).focus()
    small.root.evaluate(
        """root => {
          window.shown = new Set();
          new MutationObserver(() => window.shown.add(root.dataset.revision + root.dataset.drawnBy)).observe(
            root, { attributes: true, attributeFilter: ["data-revision", "data-drawn-by"] });
          window.said = 0;
          new MutationObserver(() => window.said++).observe(
            root.querySelector("[aria-live]"), { childList: true, characterData: true, subtree: true });
        }"""
    )
    with small.settling(edits=1):
        small.tab.page.keyboard.press("Shift+ArrowUp")
    shown = set(small.tab.page.evaluate("[...window.shown]"))
    assert "1torch" in shown
    assert shown <= {"1torch", "1browser"}
    assert small.tab.page.evaluate("window.said") == 1  # a screen reader is told of the sum once


def test_turning_to_a_control_tells_streamlit_of_the_edit_first(small: Lab) -> None:
    page = small.tab.page
    page.get_by_role("button", name="Change the kernel").click()
    negate = page.get_by_role("button", name="Negate")
    expect(negate).to_be_visible(timeout=WAIT_MS)
    with small.settling():
        small.cell(1, 1).evaluate(
            """(cell) => {
              const up = new KeyboardEvent("keydown", { key: "ArrowUp", shiftKey: true, bubbles: true });
              cell.dispatchEvent(up);
            }"""
        )
        negate.click()
        expect(small.cell(0, 0)).to_have_attribute("aria-valuenow", "1", timeout=WAIT_MS)
    assert small.kernel() == [1.0, 0.0, -1.0, 1.0, -1.0, -1.0, 1.0, 0.0, -1.0]


class Holding:
    """Keeps the answers of the route back until they are let go, one after another."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        page.route(ROUTE, lambda route: self.held.append(route))

    def wait(self, page: Page, count: int) -> None:
        for _ in range(200):
            if len(self.held) >= count:
                return
            page.wait_for_timeout(20)
        raise AssertionError(f"{len(self.held)} of {count} questions came")

    def let_go(self) -> None:
        self.held.pop(0).continue_()


def test_a_late_answer_does_not_cover_a_newer_edit(small: Lab) -> None:
    page, cell = small.tab.page, small.cell(1, 1)
    holding = Holding(page)
    cell.focus()
    page.keyboard.press("Shift+ArrowUp")
    holding.wait(page, 1)
    page.keyboard.press("Shift+ArrowUp")
    expect(small.root).to_have_attribute("data-revision", "2", timeout=WAIT_MS)  # by the browser
    holding.let_go()  # PyTorch on the first edit
    holding.wait(page, 1)  # only then the second is asked
    assert small.root.get_attribute("data-drawn-by") == "browser"
    with small.settling():
        holding.let_go()
    expect_middle(small, 2.0)


def test_a_cell_changes_with_its_picture_and_what_is_typed_next_goes_behind_it(
    small: Lab,
) -> None:
    page, cell = small.tab.page, small.cell(1, 1)
    holding = Holding(page)
    cell.focus()
    small.root.evaluate(
        """(root) => {
          window.texts = [];
          const note = () => window.texts.push(root.querySelector("[data-place='0,1,1']").value);
          root.addEventListener("keydown", note, { once: true });
          new MutationObserver(note).observe(root, { attributeFilter: ["data-revision"] });
        }"""
    )
    page.keyboard.press("ArrowUp")
    expect(small.root).to_have_attribute("data-revision", "1", timeout=WAIT_MS)
    assert page.evaluate("window.texts") == ["0", "0.1"]  # as the key went down, as the picture came
    cell.evaluate(
        """(cell) => {
          const key = (key) => cell.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          key("ArrowUp");
          key("5"); // before anything is drawn
          document.execCommand("insertText", false, "5");
        }"""
    )
    expect(cell).to_have_value("0.25")
    page.keyboard.press("Enter")
    holding.wait(page, 1)
    holding.let_go()  # PyTorch on the first edit
    holding.wait(page, 1)
    with small.settling():
        holding.let_go()
    expect_middle(small, 0.25)


def test_a_late_answer_does_not_cover_a_preset(small: Lab) -> None:
    page = small.tab.page
    holding = Holding(page)
    page.get_by_role("combobox", name="Kernel").click()
    option = page.get_by_role("option", name="Sobel, left to right", exact=True)
    expect(option).to_be_visible()
    with small.settling():
        # In one go: a list that is open closes as the edit comes back from Streamlit.
        option.evaluate(
            """(option, cell) => {
              cell.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
              option.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
              option.click();
            }""",
            small.cell(1, 1).element_handle(),
        )
        holding.wait(page, 1)
        expect(small.cell(1, 0)).to_have_attribute("aria-valuenow", "-2", timeout=WAIT_MS)
    holding.let_go()
    page.wait_for_timeout(300)
    assert small.kernel() == SOBEL
    wanted = KernelsControls(size=32, kernel="-1 0 1; -2 0 2; -1 0 1")
    assert np.array_equal(small.tensor(), convolved(wanted).numpy())


@pytest.mark.parametrize("status", [403, 404, 422, 500, None])
def test_where_the_route_fails_streamlit_is_asked(small: Lab, status: int | None) -> None:
    page = small.tab.page
    page.route(ROUTE, lambda route: route.abort() if status is None else route.fulfill(status=status))
    for edit in range(1, 6):
        small.cell(1, 1).focus()
        with small.settling(edits=1):
            page.keyboard.press("Shift+ArrowUp")
        expect_middle(small, float(edit))
    questions = asked(small)
    small.cell(1, 1).focus()
    with small.settling(edits=1):
        page.keyboard.press("Shift+ArrowDown")
    assert asked(small) == questions  # after three failures it is left alone
    assert page.get_by_role("alert").count() == 0


def test_plain_streamlit_run_has_no_route_and_the_page_is_the_same(browser: Browser) -> None:
    with harness.serve(script="app.py") as server:
        lab = Lab(harness.new_tab(browser, server))
        lab.open(size=32)
        for edit in (1, 2):
            lab.cell(1, 1).focus()
            with lab.settling(edits=1):
                lab.tab.page.keyboard.press("Shift+ArrowUp")
            expect_middle(lab, float(edit))
        assert asked(lab) == 0
        assert lab.tab.errors == []
        lab.tab.page.context.close()


def test_behind_a_base_path_the_route_is_there_too(browser: Browser) -> None:
    with harness.serve(base="/lab/one") as server:
        lab = Lab(harness.new_tab(browser, server))
        lab.open(size=32)
        lab.cell(1, 1).focus()
        with lab.settling(edits=1):
            lab.tab.page.keyboard.press("Shift+ArrowUp")
        expect_middle(lab, 1.0)
        assert asked(lab) == 1
        assert lab.tab.errors == []
        lab.tab.page.context.close()


def test_what_does_not_fit_leaves_the_player_in_its_place(lab: Lab) -> None:
    lab.open(size=32, padding="same", stride=2)
    expect(lab.find(".out .problem")).to_be_visible()
    for name in ("Play", "Step", "Step back", "Restart"):
        expect(lab.button(name)).to_be_visible()
        expect(lab.button(name)).to_be_disabled()
    questions = asked(lab)
    lab.cell(1, 1).focus()
    lab.tab.page.keyboard.press("Shift+ArrowUp")
    expect(lab.root).to_have_attribute("data-told", "1", timeout=WAIT_MS)
    assert asked(lab) == questions
    lab.tab.open_list("stride")
    with lab.settling():
        lab.tab.page.get_by_role("option", name="1", exact=True).click()
        expect(lab.find(".out .problem")).to_be_hidden(timeout=WAIT_MS)
    expect(lab.button("Play")).to_be_enabled()
    assert lab.kernel()[4] == 1.0


@pytest.mark.parametrize(
    ("size_px", "selector"), [(harness.DESKTOP_PX, ".equation"), (harness.PHONE_PX, ".out .stage")]
)
def test_the_sum_and_on_a_phone_the_pictures_are_above_the_fold(
    browser: Browser, app_server: harness.Server, size_px: tuple[int, int], selector: str
) -> None:
    lab = Lab(harness.new_tab(browser, app_server, size_px=size_px))
    lab.open()
    box = lab.find(selector).bounding_box()
    assert box
    assert box["y"] + box["height"] <= size_px[1]
    lab.tab.page.context.close()
