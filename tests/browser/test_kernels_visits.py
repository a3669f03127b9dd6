"""Links, page switches, other visitors, own pictures: what the Kernels page keeps, and for whom."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Dialog, expect

from convlab.ui.kernels.controls import KernelsControls
from tests.browser import harness
from tests.browser.kernels_page import WAIT_MS, Lab, convolved, png_of

MARKUP = "<img src=x onerror=alert(1)> ![x](http:example.invalid) $x^2$ :cat:.png"


@pytest.fixture
def visitor(browser: Browser, app_server: harness.Server) -> Iterator[Lab]:
    """Someone else, with cookies and storage of their own."""
    other = Lab(harness.new_tab(browser, app_server))
    yield other
    other.tab.page.context.close()


def query(url: str) -> dict[str, list[str]]:
    """What a link sets, in whatever order."""
    return parse_qs(urlsplit(url).query)


def set_controls(lab: Lab) -> KernelsControls:
    """Change controls by hand, from every row and of every kind; what they should be afterwards."""
    page = lab.tab.page
    lab.open(size=32)
    lab.tab.choose("Kernel", "Sobel, left to right")
    expect(lab.cell(1, 0)).to_have_attribute("aria-valuenow", "-2", timeout=WAIT_MS)
    lab.tab.choose("padding", "2")
    expect(lab.find(".out h3")).to_contain_text("[1, 34, 34]", timeout=WAIT_MS)
    lab.tab.choose("padding_mode", "reflect")
    lab.tab.wait_idle()
    lab.tab.choose("stride", "2")
    expect(lab.find(".out h3")).to_contain_text("[1, 17, 17]", timeout=WAIT_MS)
    page.get_by_text("RGB", exact=True).click()
    expect(lab.find(".in h3")).to_contain_text("[3, 32, 32]", timeout=WAIT_MS)
    page.get_by_role("spinbutton", name="bias").fill("0.5")
    page.keyboard.press("Enter")
    expect(lab.find(".equation")).to_contain_text("bias 0.500", timeout=WAIT_MS)
    page.get_by_role("radio", name="Parameters").click()
    expect(page.get_by_text("The parameters of a convolution depend on its kernel alone")).to_be_visible(
        timeout=WAIT_MS
    )
    lab.cell(0, 1).focus()
    with lab.settling(edits=1):
        page.keyboard.press("Shift+ArrowUp")
    return KernelsControls(
        size=32,
        colour="rgb",
        kernel="-1 1 1; -2 0 2; -1 0 1",
        padding="2",
        padding_mode="reflect",
        stride=2,
        bias=0.5,
        experiment="parameters",
    )


def expect_page(lab: Lab, controls: KernelsControls, picture: NDArray[np.uint8]) -> None:
    """The page shows these controls, kernel, picture and PyTorch's map."""
    page = lab.tab.page
    expect(lab.find(".out h3")).to_contain_text("[1, 17, 17]", timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert lab.kernel() == controls.weights.flatten().tolist()
    for label in ("padding", "padding_mode", "stride"):
        box = page.get_by_role("combobox", name=label, exact=True)
        assert str(getattr(controls, label)) in (box.input_value(), box.inner_text())
    expect(page.get_by_role("spinbutton", name="bias")).to_have_value("0.5")
    expect(page.get_by_role("radio", name="RGB")).to_be_checked()
    expect(page.get_by_role("radio", name="Parameters")).to_be_checked()
    assert np.array_equal(lab.canvas("in", "pixels"), picture)
    assert np.array_equal(lab.tensor(), convolved(controls).numpy())


def test_a_link_a_page_switch_and_a_reload_give_the_same_page(lab: Lab, visitor: Lab) -> None:
    controls = set_controls(lab)
    page, picture = lab.tab.page, lab.canvas("in", "pixels")
    expect_page(lab, controls, picture)
    link = page.url
    visitor.tab.page.goto(link)
    visitor.tab.wait_idle()
    expect_page(visitor, controls, picture)

    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)
    lab.tab.wait_idle()
    page.get_by_role("link", name="Kernels").first.click()
    expect_page(lab, controls, picture)
    assert query(page.url) == query(link)

    page.reload()
    expect_page(lab, controls, picture)

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)
    lab.tab.wait_idle()
    page.go_forward()
    expect_page(lab, controls, picture)
    assert query(page.url) == query(link)
    assert lab.tab.page.get_by_text("Part of the link could not be used").count() == 0


