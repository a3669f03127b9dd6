"""Kernels edited on Feature maps in a browser: PyTorch follows, Streamlit hears at a pause."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import torch
from playwright.sync_api import Locator, expect

from convlab.convolution import kernels
from convlab.networks import edits
from convlab.networks.edits import Edits, Grid, Place, applied
from convlab.pictures import images, photographs
from convlab.ui import networks
from tests.browser.test_feature_maps import WAIT_MS, Lab

ROUTE = "**/network"


def own(place: Place) -> torch.Tensor:
    """A kernel of the trained Net."""
    return edits.kernel_at(networks.bundled_model("net").probe.network, place).detach().clone()


def verdict(made: Edits) -> list[str]:
    """What the verdict has to say of the cat: each class's probability, to three digits."""
    pixels = images.working(photographs.photograph("cat"), 32, grey=False)
    x = images.normalise(images.to_float(pixels), images.CIFAR10_MEAN, images.CIFAR10_STD)
    with torch.no_grad():
        logits = applied(networks.bundled_model("net").probe.network, made)(x[None])[0]
    return [f"{p:.3f}" for p in logits.softmax(0).tolist()]


def with_weight(place: Place, row: int, column: int, weight: float) -> Edits:
    kernel = own(place)
    kernel[row, column] = weight
    return Edits({place: edits.grid_of(kernel)})


@pytest.fixture
def conv2(lab: Lab) -> Iterator[Lab]:
    """The trained Net on the cat, map 0 of conv2 open."""
    lab.open("?layer=conv2&picture=photo:cat")
    yield lab
    lab.tab.page.unroute_all(behavior="ignoreErrors")


def cell(lab: Lab, row: int, column: int) -> Locator:
    return lab.find(f".kernel-editor .cell[data-place='0,{row},{column}']")


def shows(lab: Lab, made: Edits) -> None:
    """The verdict is PyTorch's for these kernels."""
    expect(lab.find(".verdict .p")).to_have_text(verdict(made), timeout=WAIT_MS)


def asked(lab: Lab) -> int:
    return sum(urlsplit(url).path.endswith("/network") for url in lab.tab.requests)


def told(lab: Lab) -> None:
    """Wait until Python has heard of all edits."""
    made = lab.root.get_attribute("data-edits-made") or "0"
    expect(lab.root).to_have_attribute("data-edits-told", made, timeout=WAIT_MS)
    lab.tab.wait_idle()


def test_a_typed_weight_moves_the_verdict_before_streamlit_hears_of_it(conv2: Lab) -> None:
    place = Place("conv2", 0, 0)
    shows(conv2, Edits())
    sent = len(conv2.tab.sent)
    cell(conv2, 1, 1).fill("5")
    cell(conv2, 1, 1).press("Enter")
    shows(conv2, with_weight(place, 1, 1, 5))
    assert asked(conv2) == 1
    told(conv2)
    assert len(conv2.tab.sent) == sent + 1
    shows(conv2, with_weight(place, 1, 1, 5))
    expect(conv2.find(".layer.edited .name")).to_have_text(["conv2"])
    conv2.button("Undo").click()
    shows(conv2, Edits())
    conv2.button("Redo").click()
    shows(conv2, with_weight(place, 1, 1, 5))
    assert conv2.tab.errors == []


def test_the_verdict_follows_while_one_drags_and_streamlit_hears_at_a_pause(conv2: Lab) -> None:
    box = cell(conv2, 0, 0).bounding_box()
    assert box
    mouse, sent = conv2.tab.page.mouse, len(conv2.tab.sent)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = conv2.find(".verdict .p").all_inner_texts()
    mouse.move(x, y)
    mouse.down()
    for n in range(20):
        mouse.move(x, y - 16 * (n + 1))
        conv2.tab.page.wait_for_timeout(15)
    expect(conv2.find(".verdict .p")).not_to_have_text(before)
    assert asked(conv2) > 2
    assert len(conv2.tab.sent) - sent < 10  # none but where the machine itself paused
    mouse.up()
    weight = round(float(own(Place("conv2", 0, 0))[0, 0]) + 320 / 40, 2)
    told(conv2)
    shows(conv2, with_weight(Place("conv2", 0, 0), 0, 0, weight))
    made, drawn = (conv2.root.get_attribute(f"data-edits-{name}") for name in ("made", "drawn"))
    assert made == drawn


