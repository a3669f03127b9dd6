"""The Probe page in a browser: pictures dropped, the square moved, links, limits, strange names, phones."""

import base64
import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Dialog, Locator, expect
from torch import Tensor

from convlab.pictures import crop, images, photographs
from convlab.pictures.crop import Square
from convlab.probing import bundled
from tests.browser import harness
from tests.browser.harness import PHONE_PX, Tab

WAIT_MS = 60_000
MARKUP = "<img src=x onerror=alert(1)> ![x](http:example.invalid) $x^2$ :cat:.png"
CAT = photographs.photograph("cat")


@pytest.fixture
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    found = harness.new_tab(browser, app_server)
    yield found
    assert found.errors == []
    assert found.outside_requests() == []
    for context in browser.contexts:
        context.close()


def root(tab: Tab) -> Locator:
    return tab.page.locator(".root:has(.lab)").filter(has=tab.page.locator("canvas.crop"))


def open_page(tab: Tab, query: str = "?picture=photo:cat") -> None:
    """The page; without another query with the cat, and so with the network of the photographs."""
    tab.page.goto(f"{tab.base_url}/probe{query}")
    expect(root(tab).locator(".answer").first).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()


def query(tab: Tab) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(tab.page.url).query).items()}


def window(tab: Tab) -> Square:
    """The square in the number fields."""
    fields = root(tab).locator(".fields input")
    return Square(*(int(fields.nth(n).input_value()) for n in range(3)))


def told(tab: Tab) -> list[float]:
    """The probabilities on the screen."""
    cells = root(tab).locator("tbody tr td:nth-child(3)").all_inner_texts()
    return [float(text) for text in cells]


def expected(picture: Tensor, square: Square | None = None, padding: str = "black") -> list[float]:
    chances: list[float] = (
        bundled.weights("net").probe.probabilities(crop.cut(picture, square, padding)[None])[0].tolist()
    )
    return chances


def agree(tab: Tab, picture: Tensor = CAT, padding: str = "black") -> None:
    """The screen shows what the library says of the square that is on the screen."""
    tab.wait_idle()
    expect(root(tab)).not_to_have_class(re.compile("waiting"))
    assert told(tab) == pytest.approx(expected(picture, window(tab), padding), abs=0.00011)


def canvas(tab: Tab) -> tuple[float, float, float]:
    """Left, top and side of the picture's canvas."""
    box = root(tab).locator("canvas.crop").bounding_box()
    assert box
    return box["x"], box["y"], box["width"]


def picture(seed: int, size: tuple[int, int] = (90, 60)) -> bytes:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (*size, 3), dtype=torch.uint8, generator=generator)
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "PNG")
    return file.getvalue()


def drop(tab: Tab, *files: tuple[str, bytes]) -> None:
    told = [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files]
    tab.page.locator("input[type=file]").first.set_input_files(told)  # type: ignore[arg-type]


def test_a_dropped_picture_gets_its_verdict(tab: Tab) -> None:
    open_page(tab, "?picture=upload")
    before = root(tab).get_attribute("data-told")
    drop(tab, ("one.png", picture(1)))
    expect(root(tab)).not_to_have_attribute("data-told", before or "", timeout=WAIT_MS)
    agree(tab, images.load(picture(1)))
    drop(tab, ("two.png", picture(2)))
    cards = root(tab).locator(".card")
    expect(cards).to_have_count(2, timeout=WAIT_MS)
    tab.wait_idle()
    agree(tab, images.load(picture(2)))
    cards.nth(0).click()
    expect(cards.nth(0)).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
    agree(tab, images.load(picture(1)))
    tab.page.get_by_role("link", name="Kernels").click()
    expect(tab.page.get_by_role("heading", name="Kernels", level=1)).to_be_visible(timeout=WAIT_MS)
    tab.page.get_by_role("link", name="Probe").click()
    expect(cards).to_have_count(2, timeout=WAIT_MS)
    agree(tab, images.load(picture(1)))


@pytest.mark.parametrize("where", ["uploader", "page", "clipboard"])
def test_a_picture_may_be_given_anywhere(tab: Tab, where: str) -> None:
    """Dropped on the page or pasted, it goes to the uploader, which comes by itself where there is none."""
    open_page(tab, "?picture=upload" if where == "uploader" else "")  # or from the first look, a sketch
    give(tab, where, ("any.png", picture(11)), ("other.png", picture(12)))
    expect(root(tab).locator(".card")).to_have_count(2, timeout=WAIT_MS)
    expect(tab.page.get_by_role("combobox", name="Picture", exact=True)).to_have_value("Upload a picture")
    agree(tab, images.load(picture(11)))
    give(tab, where, ("bad.png", b"no picture"))
    expect(tab.page.get_by_text("bad.png").last).to_be_visible(timeout=WAIT_MS)
    agree(tab, images.load(picture(11)))
    assert query(tab)["picture"] == "upload"
    refused = [error for error in tab.errors if "422" in error]
    assert len(refused) == 1  # the browser's own line on what the route refused
    tab.errors.remove(refused[0])


