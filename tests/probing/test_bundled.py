"""The bundled weights: all that lie in the folder, each with a card that says what it reaches."""

import argparse
import shlex
from pathlib import Path

import pytest
import torch

from convlab.commands import inputs, train
from convlab.commands import settings as options
from convlab.datasets import pictures, sketches
from convlab.datasets.dataset import Split
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.evaluation import Evaluation
from convlab.pictures import images
from convlab.probing import bundled, evaluation, modes
from convlab.training.settings import Settings

KEYS = list(bundled.NETWORKS)
ON_SKETCHES = [key for key in KEYS if key.endswith(bundled.SKETCHES)]


def plain(key: str, split: Split) -> Evaluation:
    """The network on pictures by PyTorch alone."""
    found = bundled.weights(key)
    mean, std = (torch.tensor(value)[:, None, None] for value in (images.CIFAR10_MEAN, images.CIFAR10_STD))
    with torch.no_grad():
        logits = found.probe.network((split.images / 255 - mean) / std)
    return Evaluation(logits, split.labels)


def test_what_is_there_is_listed() -> None:
    folder = bundled.file("net").parent
    assert {path.stem for path in folder.glob("*.safetensors")} == {*KEYS}
    assert {path.stem for path in folder.glob("*.json")} == {*KEYS}
    assert bundled.designs() == ("net", "net_fast")


@pytest.mark.parametrize("key", KEYS)
def test_each_opens_and_says_where_it_comes_from(key: str) -> None:
    found = bundled.weights(key)
    assert found.checkpoint.matches[0].design == key.removesuffix(bundled.SKETCHES)
    assert found.probe.classes == ("airplane", "bird")
    assert bundled.weights(key) is found
    state = checkpoints.load(bundled.file(key).read_bytes()).module.state_dict()
    assert all(torch.equal(state[name], now) for name, now in found.probe.network.state_dict().items())
    origin = found.about.data
    assert origin is not None
    assert origin.key == ("sketches" if key in ON_SKETCHES else "cifar10")
    assert origin.key in SOURCES
    assert (found.about.design, found.about.run) == (bundled.card(key)["design"], None)
    assert bundled.card(key)["data_sha256"] == origin.digest
    assert bundled.card(key)["data"].startswith(origin.title)


@pytest.mark.parametrize("key", KEYS)
def test_every_card_tells_how_good_it_is_and_how_to_make_it_again(key: str) -> None:
    card = bundled.card(key)
    assert 0.8 < card["val_accuracy"] < 1
    assert {"recipe", "settings", "epochs", "seed", "remake", "val_pictures", "val_loss"} <= card.keys()


@pytest.mark.parametrize("key", ON_SKETCHES)
def test_those_on_sketches_reach_what_the_card_says_on_new_pictures(key: str) -> None:
    val, card = sketches.validation(), bundled.card(key)
    origin = bundled.weights(key).about.data
    assert origin is not None
    assert origin.digest == sketches.DIGEST
    result = plain(key, val)
    assert (len(val), round(result.accuracy, 4)) == (card["val_pictures"], card["val_accuracy"])
    assert result.confusion.tolist() == card["confusion_matrix"]
    assert result.loss == pytest.approx(card["val_loss"], abs=6e-5)
    assert int(result.confusion.sum() - result.confusion.trace()) > 40  # there is something to look at
    assert card["train_accuracy"] > card["val_accuracy"]


def test_those_on_photographs_reach_what_the_card_says(shared: Path) -> None:
    data = pictures.read_zip(shared / "data" / "birds_vs_airplanes.zip", "photographs")
    for key in (key for key in KEYS if key not in ON_SKETCHES):
        card, origin = bundled.card(key), bundled.weights(key).about.data
        assert origin is not None
        assert origin.digest == data.digest
        result = plain(key, data.val)
        assert (len(data.val), round(result.accuracy, 4)) == (card["val_pictures"], card["val_accuracy"])
        assert result.confusion.tolist() == card["confusion_matrix"]


def test_who_forgets_eval_loses_accuracy() -> None:
    """What the comparison of the two modes is to show, with the batches that it begins with, and others."""
    val = sketches.validation()
    for key in ("net_dropout_sketches", "net_batch_norm_sketches"):
        probe = bundled.weights(key).probe
        right = modes.measure(probe, val, False, 16, "by_class").accuracy
        assert right == bundled.card(key)["val_accuracy"]
        for size in (4, 16, 64):
            assert modes.measure(probe, val, True, size, "by_class").accuracy < right - 0.008


def test_a_temperature_above_1_helps_the_plain_network() -> None:
    result = plain("net_sketches", sketches.validation())
    best = evaluation.best_temperature(result)
    assert 1.3 < best < 1.8
    assert evaluation.calibration(result, best).error < 0.5 * evaluation.calibration(result).error


@pytest.mark.parametrize("key", ["dense", "../net", "", "net.json"])
def test_what_is_not_there_is_refused(key: str) -> None:
    with pytest.raises(UserError, match="No trained weights"):
        bundled.file(key)


@pytest.mark.parametrize("key", KEYS)
def test_the_command_asks_for_what_the_card_says(key: str) -> None:
    parser = argparse.ArgumentParser()
    train.arguments(parser)
    command, ship = bundled.remake(key)
    given = parser.parse_args(shlex.split(command)[4:])
    said = options.said(given, train._ELSEWHERE) | {"options": inputs.options(given.option)}
    card = bundled.card(key)
    base = {"design": card["design"], "epochs": card["epochs"], "seed": card["seed"]}
    wanted = Settings(**{**card["settings"], **base, "data": given.data})
    assert Settings(design=given.design, data=given.data).changed(**said) == wanted
    assert ship.endswith(f"--key {key}")