def test_tools_act_on_a_kernel_or_on_the_whole_filter(conv2: Lab) -> None:
    conv2.find(".kernel-pick").select_option(index=7)
    conv2.button("Zero").click()
    zero: Grid = ((0.0,) * 3,) * 3
    shows(conv2, Edits({Place("conv2", 0, 7): zero}))
    conv2.find(".whole input").check()
    conv2.button("Negate").click()
    kept = {Place("conv2", 0, n): edits.grid_of(0 - own(Place("conv2", 0, n))) for n in range(16) if n != 7}
    shows(conv2, Edits({**kept, Place("conv2", 0, 7): zero}))
    conv2.find(".whole input").uncheck()
    conv2.find(".kernel-editor .tools select").select_option(label="Sobel, left to right")
    sobel = edits.grid_of(kernels.preset("sobel_x"))
    shows(conv2, Edits({**kept, Place("conv2", 0, 7): sobel}))
    conv2.button("Restore").click()
    shows(conv2, Edits(kept))
    told(conv2)
    conv2.root.get_by_role("button", name="Restore all").click()
    shows(conv2, Edits())
    told(conv2)
    expect(conv2.find(".layer.edited")).to_have_count(0)


def test_without_the_route_streamlit_carries_the_edit(conv2: Lab) -> None:
    conv2.tab.page.route(ROUTE, lambda route: route.abort())
    cell(conv2, 2, 2).focus()
    cell(conv2, 2, 2).press("Shift+ArrowUp")
    weight = round(float(own(Place("conv2", 0, 0))[2, 2]) + 1, 4)
    shows(conv2, with_weight(Place("conv2", 0, 0), 2, 2, weight))
    told(conv2)


def test_an_edit_stays_when_another_map_is_opened_at_once(conv2: Lab) -> None:
    cell(conv2, 1, 1).fill("5")
    cell(conv2, 1, 1).press("Enter")
    conv2.button("conv1").click()
    expect(conv2.root).to_have_attribute("data-told", "1,0,17,17", timeout=WAIT_MS)
    told(conv2)
    made = with_weight(Place("conv2", 0, 0), 1, 1, 5)
    shows(conv2, made)
    cell(conv2, 0, 1).fill("-3")
    cell(conv2, 0, 1).press("Enter")
    both = {**made.kernels, **with_weight(Place("conv1", 0, 0), 0, 1, -3).kernels}
    shows(conv2, Edits(both))
    told(conv2)
    shows(conv2, Edits(both))


def test_away_from_its_map_the_kernel_is_hidden_and_escape_leaves_keys_that_steer(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    editor = lab.find(".kernel-editor")
    expect(editor).to_be_visible(timeout=WAIT_MS)
    lab.canvas("pool2").hover(position={"x": 4, "y": 4})
    expect(editor).to_be_hidden()
    lab.tab.page.mouse.move(2, 2)
    expect(editor).to_be_visible()
    cell = editor.locator(".cell").first
    cell.fill("abc")
    cell.press("Enter")
    problem = editor.locator(".problem").bounding_box()
    tools = editor.locator(".tools").bounding_box()
    assert problem
    assert tools
    assert problem["y"] + problem["height"] <= tools["y"]  # nothing is covered
    cell.fill("-0,5")
    cell.press("Enter")
    expect(cell).to_have_value("-0.5")
    lab.stage("map").focus()
    layer, channel, row, col = lab.shown()
    lab.tab.page.keyboard.press("Escape")
    lab.tab.page.keyboard.press("ArrowRight")
    assert lab.shown() == (layer, channel, row, col + 1)
