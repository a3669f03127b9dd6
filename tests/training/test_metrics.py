"""metrics.jsonl: whole lines, read while they come; a torn end, a resumed run."""

import csv
import io
import json
import math
from pathlib import Path

import pytest

from convlab.training import metrics
from convlab.training.engine import EpochRecord
from convlab.training.metrics import Halt, Log


def record(epoch: int, loss: float = 0.5) -> EpochRecord:
    return EpochRecord(epoch, loss, 0.75, 0.6, 0.5, 0.01, 1.5, 100.0, {"conv1": 0.25, "fc2": 3.0})


def written(path: Path, epochs: int = 2) -> Log:
    log = Log(path)
    for epoch in range(1, epochs + 1):
        for batch in range(1, 4):
            log.loss(epoch, batch, epoch + batch / 10)
            if batch == 2:
                log.flush()
        log.ended(record(epoch))
        log.flush()
    return log


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    written(path).close()
    found = metrics.read(path)
    assert found.epoch.tolist() == [1, 1, 1, 2, 2, 2]
    assert found.batch.tolist() == [1, 2, 3, 1, 2, 3]
    assert found.loss.tolist() == [1.1, 1.2, 1.3, 2.1, 2.2, 2.3]
    assert found.records == (record(1), record(2))
    assert (found.whole, found.lrs) == (True, ())
    assert [json.loads(line) for line in path.read_text().splitlines()][:2] == [
        {"resumed": 0},
        {"epoch": 1, "batch": 1, "losses": [1.1, 1.2]},
    ]


def test_the_record_of_an_earlier_version_has_no_penalties(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    told = metrics.plain(record(1))
    assert "penalty" not in told
    path.write_text(json.dumps({"resumed": 0}) + "\n" + json.dumps({"ended": told}) + "\n")
    (found,) = metrics.read(path).records
    assert math.isnan(found.penalty)
    assert math.isnan(found.cross_entropy)
    assert found == record(1)


def test_nothing_is_there_before_a_flush(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert metrics.read(path).loss.tolist() == []
    log = Log(path)
    log.loss(1, 1, 0.5)
    assert path.read_bytes() == b""
    log.flush()
    assert metrics.read(path).loss.tolist() == [0.5]
    log.close()


def test_a_reader_gets_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log, offset = Log(path), 0
    losses: list[float] = []
    for batch in range(1, 20):
        log.loss(1, batch, batch / 7)
        if batch % 3 == 0:
            log.flush()
        new = metrics.read(path, offset)
        assert new.whole == (offset == 0)
        offset = new.offset
        losses += new.loss.tolist()
    log.ended(record(1))
    log.lr(2, 1, 0.1, 55)
    log.flush()
    new = metrics.read(path, offset)
    assert losses + new.loss.tolist() == [batch / 7 for batch in range(1, 20)]
    assert new.records == (record(1),)
    assert new.lrs == ((2, 1, 0.1),)
    assert metrics.read(path, new.offset).loss.size == 0
    log.close()


def test_cut_anywhere_it_can_be_read(tmp_path: Path) -> None:
    path, torn = tmp_path / "metrics.jsonl", tmp_path / "torn.jsonl"
    written(path).close()
    data, whole = path.read_bytes(), metrics.read(path).loss.tolist()
    for length in range(len(data)):
        torn.write_bytes(data[:length])
        found = metrics.read(torn)
        assert found.loss.tolist() == whole[: found.loss.size]
        rest = metrics.read(path, found.offset)
        assert rest.whole == (length < len(b'{"resumed": 0}\n'))
        assert found.loss.tolist() + rest.loss.tolist() == whole


@pytest.mark.parametrize(
    ("epoch", "batch", "known", "records"),
    [(1, 1, 0, 0), (1, 3, 2, 0), (2, 1, 3, 1), (2, 2, 4, 1), (2, 4, 6, 1), (3, 1, 6, 2)],
)
def test_what_the_checkpoint_does_not_know_is_forgotten(
    tmp_path: Path, epoch: int, batch: int, known: int, records: int
) -> None:
    path = tmp_path / "metrics.jsonl"
    log = written(path)
    log.lr(1, 2, 0.5, 10)
    log.lr(1, 2, 0.7, 30)
    log.flush()
    log.close()
    before = metrics.read(path)
    path.write_bytes(path.read_bytes() + b'{"epoch": 9, "bat')  # it was killed while it wrote
    metrics.cut(path, epoch, batch, 20)
    after = metrics.read(path, before.offset)
    assert after.whole  # readers learn that it was cut
    assert after.loss.tolist() == before.loss.tolist()[:known]
    assert after.records == before.records[:records]
    assert after.lrs == ((1, 2, 0.5),)
    again = Log(path)
    again.loss(epoch, batch, 9.0)
    again.flush()
    again.close()
    assert metrics.read(path, after.offset).loss.tolist() == [9.0]


def test_a_reader_notices_every_resumption(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    written(path).close()
    offset = metrics.read(path).offset
    for _ in range(3):
        metrics.cut(path, 3, 1, 0)  # nothing to forget: the file is as long as before
        new = metrics.read(path, offset)
        assert new.whole
        assert new.loss.size == 6
        assert not metrics.read(path, new.offset).whole
        offset = new.offset


def test_what_is_not_finite_is_null_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = Log(path)
    log.ended(record(1, math.inf))
    log.flush()
    log.close()
    assert json.loads(path.read_text().splitlines()[1])["ended"]["train_loss"] is None
    assert math.isnan(metrics.read(path).records[0].train_loss)


def test_an_outline_is_what_happened_without_the_losses(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert metrics.outline(path) == metrics.Outline()
    log = written(path)
    log.loss(3, 1, 0.5)
    log.lr(3, 2, 0.7, 10)
    log.loss(3, 2, 0.5)
    log.halt(Halt(3, 3, "paused"), 20)
    log.flush()
    log.close()
    halts = (Halt(3, 3, "paused"),)
    assert metrics.outline(path) == metrics.Outline(2, 2, 0, ((3, 2, 0.7),), halts)
    assert metrics.read(path).halts == halts
    metrics.cut(path, 3, 3, 20)
    log = Log(path)
    log.halt(Halt(3, 3, "resumed", "cuda (H)", "9.9"), 20)
    log.loss(3, 3, 0.5)
    log.flush()
    log.close()
    found = metrics.outline(path)
    assert (found.batches, found.resumed, found.halts[1].device) == (3, 1, "cuda (H)")
    metrics.cut(path, 3, 2, 5)  # to a checkpoint from before the order and the pause
    assert metrics.outline(path) == metrics.Outline(2, 1, 2)


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    written(path).close()
    found = metrics.read(path)
    epochs = list(csv.DictReader(io.StringIO(metrics.epochs_csv(found.records))))
    assert [row["epoch"] for row in epochs] == ["1", "2"]
    assert epochs[1]["val_accuracy"] == "0.5"
    assert epochs[1]["gradient_norm fc2"] == "3.0"
    batches = list(csv.DictReader(io.StringIO(metrics.batches_csv(found, [0.01] * 5 + [0.5]))))
    assert batches[5] == {"epoch": "2", "batch": "3", "loss": "2.3", "lr": "0.5"}
    assert len(batches) == 6
    assert metrics.epochs_csv(()).startswith("epoch,train_loss,")
