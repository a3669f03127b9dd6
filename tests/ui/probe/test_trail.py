"""The chain of views on the Probe page, as a learner goes it: from a cell to the least change, and back."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import exams
from convlab.probing import adversarial, evaluation
from convlab.probing.evaluation import evaluate
from convlab.ui.networks import bundled_model
from tests.few import few_sketches
from tests.pages.probe_page import controls, fresh, set_to, shown, texts
from tests.ui.driver import received, send, troubles

MATRIX, WALL, TRAIL = "probe.confusion", "probe.wall.wrong", "probe.trail"
NET = "net_sketches"


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("convlab.ui.probe.data.QUICK_S", 600)  # a busy machine asks for no click more
        few_sketches()
        yield


def answers(label: int, verdict: int) -> tuple[evaluation.Answer, ...]:
    val = exams.get("sketches").val
    return evaluation.in_cell(evaluate(bundled_model(NET).probe, val.images, val.labels), label, verdict)


def a_cell() -> tuple[int, int]:
    """One with several pictures."""
    cells = [(label, verdict) for label in (0, 1) for verdict in (0, 1)]
    return max(cells, key=lambda cell: len(answers(*cell)))


def steps(app: AppTest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = received(app, TRAIL)[0]["steps"]
    return found


def press(app: AppTest, text: str) -> AppTest:
    """A step of the trail, by its text or what a screen reader says of it."""
    (index,) = [n for n, step in enumerate(steps(app)) if text in (step["told"], step["text"])]
    after = send(app, TRAIL, "step", {"index": index})
    assert troubles(after) == []
    return after


def opened() -> tuple[AppTest, tuple[int, int]]:
    """The page with the pictures of a cell."""
    cell = a_cell()
    app = send(fresh(experiment="mistakes"), MATRIX, "cell", {"row": cell[0], "column": cell[1]})
    return app, cell


def test_a_cell_shows_its_pictures_the_surest_first_and_again_closes() -> None:
    app, cell = opened()
    assert controls(app).cell == f"{cell[0]}-{cell[1]}"
    wall, blobs = received(app, WALL)
    wanted = answers(*cell)[:60]
    assert [one["below"].split()[-1] for one in wall["pictures"]] == [f"{a.confidence:.1%}" for a in wanted]
    images = exams.get("sketches").val.images[[one.index for one in wanted]]
    assert blobs["pixels"] == images.numpy().tobytes()
    assert any(f"{len(answers(*cell))} pictures" in text for text in texts(app))
    send(app, MATRIX, "cell", {"row": cell[0], "column": cell[1]})
    assert controls(app).cell == ""


def test_a_picture_of_the_wall_becomes_the_pages_with_its_verdict() -> None:
    app, cell = opened()
    one = answers(*cell)[1]
    send(app, WALL, "open", {"index": 1})
    assert troubles(app) == []
    assert controls(app).picture == f"val:sketches:{one.index}"
    pixels = exams.get("sketches").val.images[one.index]
    assert torch.equal(shown(app).seen, pixels)
    assert int(shown(app).probabilities.argmax()) == one.prediction
    assert float(shown(app).probabilities.max()) == pytest.approx(one.confidence, abs=1e-4)
    assert app.query_params["picture"] == f"val:sketches:{one.index}"
    (chooser,) = [box for box in app.selectbox if box.key == "probe.picture"]
    assert chooser.value == f"val:sketches:{one.index}"
    assert [picture["open"] for picture in received(app, WALL)[0]["pictures"]].index(True) == 1


def test_the_trail_leads_to_the_neighbours_and_on_and_back() -> None:
    app, cell = opened()
    row = answers(*cell)
    send(app, WALL, "open", {"index": 0})
    press(app, "The picture before")  # round
    assert controls(app).picture == f"val:sketches:{row[-1].index}"
    press(app, "The next picture")
    assert controls(app).picture == f"val:sketches:{row[0].index}"
    assert any(f"1 of {len(row)}" in step["text"] for step in steps(app))
    press(app, "Why, four ways")
    assert controls(app).experiment == "four_ways"
    press(app, "Fool it")
    found = controls(app)
    assert (found.experiment, found.game) == ("arena", "ascend")
    assert found.goal != row[0].prediction
    press(app, "The least change")
    pixels = exams.get("sketches").val.images[row[0].index]
    probe = bundled_model(NET).probe
    size = float(adversarial.least_change(probe, pixels[None], found.goal, "l2").upper_bounds[0])
    assert any(f"**{size:.4f}**" in text for text in texts(app))  # no button in between
    press(app, "What it gets wrong")
    assert (controls(app).experiment, controls(app).cell) == ("mistakes", "")
    assert controls(app).picture == f"val:sketches:{row[0].index}"


def test_other_pictures_have_no_trail() -> None:
    app = fresh(experiment="mistakes", picture="sketch:bird")
    assert not [one for one in app.get("bidi_component") if one.key == TRAIL]


def test_the_same_way_by_numbers() -> None:
    app, cell = opened()
    app.session_state["probe.mistakes.by_numbers"] = True
    app.run()
    set_to(app, "cell", "")
    set_to(app, "cell", f"{cell[0]}-{cell[1]}")
    one = answers(*cell)[2]
    set_to(app, "open_place", one.index)
    assert controls(app).picture == f"val:sketches:{one.index}"


def test_a_link_to_a_picture_or_a_cell_that_is_not_there_opens_all_the_same() -> None:
    for query in ({"picture": "val:gone:3"}, {"cell": "9-9"}, {"picture": "val:sketches:99999"}):
        app = fresh(experiment="mistakes", **query)
        assert troubles(app) == []
        assert shown(app).seen.shape == (3, 32, 32)


def test_the_class_of_the_picture_is_told_in_the_pages_language() -> None:
    place = 3
    name = ("\u98de\u673a", "\u9e1f")[int(exams.get("sketches").val.labels[place])]  # airplane, bird
    app = fresh(experiment="mistakes", picture=f"val:sketches:{place}", lang="zh")
    assert [step["text"] for step in steps(app) if f"{place}\uff1a{name}" in step["text"]]
