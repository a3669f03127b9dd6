"""How a unit came about, in a browser: a convolution unfolded, one cursor, a pool's winner ringed."""

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.test_feature_maps import NET, WAIT_MS, Lab, messages

MARKED = """(tile, mark) => {
  const frame = tile.querySelector(`.mark.${mark}`);
  const [box, own] = [tile, frame].map((node) => node.getBoundingClientRect());
  const place = [(own.top - box.top) / box.height, (own.left - box.left) / box.width];
  return [...place, own.height / box.height, own.width / box.width];
}"""


def number(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def sum_part(lab: Lab) -> Locator:
    return lab.find("[data-part=sum]")


def marked(tile: Locator, mark: str) -> list[float]:
    """Top, left, height and width of a frame in a tile, as shares of it."""
    found: list[float] = tile.evaluate(MARKED, mark)
    return found


def test_an_open_map_is_unfolded_and_its_shares_add_up(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3&row=5&col=9")
    ladder = lab.find(".ladder")
    expect(ladder).to_be_visible(timeout=WAIT_MS)
    assert ladder.locator("button.rung-name").all_inner_texts()[:16] == [f"map {n}" for n in range(16)]
    assert ladder.locator(".kernel canvas").count() == 16
    numbers = [number(text) for text in ladder.locator(".at").all_inner_texts()]
    shares, sums = numbers[::2], numbers[1::2]
    assert sums[-1] == pytest.approx(sum(shares), abs=0.005 * 16)
    value = number(lab.find(".equation").inner_text().rsplit(" ", 1)[1])
    bias = number(re.sub(r"[^\d.\u2212]", "", lab.find(".bias").inner_text()))
    assert sums[-1] + bias == pytest.approx(value, abs=0.02)
    for tile in ladder.locator(".tile:has(.mark.read)").all():  # rows 4 to 6, columns 8 to 10 of 16
        assert marked(tile, "read") == pytest.approx([4 / 16, 8 / 16, 3 / 16, 3 / 16], abs=0.02)


def test_pointing_in_any_map_moves_the_one_cursor_and_sends_nothing(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    ladder = lab.find(".ladder")
    expect(ladder).to_be_visible(timeout=WAIT_MS)
    lab.tab.page.mouse.move(2, 2)
    count = messages(lab.tab)
    before = lab.find(".equation").inner_text()
    for kind, place in (("here", "4,3,5,9"), ("read", "4,3,2,3")):
        row, col = map(int, place.split(",")[2:])
        lab.over(ladder.locator(f".tile:has(.mark.{kind})").nth(4), row, col, 16, 16)
        expect(lab.root).to_have_attribute("data-shown", place)
        expect(sum_part(lab).locator("h3")).to_have_text(f"conv2, unit 3, {row}, {col}")
    assert lab.find(".equation").inner_text() != before
    lab.tab.page.mouse.move(2, 2)
    expect(lab.root).to_have_attribute("data-shown", "4,3,8,8")
    expect(lab.find(".equation")).to_have_text(before)
    assert messages(lab.tab) == count


def test_the_ladder_leads_to_the_map_that_is_read_and_on_to_the_activation(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    lab.find(".ladder").get_by_role("button", name="map 5", exact=True).click()
    lab.settle((3, 5, 8, 8))
    lab.button("conv2").click()
    lab.settle((4, 5, 8, 8))
    lab.button("\u2192 tanh2").click()
    lab.settle((5, 5, 8, 8))


def test_a_pools_winner_is_ringed_and_pointing_at_another_layer_takes_that_unit_apart(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    canvas = lab.find(".layer canvas").nth(NET.index("pool2"))
    canvas.hover(position={"x": 4, "y": 4})
    layer, channel, row, col = lab.shown()
    assert layer == NET.index("pool2")
    part = sum_part(lab)
    expect(part.locator("h3")).to_have_text(f"pool2, unit {channel}, {row}, {col}")
    expect(lab.find(".ladder")).to_be_hidden()
    assert part.locator("tr").count() == 4
    name = part.locator("tr").filter(has_text="the largest").locator("th").inner_text()
    at = [int(n) for n in re.findall(r"\d+", name)]
    top, left, height, width = marked(part.locator(".pictures .tile:has(.mark.won)").first, "won")
    assert [(top + height / 2) * 16 - 0.5, (left + width / 2) * 16 - 0.5] == pytest.approx(at, abs=0.3)


def test_a_pools_winner_is_ringed_on_the_map_in_the_network_too(lab: Lab) -> None:
    lab.open("?layer=pool1&channel=2&row=3&col=4")
    expect(lab.find(".layer .frame.won")).to_be_visible()
    lab.button("conv2").click()
    expect(lab.find(".layer .frame.won:not([hidden])")).to_have_count(0)


def test_a_kernel_that_is_edited_changes_its_partial_map_and_the_sums_behind_it(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    ladder = lab.find(".ladder")
    ladder.locator(".tile.kernel").nth(4).click()
    expect(ladder.locator(".tile.kernel").nth(4)).to_have_class(re.compile("chosen"))
    before = [number(text) for text in ladder.locator(".at").all_inner_texts()]
    cell = lab.find(".kernel-editor .cell").nth(4)
    cell.fill("2")
    cell.press("Enter")
    expect(ladder.locator(".tile.kernel").nth(4)).to_have_class(re.compile("edited"))
    after = [number(text) for text in ladder.locator(".at").all_inner_texts()]
    assert after[8] != before[8]
    assert after[:8] == pytest.approx(before[:8], abs=0.01)
    assert after[10::2] == pytest.approx(before[10::2], abs=0.01)  # the other maps give what they gave
    shift = after[9] - before[9]
    assert after[11::2] == pytest.approx([n + shift for n in before[11::2]], abs=0.03)
    lab.tab.wait_idle()  # PyTorch's have come
    settled = [number(text) for text in ladder.locator(".at").all_inner_texts()]
    assert settled == pytest.approx(after, abs=0.011)
    value = number(lab.find(".equation").inner_text().rsplit(" ", 1)[1])
    bias = number(re.sub(r"[^\d.\u2212]", "", lab.find(".bias").inner_text()))
    assert settled[-1] + bias == pytest.approx(value, abs=0.02)


def test_pointing_at_what_a_pool_reads_moves_the_one_cursor(lab: Lab) -> None:
    lab.open("?layer=pool1&channel=2")
    lab.over(lab.find(".pictures .tile").first, 20, 5, 32, 32)
    expect(lab.root).to_have_attribute("data-shown", "3,2,10,2")
    expect(sum_part(lab).locator("h3")).to_have_text("pool1, unit 2, 10, 2")
    lab.button("flatten1").click()
    lab.over(lab.find(".pictures .tile").first, 3, 6, 8, 8)
    layer, channel, _row, _col = lab.shown()
    assert (NET[layer], channel % 64) == ("flatten1", 3 * 8 + 6)


def test_a_weight_under_the_pointer_rings_the_value_that_it_meets(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3&row=5&col=9")
    ladder = lab.find(".ladder")
    expect(ladder).to_be_visible(timeout=WAIT_MS)
    line = lab.find(".equation").inner_text()
    lab.over(ladder.locator(".tile.kernel").nth(2), 0, 2, 3, 3)
    top, left, height, width = marked(ladder.locator(".tile:has(.mark.read)").nth(2), "won")
    assert [(top + height / 2) * 16 - 0.5, (left + width / 2) * 16 - 0.5] == pytest.approx([4, 10], abs=0.3)
    said = lab.find(".equation").inner_text()
    _map, value, weight, product = [number(text) for text in re.findall(r"\u2212?[\d.]+", said)]
    assert product == pytest.approx(value * weight, abs=2e-4)
    assert weight == pytest.approx(number(lab_cell(lab, 2, 2)), abs=1e-3)
    lab.tab.page.mouse.move(2, 2)
    expect(lab.find(".equation")).to_have_text(line)
    expect(ladder.locator(".mark.won:visible")).to_have_count(0)


def lab_cell(lab: Lab, kernel: int, cell: int) -> str:
    """A weight as the editor writes it."""
    lab.find(".ladder .tile.kernel").nth(kernel).click()
    return lab.find(".kernel-editor .cell").nth(cell).input_value()


# How many of the ladder's numbers lie outside, and whether it is scrolled to them and fades there.
OUTSIDE = """(part) => {
  const grid = part.querySelector(".rungs");
  const box = (node) => node.getBoundingClientRect();
  const right = Math.min(box(grid).right, box(part).right) + 1;
  const bottom = Math.min(box(grid).bottom, box(part).bottom) + 1;
  const numbers = [...grid.querySelectorAll(".at")].map(box);
  const fades = getComputedStyle(grid).maskImage !== "none";
  return {
    low: numbers.filter((one) => one.bottom > bottom).length,
    wide: numbers.filter((one) => one.right > right).length,
    hinted: fades && grid.scrollWidth > grid.clientWidth,
    whole: [grid, part.querySelector(".result")].every((node) => box(node).right <= box(part).right + 1),
  };
}"""
WINDOWS_PX = [(1440, 900), (1440, 1000), (1440, 1200), (1280, 1024), (1024, 768), (1920, 1080)]


@pytest.mark.parametrize("size_px", WINDOWS_PX, ids=str)
def test_the_ladders_numbers_lie_in_their_part_or_it_fades_where_it_scrolls(
    browser: Browser, app_server: harness.Server, size_px: tuple[int, int]
) -> None:
    lab = Lab(harness.new_tab(browser, app_server, size_px=size_px))
    for query in ("", "?network=cross", "?layer=conv2"):
        lab.open(query)
        expect(lab.find(".ladder")).to_be_visible(timeout=WAIT_MS)
        found = sum_part(lab).evaluate(OUTSIDE)
        assert found["whole"], query
        assert not found["low"], query
        assert not found["wide"] or found["hinted"], query
        few = query != "?layer=conv2"
        assert not (few and found["wide"]) or size_px[0] < 1280, query
