"""The verdict while a hand moves: what the page itself would say of that square, or with a part covered."""

import copy
import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
import torch
from hypothesis import given
from hypothesis import strategies as some

from convlab.errors import UserError
from convlab.networks.designs import Net
from convlab.pictures import crop, photographs
from convlab.pictures.board import Board
from convlab.pictures.crop import Square
from convlab.probing import attribution as explain
from convlab.probing import perturbations
from convlab.probing.probe import softened
from convlab.ui import networks
from convlab.ui.components.probe_lab import reduced
from convlab.ui.probe import attribution, lab
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.look_route import answer
from convlab.ui.probe.subject import SCENES, Scene
from tests.ui.driver import open_page, received, unpack

CAT = photographs.photograph("cat")
MODELS = (networks.bundled_model("net"), networks.bundled_model("net_fast"))
SQUARE: dict[str, Any] = {"window": "40,-12,200", "padding": "edge", "temperature": 2.5}


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of the cat before two networks, as long as a session has them open."""
    monkeypatch.setattr(st, "session_state", {})
    yield SCENES.secret_of(Scene(lambda: CAT, "photo:cat", reduced(CAT), MODELS))
    st.session_state.clear()


def question(secret: str, /, **asked: Any) -> bytes:
    """What the browser would send."""
    controls = SQUARE | asked
    own = {"secret": controls.pop("secret", secret)}
    own |= {"cover": controls.pop("cover")} if "cover" in controls else {}
    head = json.dumps({**own, "controls": controls}).encode()
    return len(head).to_bytes(4, "little") + head


def says(said: list[dict[str, list[float]]], picture: torch.Tensor) -> None:
    """All networks, of a picture that a probe takes, at the temperature of ``SQUARE``."""
    for found, model in zip(said, MODELS, strict=True):
        logits = model.probe.logits(picture[None])[0]
        assert found["logits"] == pytest.approx(logits.tolist(), abs=1e-5)
        assert found["probabilities"] == pytest.approx(softened(logits, 2.5).tolist(), abs=1e-6)


def test_a_square_is_cut_and_judged_as_the_page_does(secret: str) -> None:
    header, blobs = unpack(answer(question(secret)))
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    controls = ProbeControls(**SQUARE)
    found = SCENES.found(secret)
    assert found is not None
    assert header["secret"] == secret
    assert header["identity"] == lab.identity(controls, found.thing.asked(controls))
    assert blobs["seen"] == seen.numpy().tobytes()
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32).reshape(3, 32, 32)
    assert torch.equal(values, MODELS[0].probe.normalise(seen[None])[0])
    says(header["said"], seen)


def test_the_page_hands_its_own_browser_the_secret_of_what_it_shows() -> None:
    app = open_page("pages/probe.py", picture="photo:cat", second="shipped:net_fast", temperature=2.5)
    header, blobs = received(app, lab.KEY)
    assert header["look"]["controls"]["temperature"] == 2.5
    window = ",".join(map(str, header["picture"]["window"]))
    asked = {"window": window, "padding": "black"}
    answered, seen = unpack(answer(question(header["look"]["secret"], **asked)))
    assert answered["identity"] == header["identity"]
    assert seen == {name: blobs[name] for name in ("seen", "values")}
    assert [one["logits"] for one in answered["said"]] == [one["logits"] for one in header["verdicts"]]


@pytest.mark.parametrize("cover", [(0, 0, 5), (13, 6, 5), (27, 27, 5), (31, 0, 1), (0, 0, 32)])
def test_what_a_square_covers_is_the_mean_colour_to_the_network(
    cover: tuple[int, int, int], secret: str
) -> None:
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    header, _blobs = unpack(answer(question(secret, cover=cover)))
    assert tuple(header["cover"]) == cover
    row, column, side = cover
    for found, model in zip(header["said"], MODELS, strict=True):
        normalised = model.probe.normalise(seen[None]).clone()
        normalised[:, :, row : row + side, column : column + side] = 0  # the mean, once it is normalised
        with torch.no_grad():
            wanted = model.probe.network(normalised)[0]
        assert found["logits"] == pytest.approx(wanted.tolist(), abs=1e-5)


@pytest.mark.parametrize(("change", "amount"), [("shift", 2.0), ("rotate", 30.0), ("noise", 0.0)])
def test_what_a_slider_changes_is_judged(change: str, amount: float, secret: str) -> None:
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    (picture,) = perturbations.pictures(MODELS[0].probe, seen, change, [amount])
    header, blobs = unpack(answer(question(secret, change=change, amount=amount)))
    says(header["said"], picture)
    assert blobs["seen"] == (picture * 255).round().byte().numpy().tobytes()


def test_what_a_brush_paints_is_judged(secret: str) -> None:
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    board = Board.nearest(seen)
    painted = replace(board, cells=bytes((cell + 1) % 16 for cell in board.cells[:40]) + board.cells[40:])
    header, blobs = unpack(answer(question(secret, painted=painted.encode())))
    after = painted.painted_on(seen)
    assert not torch.equal(after, seen)
    says(header["said"], after)
    assert blobs["seen"] == after.numpy().tobytes()
    assert header["changed"] == int((after != seen).any(0).sum()) > 0
    assert unpack(answer(question(secret, painted="")))[0]["changed"] == 0


def test_a_kernel_that_is_changed_by_hand_is_judged(secret: str) -> None:
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    place = {"layer": "conv2", "out_channel": 3, "in_channel": 5}
    header, blobs = unpack(answer(question(secret, **place, kernel="0 1 0; 1 5 1; 0 1 0")))
    twin = copy.deepcopy(MODELS[0].probe.network)
    assert isinstance(twin, Net)
    with torch.no_grad():
        twin.conv2.weight[3, 5] = torch.tensor([[0.0, 1, 0], [1, 5, 1], [0, 1, 0]])
        (wanted,) = twin(MODELS[0].probe.normalise(seen[None]))
    (said,) = header["said"]  # of the first network alone
    assert said["logits"] == pytest.approx(wanted.tolist(), abs=1e-5)
    assert blobs["seen"] == seen.numpy().tobytes()
    assert header["changed"] == 0


def test_the_page_tells_the_maps_how_to_ask_about_its_own_square() -> None:
    app = open_page("pages/probe.py", picture="photo:cat", window="40,-12,200", padding="edge")
    header, blobs = received(app, attribution.KEY)
    assert header["cover"] == {"size": 5, "colour": list(crop.colour_of(MODELS[0].probe.mean))}
    seen = crop.cut(CAT, Square(40, -12, 200), "edge")
    (told,) = header["maps"]
    logits = MODELS[0].probe.logits(seen[None])[0]
    assert told["logit"] == pytest.approx(float(logits.max()), abs=1e-5)
    wanted = explain.occlusion(MODELS[0].probe, seen, int(logits.argmax()))
    values = torch.frombuffer(bytearray(blobs["why_values"]), dtype=torch.float32).view(32, 32)
    assert torch.equal(values, wanted)
    asked = {**header["look"]["controls"], "cover": (3, 4, 5)}
    answered, _pixels = unpack(answer(question(header["look"]["secret"], **asked)))
    assert answered["said"][0]["logits"] != pytest.approx(logits.tolist(), abs=1e-5)
    app.selectbox(key="probe.method").set_value("saliency").run()
    assert received(app, attribution.KEY)[0]["cover"]["size"] == 1
    app.selectbox(key="probe.method").set_value("grad_cam").run()
    assert received(app, attribution.KEY)[0]["cover"]["size"] == 2  # conv2 has 16 x 16 units


BAD: list[dict[str, Any]] = [
    {"secret": "0" * 32},
    {"secret": "0" * 33},
    {"secret": None},
    {"window": "1,2"},
    {"padding": "white"},
    {"temperature": 0},
    {"change": "shift", "amount": 17.0},  # further than it goes
    {"change": "shift"},
    {"change": "shift", "amount": 1.0, "painted": ""},
    {"painted": "", "cover": (0, 0, 5)},
    {"painted": "1-z"},
    {"model": "shipped:net"},  # the scene has its own
    {"more": 1},
    {"cover": (28, 0, 5)},  # it would leave the picture
    {"cover": (0, 1, 32)},
    {"cover": (0, -1, 5)},
    {"cover": (0, 0, 0)},
    {"cover": (0, 0)},
    {"cover": (0.5, 0, 5)},
    {"kernel": "0"},
    {"layer": "conv1", "out_channel": 0, "in_channel": 0, "kernel": "x"},
    {"layer": "conv1", "out_channel": 0, "in_channel": 0, "kernel": "1 2; 3 4"},  # another size
    {"layer": "conv1", "out_channel": 16, "in_channel": 0, "kernel": "0"},
    {"layer": "conv1", "out_channel": 0, "in_channel": 0, "kernel": "0", "painted": ""},
]


@pytest.mark.parametrize("asked", BAD, ids=str)
def test_an_invalid_request_gets_a_sentence(asked: dict[str, Any], secret: str) -> None:
    with pytest.raises(UserError) as refused:
        answer(question(secret, **asked))
    assert 20 < len(str(refused.value)) < 200


def test_what_no_session_has_open_any_more_is_not_judged(secret: str) -> None:
    answer(question(secret))
    st.session_state.clear()
    gc.collect()
    with pytest.raises(UserError, match="has changed meanwhile"):
        answer(question(secret))


@given(some.binary(max_size=200), some.integers(0, 120))
def test_no_other_error_leaves_it(noise: bytes, place: int) -> None:
    good = question("0" * 32)
    for message in (noise, good[:place], good[:place] + noise + good[place + len(noise) :]):
        with pytest.raises(UserError):
            answer(message)


def test_two_sessions_with_one_picture_have_secrets_of_their_own(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SCENES.found(secret)
    assert found is not None
    monkeypatch.setattr(st, "session_state", {})
    other = SCENES.secret_of(replace(found.thing))
    assert other != secret
    assert unpack(answer(question(other)))[1] == unpack(answer(question(secret)))[1]
