"""Where a run stands, and its way through JSON."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from convlab.errors import Sentence
from convlab.training import status
from convlab.training.engine import EpochRecord
from convlab.training.status import Status

RECORD = EpochRecord(3, 0.5, 0.75, 0.6, 0.7, 0.01, 1.5, 64.0, {"conv1": 0.25})
WRITTEN_BY_0_1 = """{"state": "diverged", "epochs": 5, "epoch": 1, "batch": 2, "batches_per_epoch": 7,
    "seconds": 1.25, "seconds_left": null, "images_per_s": 640.0,
    "message": {"template": "The loss became infinite in epoch {epoch}.", "values": {"epoch": 2}},
    "queue": null, "place": null, "last": {"epoch": 1, "train_loss": 0.7, "train_accuracy": 0.5,
    "val_loss": null, "val_accuracy": 0.5, "lr": 0.01, "seconds": 1.0, "images_per_s": 640.0,
    "gradient_norms": {"fc": 0.5}}}"""


def through_json(found: Status) -> Status:
    return status.parsed(json.loads(json.dumps(found.plain(), allow_nan=False)))


@pytest.mark.parametrize(
    "found",
    [
        Status("stopped", 10),
        Status("queued", 10, queue="0" * 16),
        Status("running", 10, 3, 2, 7, 1.5, 12.0, 64.0, last=RECORD),
        Status("failed", 10, message=Sentence("{kind}: resume at lr {lr}.", {"kind": "x", "lr": 0.1})),
    ],
)
def test_a_status_comes_back_from_json(found: Status) -> None:
    assert through_json(found) == found


def test_what_json_does_not_hold_becomes_what_it_does() -> None:
    said = Sentence("{shape} in {file}", {"shape": (3, 5), "file": None})
    found = through_json(Status("failed", 1, message=said, seconds_left=math.inf))
    assert str(found.message) == str(said) == "(3, 5) in None"
    assert found.seconds_left is None
    assert said.values == {"shape": (3, 5), "file": None}  # the sentence itself is left as it was
    last = through_json(Status("diverged", 1, last=replace(RECORD, val_loss=math.nan))).last
    assert last is not None
    assert math.isnan(last.val_loss)


def test_a_status_of_version_0_1_reads() -> None:
    found = status.parsed(json.loads(WRITTEN_BY_0_1))
    assert str(found.message) == "The loss became infinite in epoch 2."
    assert found.last is not None
    assert (found.last.epoch, found.last.gradient_norms) == (1, {"fc": 0.5})
    written: dict[str, Any] = json.loads(WRITTEN_BY_0_1)
    assert found.plain() == written


def test_another_state_keeps_the_progress_and_forgets_what_belonged_to_the_old_one() -> None:
    running = Status("running", 10, 3, 2, 7, 1.5, 12.0, 64.0, last=RECORD)
    waiting = running.waiting("0" * 16)
    assert (waiting.state, waiting.queue, waiting.seconds_left) == ("queued", "0" * 16, None)
    assert (waiting.epoch, waiting.batch, waiting.last) == (3, 2, RECORD)
    said = Sentence("The disk is full.")
    failed = replace(waiting, place=2).now("failed", said)
    assert (failed.queue, failed.place, failed.message) == (None, None, said)
    assert failed.now("stopped").message is None
