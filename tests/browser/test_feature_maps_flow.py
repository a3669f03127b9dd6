"""Feature maps in a browser: the flow, the frames of a followed unit, figure 8.8."""

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_feature_maps import NET, WAIT_MS, messages
from tests.browser.test_feature_maps import Lab as Page


class Lab(Page):
    """The page, with its flow."""

    def there(self) -> list[float]:
        """Of each column, how much of it the flow has reached."""
        found: list[float] = self.find(".layer").evaluate_all(
            "all => all.map(one => Number(one.style.getPropertyValue('--there') || 1))"
        )
        return found

    @property
    def slider(self) -> Locator:
        """How far the flow is."""
        return self.root.get_by_role("slider", name="How far it has come")

    def scrub(self, share: float) -> None:
        """Put the flow at a share of its way, as a drag of the slider does, and let go."""
        most = int(self.slider.get_attribute("max") or 0)
        for event in ("input", "change"):
            self.slider.evaluate(
                f"(one, at) => {{ one.value = at; one.dispatchEvent(new Event('{event}')); }}",
                round(share * most),
            )

    def fields(self) -> str:
        """What is framed in the picture, in words."""
        return self.find(".inspector .stage").first.get_attribute("title") or ""


def test_play_runs_the_picture_through_the_network_in_no_less_than_seven_seconds(lab: Lab) -> None:
    lab.open("?layer=conv2")
    count, began = messages(lab.tab), time.monotonic()
    lab.button("Play").click()
    expect(lab.button("Pause")).to_have_attribute("aria-pressed", "true")
    lab.tab.page.wait_for_timeout(2500)
    there = lab.there()
    assert there[0] == 1
    assert there[-1] == 0
    assert there == sorted(there, reverse=True)
    assert messages(lab.tab) == count  # the flow is the browser's own
    lab.settle((10, lab.likeliest(), 0, 0))  # what the network takes it for
    assert time.monotonic() - began > 7
    expect(lab.button("Play")).to_have_attribute("aria-pressed", "false")
    assert set(lab.there()) == {1}
    assert lab.tab.errors == []


def test_a_paused_flow_opens_what_it_has_reached_and_goes_on(lab: Lab) -> None:
    lab.open()
    lab.button("Play").click()
    expect(lab.root).to_have_attribute("data-shown", "3,0,4,4", timeout=WAIT_MS)
    lab.button("Pause").click()
    layer = lab.shown()[0]  # a slow machine pauses a little later
    assert 3 <= layer < 9
    lab.settle(lab.shown())
    expect(lab.find(".layer.open.lit .name")).to_have_text(NET[layer])
    assert lab.there()[: layer + 1] == [1] * (layer + 1)
    assert lab.there()[layer + 2 :] == [0] * (9 - layer)
    at = int(lab.slider.input_value())
    lab.button("Play").click()
    lab.tab.page.wait_for_timeout(600)
    assert int(lab.slider.input_value()) > at
    lab.button("Next layer").click()  # a step ends the flow
    assert set(lab.there()) == {1}
    lab.tab.wait_idle()


def test_the_flow_is_scrubbed_and_left_by_a_click(lab: Lab) -> None:
    lab.open()
    lab.scrub(0.5)
    lab.settle((5, 0, 4, 4))  # twelve stages: six columns are there
    assert lab.there() == [1] * 6 + [0] * 5
    expect(lab.slider).to_have_attribute("aria-valuetext", "tanh2")
    lab.slider.focus()
    lab.tab.page.keyboard.press("ArrowRight")  # one column more
    lab.settle((6, 0, 2, 2))
    assert lab.there() == [1] * 7 + [0] * 4
    lab.tab.page.keyboard.press("Escape")
    assert set(lab.there()) == {1}
    lab.scrub(0.25)
    lab.canvas("pool2").click(position=lab.middle_of("pool2", 1))
    lab.settle((6, 1, 4, 4))
    assert set(lab.there()) == {1}


def test_where_one_wants_no_motion_whole_columns_appear(lab: Lab) -> None:
    lab.tab.page.emulate_media(reduced_motion="reduce")
    lab.open()
    lab.scrub(0.54)
    assert lab.there() == [1] * 6 + [0] * 5
    assert lab.find("canvas.pulses").evaluate(
        "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.every(value => !value)"
    )
    lab.tab.page.emulate_media(reduced_motion="no-preference")


