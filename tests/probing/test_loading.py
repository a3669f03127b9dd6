"""Checkpoints as probes: what a file tells, what has to be said of a stranger's, the book's."""

import hashlib
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.about import About
from convlab.networks.checkpoints import Match
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.pictures import images
from convlab.probing import bundled
from convlab.probing.loading import (
    NORMALISATIONS,
    Questions,
    checked_normalisation,
    load_probe,
    network,
    questions,
)
from convlab.storage import torch_files
from tests.networks.test_checkpoints import saved
from tests.networks.test_wrapped_checkpoints import networks

MEAN, STD = (0.1, 0.2, 0.3), (1.0, 2.0, 3.0)
ALL: dict[str, Any] = {"design": "net", "options": {}, "classes": ["kite", "owl"], "mean": MEAN, "std": STD}
CHAPTER = About("net", {"activation": "tanh"}, ("airplane", "bird"), *NORMALISATIONS["cifar10"])


def checkpoint(told: dict[str, Any] | None = None, key: str = "net", **options: Any) -> bytes:
    """A safetensors file with words as a run writes them."""
    weights: dict[str, Tensor] = seeded(lambda: design(key).build(**options), 0).state_dict()
    metadata = {name: json.dumps(value) for name, value in (told or {}).items()}
    data: bytes = save(weights, metadata=metadata)
    return data


def asked(data: bytes, said: About | None = None) -> Questions:
    return questions(checkpoints.load(data), said)


def test_a_run_tells_its_classes_and_its_normalisation() -> None:
    told = {**ALL, "classes": ["kite", "![x](http://y)"]}
    found = load_probe(checkpoint(told))
    assert found.questions == Questions()
    assert found.probe.classes == ("kite", "![x](http://y)")
    assert (found.probe.mean, found.probe.std) == (MEAN, STD)
    assert found.match == Match("net", {})
    assert found.checkpoint.module is found.probe.network
    assert not found.probe.network.training
    x = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    wanted = seeded(Net, 0).eval()(images.normalise(torch.zeros(1, 3, 32, 32), MEAN, STD))
    assert torch.equal(found.probe.logits(x), wanted)


@settings(max_examples=40, deadline=None)
@given(chosen=networks(), kind=st.sampled_from(["pt", "safetensors"]), seed=st.integers(0, 99))
def test_what_a_network_says_of_itself_is_read_back(
    chosen: tuple[str, dict[str, Any]], kind: str, seed: int
) -> None:
    key, options = chosen
    module = seeded(lambda: design(key).build(**options), seed).eval()
    count = options.get("num_classes", 2)
    classes = ["猫", "dog & cat", "<b>x</b>", *(f"c{n}" for n in range(20))][:count]
    words = About(key, options, tuple(classes), MEAN, STD).words()
    if kind == "pt":
        data = torch_files.save(module.state_dict(), words)
    else:
        texts = {name: json.dumps(value) for name, value in words.items()}
        data = save({name: tensor.clone() for name, tensor in module.state_dict().items()}, texts)
    found = load_probe(data)
    assert found.questions == Questions()
    assert (found.probe.classes, found.probe.mean, found.probe.std) == (tuple(classes), MEAN, STD)
    pictures = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    assert torch.equal(found.probe.logits(pictures), module(found.probe.normalise(pictures)).detach())


def test_of_plain_weights_everything_is_asked() -> None:
    data = checkpoint()
    alike, pair = ("net", "net_width", "net_dropout"), ("tanh", "relu")
    assert asked(data) == Questions(alike, True, pair, normalisation=True, classes=2)
    with pytest.raises(UserError, match="does not tell all that its answers depend on"):
        load_probe(data)
    assert asked(data, CHAPTER) == Questions()
    found = load_probe(data, CHAPTER)
    assert (found.probe.classes, found.probe.mean) == (("airplane", "bird"), images.CIFAR10_MEAN)
    assert found.match == Match("net", {"kernel_size": 3, "activation": "tanh"})


def test_what_is_said_decides_the_answers() -> None:
    data, logits = checkpoint(key="net_res"), set()
    x = torch.full((1, 3, 32, 32), 200, dtype=torch.uint8)
    for key in ("net_depth", "net_res"):
        for activation in ("tanh", "relu"):
            for mean, std in NORMALISATIONS.values():
                said = About(key, {"activation": activation}, None, mean, std)
                probe = load_probe(data, said).probe
                assert probe.classes == ("class 0", "class 1")
                module = design(key).build(activation=activation).eval()
                module.load_state_dict(seeded(design("net_res").build, 0).state_dict())
                assert torch.equal(probe.logits(x), module(images.normalise(x / 255, mean, std)).detach())
                logits.add(tuple(probe.logits(x)[0].tolist()))
    assert len(logits) == 12


def test_designs_that_fit_the_same_weights_are_alike_or_asked_for() -> None:
    """Every pair of designs with the same weights: what it takes to tell them apart is asked for."""
    pairs = set()
    for key, found in DESIGNS.items():
        widths = found.options.get("n_chans1", [None])
        for width in [16, 32] if len(widths) > 1 else [None]:
            options: dict[str, Any] = {} if width is None else {"n_chans1": width}
            if key == "net_res_deep":
                options["n_blocks"] = 2
            asked_for = asked(checkpoint(key=key, **options))
            pairs.add((asked_for.designs, asked_for.alike))
            assert asked_for.normalisation
            assert asked_for.activations == (() if key == "net_res_deep" else ("tanh", "relu"))
    assert pairs == {
        ((), True),
        (("net", "net_width", "net_dropout"), True),
        (("net_width", "net_dropout"), True),
        (("net_depth", "net_res"), False),
    }


