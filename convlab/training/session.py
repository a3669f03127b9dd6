"""A run while it is trained: batch after batch, orders obeyed, everything kept in the run's folder."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from convlab.datasets.dataset import Dataset
from convlab.errors import N_, Sentence, UserError
from convlab.networks import about
from convlab.storage import atomic
from convlab.training import environment, memory, metrics, network, outcome, snapshots
from convlab.training.engine import EpochRecord, Trainer
from convlab.training.orders import Inbox
from convlab.training.runs import Run
from convlab.training.status import State, Status

FLUSH_S, SAVE_S = 0.1, 0.5
SAVE_SHARE = 0.05  # of the time, at most
SETTLE_S = 1.0  # at the beginning, when batches are slower than all that follow

_WISHES: dict[str | None, State] = {"pause": "paused", "stop": "stopped"}
_LEFT_OVER_S = 60.0  # the age of a file that is no longer being written

Clock = Callable[[], float]


class Ended(Exception):
    """The run is over before its last epoch, or laid aside."""

    def __init__(self, state: State, said: Sentence | None = None) -> None:
        super().__init__(state)
        self.state, self.said = state, said


class Session:
    """From where the run stopped to its end; only who holds its lock may have one.

    ``leave`` is asked before every batch: the state in which to save and end now, or None; ``watch`` is
    called after every batch and epoch; the clock's seconds never go backwards. Raises UserError where the
    data set is not the one that the run began with, or its checkpoint is damaged.
    """

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        leave: Callable[[], State | None],
        watch: Callable[["Session"], None],
        clock: Clock,
    ) -> None:
        self.run, self._leave, self._watch, self._clock = run, leave, watch, clock
        self.settings = run.settings
        memory.check(self.settings, len(dataset.classes), len(dataset.train) + len(dataset.val))
        self.trainer = Trainer(self.settings, dataset, _start(run, len(dataset.classes)))
        elsewhere = _check_environment(run, environment.describe(self.trainer, dataset))
        self._about = replace(environment.about_weights(self.trainer, dataset), run=run.id)
        self._chance = outcome.guessing(dataset)
        self._inbox = Inbox(run.folder / "control.jsonl")
        self.last: EpochRecord | None = None
        self._seconds_before = 0.0
        goes_on = self._restore()
        self.log = metrics.Log(run.folder / "metrics.jsonl")
        if goes_on:
            self._halt("resumed", **elsewhere)
        self._began = self._flushed = self._saved = clock()
        self._save_every = SAVE_S
        self._done_before, self._seen_at_report = self.done, self.trainer.pictures_seen
        self._settled: tuple[float, int] | None = None  # when, and after how many batches
        self.images_per_s = 0.0

    @property
    def done(self) -> int:
        """Batches that were trained."""
        return self.trainer.done

    @property
    def seconds(self) -> float:
        """Of training, earlier sessions included."""
        return self._seconds_before + self._clock() - self._began

    @property
    def seconds_left(self) -> float | None:
        """At the pace of this session, once that has settled; the deadline may come first."""
        since, before = self._settled or (math.inf, 0)
        passed, done = self._clock() - since, self.done - before
        if passed < SETTLE_S or not done:
            return None
        total = self.settings.epochs * self.trainer.batches_per_epoch
        left = (total - self.done) * passed / done
        deadline = self.settings.deadline_s
        return left if deadline is None else max(0.0, min(left, deadline - self.seconds))

    def go(self) -> None:
        """Train to the last epoch.

        Raises Ended where somebody or the deadline ended it, with a checkpoint; Diverged; OSError.
        """
        for _ in self.batches():
            pass

    def batches(self) -> Iterator[Trainer]:
        """``go``, with a stop before each batch: whoever is given the trainer may begin that step."""
        if self.done == 0:
            self._keep_epoch()
        self._report("running")
        while not self.trainer.finished:
            self._obey()
            if self.trainer.batch == self.trainer.batches_per_epoch:
                self.last = self.trainer.end_epoch()
                self._drain()
                self.log.ended(self.last)
                self._flush()
                self._keep_epoch()
            else:
                yield self.trainer
                self._step()
            self._watch(self)
            if self._settled is None and self._clock() - self._began >= SETTLE_S:
                self._settled = self._clock(), self.done
            if self._clock() - self._saved >= self._save_every:
                self._save()

    def end(self, state: State, said: Sentence | None) -> None:
        """Write what remains to be said, the state last. Raises OSError."""
        self._drain()
        if state in ("paused", "stopped", "timed out", "diverged", "interrupted"):
            self._halt(state)
        self.log.sync()
        if state in ("finished", "stopped", "timed out", "diverged"):
            snapshots.save(self.run.folder / "weights.safetensors", self.trainer.weights(), self._words())
        self._report(state, said)
        if state in ("finished", "diverged"):
            atomic.remove(self.run.folder / "checkpoint.safetensors")

    def _halt(self, state: metrics.Halted, device: str | None = None, torch: str | None = None) -> None:
        self.log.halt(metrics.Halt(*self.trainer.place, state, device, torch), self._inbox.offset)

    def _obey(self) -> None:
        orders = self._inbox.poll()
        if (lr := orders.get("lr")) is not None:
            self.trainer.set_lr(lr)
            self.log.lr(*self.trainer.place, lr, self._inbox.offset)
            self._save()  # who goes on from an older checkpoint would not know when the order came
        state, said = _WISHES.get(orders.get("wish")) or self._leave(), None
        deadline = self.settings.deadline_s
        if not state and deadline is not None and self.seconds >= deadline:
            told = N_("The time limit of {seconds} s is over: fork the last epoch to train on.")
            state, said = "timed out", Sentence(told, {"seconds": deadline})
        if state:
            self._save()
            raise Ended(state, said)

    def _step(self) -> None:
        place, first = self.trainer.place, self.done == self._done_before
        loss = self.trainer.step()
        if loss is not None:
            self.log.loss(*place, loss)
        if first or self._clock() - self._flushed >= FLUSH_S:
            self._flush()

    def _words(self) -> dict[str, Any]:
        whole = self.trainer.batch == 0
        epoch = self.trainer.epoch if whole else None
        return replace(self._about, epoch=epoch, weights=about.fingerprint(self.trainer.weights())).words()

    def _drain(self) -> None:
        """Losses that a GPU still had."""
        for epoch, batch, loss in self.trainer.drain():
            self.log.loss(epoch, batch, loss)

    def _flush(self) -> None:
        self._drain()
        self.log.flush()
        self._flushed = self._clock()

    def _keep_epoch(self) -> None:
        folder = self.run.folder / "epochs"
        snapshots.save_epoch(folder, self.trainer.epoch, self.trainer.weights(), self._words())

    def _save(self) -> None:
        """Metrics, checkpoint, status, in this order: a checkpoint never knows more than the metrics."""
        started = self._clock()
        self._drain()
        self.log.sync()
        tensors, trainer = self.trainer.state()
        last = None if self.last is None else metrics.plain(self.last)
        about = {"trainer": trainer, "seconds": self.seconds, "command": self._inbox.offset, "last": last}
        snapshots.save(self.run.folder / "checkpoint.safetensors", tensors, about)
        self._report("running")
        self._saved = self._flushed = self._clock()
        self._save_every = max(SAVE_S, (self._saved - started) / SAVE_SHARE)

    def _restore(self) -> bool:
        """Take the checkpoint up, and forget what the run's folder knows beyond it; whether it goes on."""
        folder = self.run.folder
        atomic.sweep(folder, _LEFT_OVER_S)
        atomic.sweep(folder / "epochs", _LEFT_OVER_S)
        atomic.remove(folder / "weights.safetensors")
        if (folder / "checkpoint.safetensors").exists():
            with self.run.guarding("checkpoint.safetensors"):
                self._take_up(*snapshots.load(folder / "checkpoint.safetensors"))
        if goes_on := (folder / "metrics.jsonl").exists():
            with self.run.guarding("metrics.jsonl"):
                metrics.cut(folder / "metrics.jsonl", *self.trainer.place, self._inbox.offset)
        snapshots.drop_epochs(folder / "epochs", self.trainer.epoch)
        return goes_on

    def _take_up(self, tensors: Mapping[str, Tensor], told: Mapping[str, Any]) -> None:
        try:
            self.trainer.restore(tensors, told["trainer"])
            self._inbox.offset, self._seconds_before = int(told["command"]), float(told["seconds"])
            self.last = None if told["last"] is None else metrics.record(told["last"])
        except (LookupError, TypeError, AttributeError, RuntimeError) as error:  # nobody trusts a file
            raise ValueError("no checkpoint of this run") from error

    def _report(self, state: State, said: Sentence | None = None) -> None:
        passed = self._clock() - self._saved
        images = self.trainer.pictures_seen - self._seen_at_report
        if images and passed > 0:
            self.images_per_s, self._seen_at_report = images / passed, self.trainer.pictures_seen
        place = self.trainer.epoch, self.trainer.batch, self.trainer.batches_per_epoch
        times = self.seconds, self.seconds_left if state == "running" else None, self.images_per_s
        verdict = None if self.last is None else outcome.judge(self.last, self._chance)
        told = Status(state, self.settings.epochs, *place, *times, said, last=self.last, outcome=verdict)
        self.run.set_status(told)


def _start(run: Run, num_classes: int) -> Any:
    """The network that the run begins with: the weights it was given, or None for fresh ones."""
    file = run.folder / "start.safetensors"
    if not file.exists():
        return None
    module = network.build(run.settings, num_classes)
    try:
        module.load_state_dict(snapshots.load(file)[0])
    except RuntimeError as error:
        told = N_("The weights that this run begins with do not fit {design} for {count} classes.")
        raise UserError(told, design=run.settings.design, count=num_classes) from error
    return module


def _check_environment(run: Run, found: dict[str, Any]) -> dict[str, str]:
    """Write environment.json once; the data must be the same. Gives the device and PyTorch that changed."""
    before = run.environment
    if before and before["data"]["digest"] != found["data"]["digest"]:
        raise UserError(N_("The pictures of this run have changed since it began: start a new run."))
    if not before:
        atomic.write_json(run.folder / "environment.json", found)
        return {}
    return {name: found[name] for name in ("device", "torch") if found[name] != before[name]}