def test_the_camera_shows_the_network_a_photo(tab: Tab) -> None:
    open_page(tab, "?picture=camera")
    expect(tab.page.get_by_text("as soon as you give one")).to_be_visible()
    before = root(tab).get_attribute("data-told")
    # Until then Streamlit's button takes nothing.
    tab.page.wait_for_function("() => document.querySelector('video')?.videoHeight > 0", timeout=WAIT_MS)
    tab.page.get_by_role("button", name="Take Photo").click(timeout=WAIT_MS)
    expect(root(tab)).not_to_have_attribute("data-told", before or "", timeout=WAIT_MS)
    tab.wait_idle()
    expect(tab.page.get_by_text("as soon as you give one")).not_to_be_attached()
    assert sum(told(tab)) == pytest.approx(1, abs=2e-4)
    before = root(tab).get_attribute("data-told")
    root(tab).get_by_role("button", name="Whole").click()
    expect(root(tab)).not_to_have_attribute("data-told", before or "", timeout=WAIT_MS)


def give(tab: Tab, where: str, *files: tuple[str, bytes]) -> None:
    """As a learner's mouse or keyboard gives pictures to the page."""
    if where == "uploader":
        drop(tab, *files)
        return
    texts = [[name, base64.b64encode(data).decode()] for name, data in files]
    tab.page.evaluate(
        """([where, files]) => {
          const transfer = new DataTransfer();
          const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          for (const [name, text] of files)
            transfer.items.add(new File([bytes(text)], name, { type: "image/png" }));
          const at = document.querySelector("h1"), how = { bubbles: true, cancelable: true };
          const event = where === "page" ? new DragEvent("drop", { ...how, dataTransfer: transfer })
            : new ClipboardEvent("paste", { ...how, clipboardData: transfer });
          at.dispatchEvent(event);
          if (!event.defaultPrevented) throw new Error("the browser would open the file");
        }""",
        [where, texts],
    )


def followed(tab: Tab) -> None:
    """PyTorch's verdict on the square in the hand is on the screen."""
    square = window(tab)
    asked = re.compile(f"/{square.left_px},{square.top_px},{square.side_px},")
    expect(root(tab)).to_have_attribute("data-told", asked, timeout=WAIT_MS)
    assert told(tab) == pytest.approx(expected(CAT, square), abs=0.00011)


def test_the_square_is_dragged_and_the_verdict_follows_it(tab: Tab) -> None:
    open_page(tab)
    agree(tab)
    left, top, side = canvas(tab)
    page = tab.page
    page.mouse.move(left + side / 2, top + side / 2)
    page.mouse.down()
    page.mouse.move(left + side / 2 + 30, top + side / 2 + 10, steps=6)
    moved = window(tab)
    assert moved.left_px > 75
    assert "window" not in query(tab)
    expect(root(tab)).to_have_class(re.compile("waiting"))  # Streamlit has not heard of it
    messages = len(tab.sent)
    page.mouse.move(left + side / 2 + 40, top + side / 2 + 12, steps=5)
    followed(tab)
    assert root(tab).locator(".verdicts").evaluate("node => getComputedStyle(node).opacity") == "1"
    assert len(tab.sent) == messages
    page.mouse.up()
    agree(tab)
    square = window(tab)
    assert query(tab)["window"] == f"{square.left_px},{square.top_px},{square.side_px}"


def test_a_corner_resizes_the_square(tab: Tab) -> None:
    open_page(tab)
    left, top, side = canvas(tab)
    scale = side / (451 * 1.06)
    corner = (left + side / 2 + scale * (375 - 225.5), top + side / 2 + scale * 150)
    tab.page.mouse.move(*corner)
    tab.page.mouse.down()
    tab.page.mouse.move(corner[0] - 60, corner[1] - 60, steps=4)
    tab.page.mouse.up()
    agree(tab)
    square = window(tab)
    assert (square.left_px, square.top_px) == (75, 0)
    assert 150 < square.side_px < 290