def test_the_receptive_field_grows_in_frames_as_one_follows_a_unit(lab: Lab) -> None:
    lab.open("?layer=conv1&row=17&col=18")
    wanted = ["conv1 3\u00d73", "pool1 4\u00d74", "conv2 8\u00d78", "pool2 10\u00d710", "fc1 32\u00d732"]
    grown = {"conv1": 1, "tanh1": 1, "pool1": 2, "conv2": 3, "tanh2": 3, "pool2": 4, "flatten1": 4, "fc1": 5}
    for name, count in grown.items():
        lab.button(name).click()
        expect(lab.button(name)).to_have_attribute("aria-current", "true")
        assert lab.fields() == ", ".join(wanted[:count])
    lab.button("pool2").click()
    lab.settle((6, 0, 4, 4))
    assert lab.seen() == pytest.approx([13, 13, 23, 23], abs=0.5)
    lab.over(lab.stage("map"), 0, 7, 8, 8)  # in a corner it reaches over the border, onto ghost pixels
    assert lab.seen() == pytest.approx([-3, 25, 7, 35], abs=0.5)
    expect(lab.find(".inspector")).to_contain_text("It can see 10 \u00d7 10 pixels, 7 \u00d7 7 of them real.")


def test_pointing_at_the_photograph_marks_the_unit_over_that_pixel(lab: Lab) -> None:
    lab.open("?layer=pool2&channel=2&row=0&col=0")
    count = messages(lab.tab)
    lab.over(lab.stage("picture"), 3 + 18, 3 + 10, 38, 38)
    expect(lab.root).to_have_attribute("data-shown", "6,2,4,2")
    assert NET[6] == "pool2"
    assert messages(lab.tab) == count
    lab.tab.page.mouse.down()
    lab.tab.page.mouse.up()
    lab.settle((6, 2, 4, 2))


def test_figure_8_8_lights_the_large_cross_and_its_kernels_are_edited(lab: Lab) -> None:
    lab.open("?experiment=cross")
    lab.tab.page.get_by_role("button", name="Open this network above").click()
    lab.settle((3, 0, 1, 1))
    expect(lab.part("verdict")).to_contain_text("at unit (1, 1); the next is 0.3225.")
    expect(lab.part("verdict").locator(".class")).to_have_text("score 0.68")
    weight = lab.find(".kernel-editor input:not([type=checkbox])").nth(4)
    weight.click()
    lab.tab.page.keyboard.press("ArrowUp")
    expect(lab.part("verdict").locator(".class")).to_have_text("score 0.78", timeout=WAIT_MS)
    lab.tab.page.get_by_role("button", name="Undo").first.click()
    expect(lab.part("verdict").locator(".class")).to_have_text("score 0.68", timeout=WAIT_MS)
    lab.tab.wait_idle()


def test_every_part_turns_to_the_unit_under_the_pointer(lab: Lab) -> None:
    lab.open("?layer=conv2&row=3&col=3")
    count = messages(lab.tab)
    for name, channel in (("pool2", 5), ("conv1", 3), ("tanh2", 2), ("pool1", 9), ("conv2", 7)):
        lab.canvas(name).hover(position=lab.middle_of(name, channel))
        layer, at, row, col = lab.shown()
        assert (NET[layer], at) == (name, channel)
        expect(lab.find(".trail")).to_have_text(
            f"Network \u203a {name} \u203a map {channel} \u203a unit ({row}, {col})"
        )
        expect(lab.part("sum").locator("h3").first).to_have_text(f"{name}, unit {channel}, {row}, {col}")
        assert lab.framed(name) == 1
        assert lab.fields().split(", ")[-1].split()[0] == {"tanh2": "conv2"}.get(name, name)
        caption = lab.part("unit").get_by_text(f"unit ({row}, {col}):")
        value = float(caption.inner_text().split(": ")[1].replace("\u2212", "-"))
        told = re.findall(r"-?\d+\.\d+", lab.part("sum").inner_text().replace("\u2212", "-"))
        assert value in [pytest.approx(float(number), rel=1e-3, abs=6e-5) for number in told]
    assert messages(lab.tab) == count