def test_two_visitors_do_not_see_each_others_kernel(lab: Lab, visitor: Lab) -> None:
    vertical = [-1.0, 0.0, 1.0] * 3
    lab.open(size=24)
    visitor.open(size=24)
    lab.cell(1, 1).focus()
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("Shift+ArrowUp")
    visitor.cell(0, 0).focus()
    with visitor.settling(edits=1):
        visitor.tab.page.keyboard.press("Shift+ArrowDown")
    assert lab.kernel() == [*vertical[:4], 1.0, *vertical[5:]]
    assert visitor.kernel() == [-2.0, *vertical[1:]]
    visitor.open(size=24)
    assert visitor.kernel() == vertical


def test_what_is_painted_on_the_board_is_convolved(lab: Lab) -> None:
    before = lab.open(picture="board")
    assert not np.any(lab.tensor())
    board = lab.tab.page.get_by_role("application", name="Pixel board, 16 by 16 cells")
    box = board.bounding_box()
    assert box
    with lab.settling():
        board.click(position={"x": box["width"] * 5.5 / 16, "y": box["height"] * 8.5 / 16})
        expect(lab.find(".out")).to_contain_text("max 1", timeout=WAIT_MS)
    white = [
        (row, column) for row, column in zip(*np.nonzero(lab.canvas("in", "pixels")[..., 0]), strict=True)
    ]
    assert white == [(8, 5)]
    values = lab.tensor()
    assert values.shape == (14, 14)
    expected = np.zeros((14, 14), dtype=np.float32)
    expected[6:9, 3], expected[6:9, 5] = 1, -1
    assert np.array_equal(values, expected)
    lab.tab.page.reload()
    expect(lab.find(".out h3")).to_contain_text("[1, 14, 14]", timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert np.array_equal(lab.tensor(), expected)
    assert before.board not in lab.tab.page.url


def give(lab: Lab, file: Path) -> None:
    """Choose a file in the uploader."""
    lab.tab.page.locator("input[type=file]").set_input_files(file)


# Sends a file of 201 MiB past the uploader, as a browser without that check would.
UPLOAD_201_MIB = """async ([url, headers]) => {
  const form = new FormData();
  form.append("large.png", new Blob([new Uint8Array(201 * 2 ** 20)]), "large.png");
  delete headers["content-type"];
  return (await fetch(url, { method: "PUT", body: form, headers })).status;
}"""


def test_uploads_are_shown_or_refused_with_a_sentence(lab: Lab, tmp_path: Path) -> None:
    page, dialogs = lab.tab.page, list[str]()

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", close)
    lab.open(picture="upload", size=8, colour="rgb")
    expect(page.get_by_text("Your own picture goes here")).to_be_visible()
    pixels = np.random.default_rng(8).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    (tmp_path / MARKUP).write_bytes(png_of(pixels))
    with lab.settling(), page.expect_request("**/_stcore/upload_file/**") as upload:
        give(lab, tmp_path / MARKUP)
        expect(page.get_by_text("Your own picture goes here")).to_be_hidden(timeout=WAIT_MS)
    assert np.array_equal(lab.canvas("in", "pixels")[..., :3], pixels)
    uploader = page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("<img sr")  # the middle of a long name is left out
    assert uploader.locator("img").count() == 0
    headers = {name: text for name, text in upload.value.headers.items() if "token" in name}
    assert page.evaluate(UPLOAD_201_MIB, [upload.value.url, headers]) == 413

    (tmp_path / "broken.png").write_bytes(png_of(pixels)[:60])
    give(lab, tmp_path / "broken.png")
    expect(page.get_by_text("The picture is damaged or cut short")).to_be_visible(timeout=WAIT_MS)

    (tmp_path / "large.png").write_bytes(bytes(42 * 2**20))
    give(lab, tmp_path / "large.png")
    expect(uploader).to_contain_text("File must be 40.0MB or smaller", timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert "Traceback" not in page.content()
    assert dialogs == []
    assert lab.tab.outside_requests() == []
