"""ui/probe/numbers.py: the square is moved and the verdict read without the browser's lab."""

import pytest
import torch

from convlab.pictures import crop, photographs
from convlab.probing import attribution, bundled
from tests.pages.probe_page import give, noise, png, set_to, shown
from tests.ui.driver import troubles
from tests.ui.panel import column, open_panel, results, set_number


def test_the_verdict_is_the_networks() -> None:
    app = open_panel("probe")
    said = shown(app)
    found = results(app)
    best = int(said.probabilities.argmax())
    assert found["Verdict"] == column(app, "Class")[best]
    assert float(found["Probability"]) == pytest.approx(float(said.probabilities[best]), rel=1e-5)
    assert [float(text) for text in column(app, "Logit")] == pytest.approx(said.logits.tolist(), rel=1e-5)
    assert sum(float(text) for text in column(app, "Probability")) == pytest.approx(1, abs=1e-5)


def test_the_square_is_moved_and_what_is_seen_follows() -> None:
    app = open_panel("probe", picture="photo:cat")
    for name, value in (("side", 120), ("left", -20), ("top", 33)):
        set_number(app, f"probe.crop.{name}", value)
    set_to(app, "padding", "edge")
    assert app.query_params == {"picture": "photo:cat", "window": "-20,33,120", "padding": "edge"}
    seen = crop.cut(photographs.photograph("cat"), crop.Square(-20, 33, 120), "edge")
    assert torch.equal(shown(app).seen, seen)
    wanted = bundled.weights("net").probe.probabilities(seen[None])[0]
    found = [float(text) for text in column(app, "Probability")]
    assert found == pytest.approx(wanted.tolist(), rel=1e-4)


def test_left_top_and_side_may_be_set_at_once() -> None:
    app = open_panel("probe")
    for name, value in (("left", 5), ("top", 7), ("side", 90)):
        app.number_input(key=f"probe.crop.{name}").set_value(value)
    app.run()
    assert troubles(app) == []
    assert app.query_params["window"] == "5,7,90"
    app.number_input(key="probe.crop.side").set_value(0).run()
    assert app.query_params["window"] == "5,7,90"
    assert len(app.toast) == 1


def test_the_square_cannot_leave_the_picture() -> None:
    app = open_panel("probe", window="10,20,30")
    height, width = photographs.photograph("cat").shape[1:]
    limits = {name: app.number_input(key=f"probe.crop.{name}") for name in ("left", "top", "side")}
    assert (limits["left"].min, limits["left"].max) == (-29, width - 1)
    assert (limits["top"].min, limits["top"].max) == (-29, height - 1)
    assert (limits["side"].min, limits["side"].max) == (1, crop.MAX_ZOOM_OUT * max(height, width))
    set_number(app, "probe.crop.left", -29)
    set_number(app, "probe.crop.side", 5)  # misses the picture: back to its middle
    assert app.number_input(key="probe.crop.side").value == min(height, width)


def test_two_networks_say_something_each() -> None:
    app = open_panel("probe", second="shipped:net_fast")
    assert len(app.expander[0].table) == 4 + 2  # and what a covered part costs each
    assert results(app, 0)["Network"] != results(app, 2)["Network"]


def test_one_of_several_pictures_is_opened() -> None:
    app = open_panel("probe", picture="upload")
    give(app, ("one.png", png(noise(1))), ("two.png", png(noise(2))))
    app.selectbox(key="probe.open_picture").set_value(1).run()
    assert troubles(app) == []
    assert app.query_params["shown"] == "1"
    assert torch.equal(shown(app).seen, crop.cut(noise(2)))


def test_a_covering_square_tells_what_the_logit_loses() -> None:
    app = open_panel("probe", picture="photo:cat")
    probe, seen = bundled.weights("net").probe, shown(app).seen
    for name, value in (("row", 22), ("column", 20)):
        set_number(app, f"probe.cover.{name}", value)
    bare = probe.normalise(seen[None]).clone()
    bare[:, :, 22:27, 20:25] = 0
    with torch.no_grad():
        kept = probe.network(bare)[0]
    whole = probe.logits(seen[None])[0]
    best = int(whole.argmax())
    found = dict(app.expander[0].table[-1].value.values)
    values = attribution.occlusion(probe, seen, best)
    assert float(found["Value of the map"]) == pytest.approx(float(values[24, 22]), rel=1e-4)
    assert float(found["Logit, covered"]) == pytest.approx(float(kept[best]), rel=1e-4)
    assert float(found["What it loses"]) == pytest.approx(float(whole[best] - kept[best]), rel=1e-3)
    set_to(app, "method", "saliency")  # a value of its is about one pixel
    set_number(app, "probe.cover.row", 31)
    bare = probe.normalise(seen[None]).clone()
    bare[:, :, 31, 20] = 0
    with torch.no_grad():
        kept = probe.network(bare)[0]
    found = dict(app.expander[0].table[-1].value.values)
    assert float(found["Logit, covered"]) == pytest.approx(float(kept[best]), rel=1e-4)
    gradient = float(attribution.saliency(probe, seen, best)[31, 20])
    assert float(found["Value of the map"]) == pytest.approx(gradient, rel=1e-4)
