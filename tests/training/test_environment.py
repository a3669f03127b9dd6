"""What a run's folder says of where it was trained, and its weights of themselves."""

import json
import platform

import pytest
import torch

from convlab.networks.about import About, Origin
from convlab.training import environment
from convlab.training.engine import Trainer
from tests.training.small import DATASET, settings


def test_the_environment_names_all_that_decides_the_numbers() -> None:
    trainer = Trainer(settings(options={"kernel_size": 5}, threads=2), DATASET)
    found = environment.describe(trainer, DATASET)
    assert json.loads(json.dumps(found)) == {**found, "options": {"kernel_size": 5}}
    assert (found["python"], found["torch"]) == (platform.python_version(), torch.__version__)
    assert (found["device"], found["threads"]) == ("cpu", 2)
    assert found["parameters"] == sum(p.numel() for p in trainer.network.parameters())
    assert found["data"] == {"key": "sketches", "title": "small", "digest": DATASET.digest}
    assert found.keys() >= {"machine", "design", "options", "classes", "mean", "std"}


@pytest.mark.parametrize("normalisation", ["cifar10", "data"])
def test_weights_say_enough_to_be_used_without_their_run(normalisation: str) -> None:
    trainer = Trainer(settings(design="dense", normalisation=normalisation), DATASET)
    found = environment.about_weights(trainer, DATASET)
    data = Origin("sketches", "small", DATASET.digest)
    mean, std = tuple(trainer.mean), tuple(trainer.std)
    assert found == About("dense", {}, ("dark", "bright"), mean, std, data)
    values = DATASET.train.images.double() / 255
    own = values.mean((0, 2, 3)).tolist()
    assert (found.mean == pytest.approx(own, abs=1e-6)) is (normalisation == "data")