def test_keys_wheel_buttons_and_numbers_move_the_square(tab: Tab) -> None:
    open_page(tab)
    lab, page = root(tab), tab.page
    crop_canvas = lab.locator("canvas.crop")
    crop_canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(lab.locator(".fields input").nth(0)).to_have_value("84")
    expect(lab.locator(".fields input").nth(1)).to_have_value("1")
    agree(tab)
    page.keyboard.press("+")
    agree(tab)
    assert window(tab).side_px < 300
    left, top, side = canvas(tab)
    page.mouse.move(left + side / 2, top + side / 2)
    before = window(tab).side_px
    page.mouse.wheel(0, -200)
    agree(tab)
    assert window(tab).side_px < before
    page.keyboard.press("Home")
    agree(tab)
    assert query(tab) == {"picture": "photo:cat"}
    lab.get_by_role("button", name="Whole").click()
    agree(tab)
    assert window(tab) == Square(0, -76, 451)
    assert told(tab)[0] > 0.5  # with all of the cat on it, an airplane
    lab.get_by_role("combobox").select_option("edge")
    agree(tab, padding="edge")
    side_field = lab.get_by_role("spinbutton", name="Side (px)")
    side_field.fill("120")
    side_field.press("Enter")
    agree(tab, padding="edge")
    assert query(tab)["window"] == "0,-76,120"


def test_links_back_and_forward(tab: Tab, browser: Browser, app_server: harness.Server) -> None:
    open_page(tab, "?picture=photo:cat&method=saliency")
    lab = root(tab)
    lab.get_by_role("button", name="Whole").click()
    agree(tab)
    tab.page.get_by_role("radio", name="Push the picture").click()
    below = tab.page.get_by_text("Accuracy on a whole data set")
    expect(below).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()
    other = harness.new_tab(browser, app_server)
    other.page.goto(tab.page.url)
    expect(other.page.get_by_text("Accuracy on a whole data set")).to_be_visible(timeout=WAIT_MS)
    agree(other)
    assert window(other) == window(tab) == Square(0, -76, 451)
    side = lab.get_by_role("spinbutton", name="Side (px)")
    tab.page.go_back()
    expect(below).to_be_hidden(timeout=WAIT_MS)
    agree(tab)
    assert window(tab) == Square(0, -76, 451)
    tab.page.go_back()
    expect(side).to_have_value("300", timeout=WAIT_MS)
    agree(tab)
    tab.page.go_forward()
    expect(side).to_have_value("451", timeout=WAIT_MS)
    agree(tab)


def test_pointing_reads_a_pixel_in_every_picture(tab: Tab) -> None:
    open_page(tab)
    messages = len(tab.sent)
    box = root(tab).locator(".stage canvas.cursor").first.bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] * 9.5 / 32, box["y"] + box["height"] * 4.5 / 32)
    values = crop.cut(CAT)[:, 4, 9]
    expect(root(tab).locator(".reading")).to_contain_text(
        f"row 4, column 9: ({', '.join(map(str, values.tolist()))})"
    )
    assert len(tab.sent) == messages


def test_the_link_to_feature_maps(tab: Tab) -> None:
    open_page(tab, "?window=0,-75,451")
    airplane = told(tab)[0]
    tab.page.get_by_role("link", name="See it layer by layer").click()
    verdict = tab.page.locator("[data-part=verdict] .class")
    expect(verdict.first).to_contain_text(f"airplane {airplane:.3f}", timeout=WAIT_MS)


def test_a_name_is_plain_text(tab: Tab) -> None:
    dialogs: list[str] = []

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.page.on("dialog", close)
    open_page(tab, "?picture=upload&experiment=arena")
    drop(tab, (MARKUP, picture(6)), (f"b{MARKUP}", picture(7)), (f"c{MARKUP}", b"no picture"))
    cards = root(tab).locator(".card")
    expect(cards).to_have_count(2, timeout=WAIT_MS)
    tab.wait_idle()
    alert = tab.page.get_by_test_id("stAlert").filter(has_text="not a picture")
    expect(alert).to_contain_text("<img src=x")
    assert alert.locator("img").count() == 0
    assert cards.nth(0).get_attribute("title", timeout=WAIT_MS) == MARKUP[:39] + "…"
    assert root(tab).locator("img").count() == 0
    assert dialogs == []
    assert not any("invalid" in url for url in tab.requests)


def test_two_visitors_share_one_network_and_no_picture(
    tab: Tab, browser: Browser, app_server: harness.Server
) -> None:
    other = harness.new_tab(browser, app_server)
    open_page(tab, "?picture=upload&experiment=four_ways")
    open_page(other, "?picture=upload&experiment=four_ways")
    drop(tab, ("mine.png", picture(8)))
    drop(other, ("theirs.png", picture(9)))
    for one, seed in ((tab, 8), (other, 9)):
        expect(root(one)).to_have_attribute("data-told", re.compile(r"^(?!photo)"), timeout=WAIT_MS)
        agree(one, images.load(picture(seed)))


def test_a_phone_shows_the_verdict_first(browser: Browser, app_server: harness.Server) -> None:
    phone = harness.new_tab(browser, app_server, size_px=PHONE_PX)
    open_page(phone)
    places = [
        root(phone).get_by_role("heading", name=name).bounding_box()
        for name in ("What it says", "Your picture")
    ]
    assert places[0]
    assert places[1]
    assert places[0]["y"] < places[1]["y"]
    agree(phone)
    phone.page.context.close()
