"""What excites the open unit, on the page: asked for by a button, its values are PyTorch's."""

import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import exams
from convlab.networks.recording import record
from convlab.pictures.images import to_float
from convlab.probing.excitation import Made
from convlab.ui import networks
from convlab.ui.feature_maps import batch, excitation
from convlab.ui.picture import working_picture
from convlab.ui.work import Work
from tests.pages.test_feature_maps import PAGE, choose, controls, set_to
from tests.ui.driver import open_page, troubles

LINK = {"network": "net", "weights": "sketches", "picture": "sketch:bird", "experiment": "excite"}


def words(app: AppTest) -> str:
    return " ".join(str(one.value).replace("\\", "") for one in [*app.caption, *app.markdown])


def patches(app: AppTest) -> list[str]:
    captions = [c.value.replace("\\", "") for c in app.caption]
    return [text for text in captions if re.match(r"-?\d+\.\d{4}", text)]


def ask(app: AppTest, key: str) -> AppTest:
    return settled(app.button(key=f"feature_maps.excite.{key}").click().run())


def settled(app: AppTest) -> AppTest:
    """The page once the work that was begun is done."""
    while any(f"feature_maps.excite.{key}.work" in app.session_state for key in ("search", "make")):
        app.run()
    assert troubles(app) == []
    return app


def test_a_link_starts_no_long_work() -> None:
    app = open_page(PAGE, **LINK, layer="conv2", channel=3)
    assert troubles(app) == []
    assert patches(app) == []
    assert "Its value is" not in words(app)


def test_the_strongest_patches_of_the_networks_own_data() -> None:
    app = ask(open_page(PAGE, **LINK, layer="conv2", channel=3), "search")
    assert app.selectbox(key="feature_maps.excite_data").value == "sketches"
    data, model = exams.get("sketches").val.images, networks.bundled_model("net_sketches")
    picture = working_picture(controls(app).fitting, exact=True)[0]
    values = record(model.probe.network, batch.entering(data, picture)).outputs["conv2"][:, 3]
    best = values.flatten(1).amax(1).sort(descending=True).values[:9].tolist()
    assert [float(text.split()[0]) for text in patches(app)] == [round(one, 4) for one in best]
    at = re.fullmatch(r"\S+ at (\d+), (\d+): picture (\d+)", patches(app)[0])
    assert at is not None
    row, col, n = map(int, at.groups())
    assert float(values[n, row, col]) == values.max()
    assert f"Of {len(data):,} pictures those" in words(app)
    assert "The data set has" not in words(app)


def test_another_unit_is_searched_without_asking_again() -> None:
    app = ask(open_page(PAGE, **LINK, layer="conv2", channel=3), "search")
    before = patches(app)
    settled(choose(app, 4, 5, 3, 3))
    assert len(patches(app)) == 9
    assert patches(app) != before
    settled(choose(app, 4, 3, 1, 1))  # the same map
    assert patches(app) == before


def test_of_a_large_set_some_are_searched_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excitation, "_MOST", 11)
    app = ask(open_page(PAGE, **LINK, layer="conv2", channel=3), "search")
    count = len(exams.get("sketches").val.images)
    assert f"The data set has {count:,}, and these lie at even distances." in words(app)
    places = torch.linspace(0, count - 1, 11).round().long().tolist()
    assert {int(text.rsplit(" ", 1)[1]) for text in patches(app)} <= set(places)


def test_photographs_are_searched_too_and_named() -> None:
    app = open_page(PAGE, **LINK, layer="fc2", channel=1)
    app.selectbox(key="feature_maps.excite_data").set_value("_photographs").run()
    assert app.query_params["excite_data"] == "_photographs"
    ask(app, "search")
    assert any("Cat" in text for text in patches(app))
    assert "those for which this entry is largest" in words(app)
    app.selectbox(key="feature_maps.excite_data").set_value("sketches").run()
    assert "excite_data" not in app.query_params


def test_an_ascent_is_asked_for_and_told() -> None:
    app = open_page(PAGE, **LINK, layer="conv2", channel=3, row=8, col=8, ascent_steps=32)
    set_to(app, "ascent_seed", 5)
    ask(app, "make")
    told = re.search(r"Its value is \*\*(\S+)\*\*, after (\d+) of 32 steps", words(app))
    assert told is not None
    assert "jitter of 1 px, blur of 0.3 and L2 of 0.02" in words(app)
    assert "noise of seed 5" in words(app)
    made = next(iter(app.session_state["feature_maps.excite.make.kept"].found.values()))
    picture = working_picture(controls(app).fitting, exact=True)[0]
    x = batch.normalised(to_float(made.pixels[None]), picture)
    value = record(networks.bundled_model("net_sketches").probe.network, x).outputs["conv2"][0, 3, 8, 8]
    assert told[1] == f"{float(value):.4f}"
    again = ask(open_page(PAGE, **dict(app.query_params)), "make")
    assert told[0] in words(again)


def test_a_stopped_ascent_shows_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    say = Work.say

    def stopping(self: Work[Made], done: int, total: int, so_far: Made | None = None) -> None:
        """As if the learner pressed Stop after 24 steps."""
        if done > 24:
            self.stop()
        say(self, done, total, so_far)

    monkeypatch.setattr(Work, "say", stopping)
    app = ask(open_page(PAGE, **LINK, layer="conv2", channel=3, ascent_steps=64), "make")
    assert "Stopped after 24 of 64 steps." in words(app)
    assert app.button(key="feature_maps.excite.make").label == "Make a picture"
    monkeypatch.undo()
    assert "of 64 steps; that of the noise" in words(ask(app, "make"))
    assert "Stopped" not in words(app)


def test_in_train_the_unit_is_asked_in_eval() -> None:
    link = {**LINK, "network": "net_batch_norm", "layer": "conv2_batchnorm", "channel": 2}
    values = [
        re.search(r"In eval\(\) its value is (\S+) ", words(open_page(PAGE, **link, mode=mode)))
        for mode in ("eval", "train")
    ]
    assert values[0] is not None
    assert values[1] is not None
    assert values[0][1] == values[1][1]


def test_the_input_and_a_stack_of_another_size() -> None:
    app = open_page(PAGE, **LINK, layer="input")
    assert "a pixel of the input is itself" in app.info[-1].value
    app = open_page(PAGE, network="stack", size=16, colour="grey", experiment="excite", layer="0")
    assert app.selectbox(key="feature_maps.excite_data").options == ["ConvLab's photographs"]
    ask(app, "search")
    ask(app, "make")
    assert len(patches(app)) == 9