def test_a_part_of_the_answers_leaves_the_rest_open() -> None:
    data = checkpoint(key="net_res")
    assert asked(data, About(design="net_res")).designs == ()
    assert asked(data, About(options={"activation": "relu"})).activations == ()
    assert not asked(data, About(mean=MEAN, std=STD)).normalisation
    assert asked(data, About(classes=("a", "b"))).classes == 0
    assert asked(data, About("net_res", {"activation": "relu"}, None, MEAN, STD)) == Questions(classes=2)
    assert not asked(data, About("net_res", {"activation": "relu"}, None, MEAN, STD)).pressing


def test_what_is_said_goes_before_what_is_told() -> None:
    data = checkpoint(ALL)
    found = load_probe(data, About(options={"activation": "relu"}, classes=("a", "b"), mean=STD, std=STD))
    assert found.match == Match("net", {"activation": "relu"})
    assert (found.probe.classes, found.probe.mean) == (("a", "b"), STD)
    assert found.probe.network.activation is torch.relu
    told = {**ALL, "design": "net_res", "options": {"activation": "tanh"}}
    other = asked(checkpoint(told, key="net_res"), About("net_depth"))
    assert other.activations == ("tanh", "relu")  # the file told it of another design


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (About("dense"), "These weights do not fit 'dense': they fit net, net_width, net_dropout."),
        (About("<b>"), "These weights do not fit '<b>': they fit net, net_width, net_dropout."),
        (About(options={"kernel_size": 5}), "In these weights kernel_size is 3, not 5: leave it out."),
        (About("net_width", {"n_chans1": 8}), "In these weights n_chans1 is 16, not 8: leave it out."),
        (About(options={"num_classes": 3}), "In these weights num_classes is 2, not 3: leave it out."),
        (About(options={"activation": "sin"}), "activation cannot be 'sin': choose one of 'tanh', 'relu'."),
        (About(options={"depth": 5}), "This design has no option 'depth': it has kernel_size, activation"),
        (
            About(classes=("a", "b", "c")),
            "The network has 2 classes and 3 names were given",
        ),
        (About(classes=("a", "a")), "Two classes are called 'a': give each a name"),
        (About(classes=("a", "b\n")), "A class cannot be called 'b.n': use another name"),
    ],
)
def test_what_cannot_be_is_refused(said: About, message: str) -> None:
    with pytest.raises(UserError, match=message):
        asked(checkpoint(), said)


def test_an_option_chooses_among_the_designs_that_have_it() -> None:
    found = network(checkpoints.load(checkpoint()), About(options={"n_chans1": 16, "activation": "tanh"}))
    assert found == Match("net_width", {"n_chans1": 16, "activation": "tanh"})


@pytest.mark.parametrize(
    "numbers", [((0, 0), (1, 1)), ((0, 0, float("nan")), (1, 1, 1)), ((0, 0, 0), (1, 0, 1))]
)
def test_what_is_no_normalisation(numbers: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    with pytest.raises(UserError, match="three finite numbers each, and every std is above 0"):
        checked_normalisation(*numbers)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"classes": ["one"], "mean": [0.1, 0.2], "std": [1, 1, 1]},
        {"classes": ["a", 7], "mean": [0.1, 0.2, 0.3], "std": [1, 0, 1]},
        {"classes": ["a", "b", "c"], "mean": 3, "std": None},
    ],
)
def test_what_is_not_told_well_is_asked(told: dict[str, Any]) -> None:
    found = asked(checkpoint({**ALL, "classes": None, "mean": None, **told}))
    assert found == Questions(normalisation=True, classes=2)


def test_more_logits_than_two_are_numbered() -> None:
    told = {**ALL, "classes": None, "options": {"num_classes": 4}}
    probe = load_probe(checkpoint(told, num_classes=4)).probe
    assert probe.classes == ("class 0", "class 1", "class 2", "class 3")
    assert not probe.named
    assert probe.probabilities(torch.zeros(1, 3, 32, 32)).shape == (1, 4)
    two, four = ({**told, "classes": names} for names in (["a", "b"], ["a", "b", "c", "d"]))
    found = load_probe(checkpoint(two, num_classes=4))
    assert found.probe.classes == probe.classes
    assert found.about.classes is None
    assert load_probe(checkpoint(four, num_classes=4)).probe.classes == ("a", "b", "c", "d")


def test_a_file_is_read_checked_and_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, load = checkpoint(ALL), Mock(wraps=checkpoints.load)
    monkeypatch.setattr(checkpoints, "load", load)
    found = load_probe(data)
    load.assert_called_once_with(data)
    assert found.checkpoint.identity == hashlib.sha256(data).hexdigest()


def test_what_is_no_checkpoint() -> None:
    with pytest.raises(UserError, match="damaged or no checkpoint"):
        load_probe(b"no weights at all")


def test_the_book_s_file_is_known(shared: Path) -> None:
    data = (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes()
    found = load_probe(data)
    assert found.questions == Questions()
    assert found.probe.classes == ("airplane", "bird")
    assert found.about.data == bundled.weights("net").about.data  # the same photographs
    assert found.match == Match("net", {"kernel_size": 3, "activation": "tanh"})
    black = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    assert found.probe.probabilities(black)[0].tolist() == pytest.approx([0.058, 0.942], abs=5e-4)  # 8.6
    white = torch.full_like(black, 255)
    assert found.probe.probabilities(white)[0].tolist() == pytest.approx([0.921, 0.079], abs=5e-4)
    other = saved(dict(torch_files.load(data, "cpu")))
    assert asked(other).pressing  # only the file itself is known
