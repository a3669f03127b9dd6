"""What is asked, and the link that takes it to Feature maps."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import torch

from convlab.pictures import crop, photographs
from convlab.pictures.crop import Square
from convlab.ui import networks
from convlab.ui.probe import lab
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.subject import Subject, asked

CAT = photographs.photograph("cat")


def subject(controls: ProbeControls) -> Subject:
    models = [networks.bundled_model("net"), networks.bundled_model("net_fast")]
    return asked(controls, models, CAT, "photo:cat", CAT)


def test_the_square_is_cut_and_both_networks_are_asked() -> None:
    found = subject(ProbeControls(window="10,20,100", padding="edge"))
    assert found.window == Square(10, 20, 100)
    assert torch.equal(found.seen, crop.cut(CAT, Square(10, 20, 100), "edge"))
    for model, logits in zip(found.models, found.logits, strict=True):
        assert torch.equal(logits, model.probe.logits(found.seen[None])[0])
    assert found.model.verdict(found.probabilities(1.0)[0]).startswith(("bird", "airplane"))


def test_of_two_networks_the_padding_says_whose_mean_is_taken() -> None:
    found = subject(ProbeControls(padding="mean"))
    assert found.paddings["mean"] == "Mean colour, 0 once normalised"
    first, other = found.models
    darker = replace(other, probe=replace(other.probe, mean=(0.1, 0.2, 0.3)))
    assert replace(found, models=(first, darker)).paddings["mean"] == f"Mean colour of {first.name}"
    assert list(found.paddings) == list(crop.PADDINGS)


def test_identities_change_with_what_they_stand_for() -> None:
    one, other = ProbeControls(), ProbeControls(window="10,20,100")
    assert subject(one).identity == subject(one).identity != subject(other).identity
    names = {lab.identity(c, subject(c)) for c in (one, other, ProbeControls(temperature=2), one)}
    assert len(names) == 3


def test_a_checkpoint_of_the_session_is_not_asked_over_the_route() -> None:
    assert lab.question(ProbeControls(second="checkpoint")) is None
    question = lab.question(ProbeControls(temperature=2, picture="upload").settled())
    assert question is not None
    assert set(question.controls) == set(lab.ASKED)
    assert question.controls["model"] == "shipped:net"
    assert question.networks == [("Net (photographs)", ("airplane", "bird"))]


def test_an_opened_picture_goes_to_the_networks_that_are_open() -> None:
    sketches = ProbeControls(model="shipped:net_sketches", padding="edge", method="saliency").settled()
    state: Any = SimpleNamespace(value=sketches, with_changes=lambda **new: sketches.model_copy(update=new))
    asked = lab.questions(state, subject(sketches).models)["opened"].controls
    assert set(asked) == {*lab.ASKED, *lab.WHY, "language"}
    assert (asked["model"], asked["padding"], asked["method"]) == (
        "shipped:net_sketches",
        "black",
        "saliency",
    )


def test_the_link_holds_what_is_no_default() -> None:
    def query(**controls: Any) -> dict[str, str]:
        state: Any = SimpleNamespace(value=ProbeControls(picture="photo:cat", **controls))
        return lab.query(state, subject(state.value))

    assert query() == {}
    assert query(window="10,20,100", padding="edge") == {"window": "10,20,100", "padding": "edge"}
