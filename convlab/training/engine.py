"""The training loop (8.4), batch by batch, so that it can be watched, steered, cut and taken up again."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab import device as devices
from convlab.datasets.dataset import Dataset
from convlab.networks.designs import parameter_counts
from convlab.networks.evaluation import Evaluation, evaluate
from convlab.training import fast
from convlab.training.batches import CHUNK, GPU_CHUNK, Pictures, normalisation
from convlab.training.kinds import Measured, Place
from convlab.training.last_finite import LastFinite
from convlab.training.network import build
from convlab.training.optimizers import by_layer, optimizer, restored, set_rate
from convlab.training.randomness import Randomness
from convlab.training.replayed import Recorder, Replayed, cuda_graph
from convlab.training.schedule import LearningRate
from convlab.training.settings import Settings

# A loss from which no run comes back; of two classes even guessing costs only 0.7. (At lr = 1e6 a tanh
# network never overflows, as tanh does not pass 1, but it is as lost.)
LOST = 1e6


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch gave.

    Attributes:
        epoch: from 1.
        train_loss: mean of the batches' means, penalties included, as the chapter counts it.
        train_accuracy: on the epoch's own batches, in training mode, while the weights still moved;
            ``Trainer.evaluate("train")`` measures it as the book does.
        val_loss, val_accuracy: cross-entropy and share of right verdicts on the validation pictures.
        lr: of the epoch's last batch.
        seconds: spent in training its batches; images_per_s follows from it.
        gradient_norms: layer -> length of its gradient (weight and bias), mean over the batches.
        penalty: how much of train_loss are the terms of L1 and L2; NaN where nobody counted them, as in runs
            of earlier versions.
    """

    epoch: Place
    train_loss: Measured
    train_accuracy: Measured
    val_loss: Measured
    val_accuracy: Measured
    lr: Measured
    seconds: Measured
    images_per_s: Measured
    gradient_norms: dict[str, Measured]
    penalty: Measured = math.nan

    @property
    def cross_entropy(self) -> float:
        """Train_loss without its penalties; NaN where they were not counted."""
        return self.train_loss - self.penalty

    @property
    def gap(self) -> float:
        """Training accuracy less validation accuracy, -1..1: how much better it does on what it has seen."""
        return self.train_accuracy - self.val_accuracy


class Diverged(Exception):
    """The loss became NaN, infinite or above ``LOST`` in this batch, from 1; the weights are those before."""

    def __init__(self, epoch: int, batch: int, lr: float) -> None:
        super().__init__(f"the loss is lost in epoch {epoch}, batch {batch}, at lr {lr:g}")
        self.epoch, self.batch, self.lr = epoch, batch, lr


class Trainer:
    """One training run in memory, of a fresh network or of one with the settings' design, which is changed.

    On the CPU the same settings, data, threads and PyTorch give the same numbers bit for bit, also when the
    run was cut anywhere and restored. On a GPU its losses come later (``drain``), and its steps are recorded
    once and replayed by ``record``. Raises UserError for a device that is not there.
    """

    def __init__(
        self,
        settings: Settings,
        dataset: Dataset,
        network: nn.Module | None = None,
        record: Recorder | None = None,
    ) -> None:
        self.settings = settings
        self.device = devices.resolve(settings.device)
        fresh = build(settings, len(dataset.classes)) if network is None else network
        self.network = fresh.to(self.device).train()
        if self.device.type == "cpu":  # as its maps are, see ``Pictures``
            self.network.to(memory_format=torch.channels_last)
        self.mean, self.std = normalisation(settings, dataset)
        self._train = Pictures(dataset.train, self.mean, self.std, self.device, settings.shift_px)
        self._val = Pictures(dataset.val, self.mean, self.std, self.device)
        self._run = fast.faster(self.network)
        self._parameters: list[Tensor] = [p for p in self.network.parameters() if p.requires_grad]
        trained = [name for name, p in self.network.named_parameters() if p.requires_grad]
        self._layers = [name.rpartition(".")[0] for name in trained]  # of each parameter
        self._optimizer = optimizer(settings, self._parameters)
        self.randomness = Randomness(settings, self.network, self.device)
        self._last_finite = LastFinite(self.network)
        self.batches_per_epoch = math.ceil(len(dataset.train.labels) / settings.batch_size)
        self._rate = LearningRate(settings.schedule, settings.lr, settings.epochs * self.batches_per_epoch)
        self.epoch = self.batch = 0
        self._pending: list[tuple[int, int, float, Tensor]] = []
        self._drained: list[tuple[int, int, float]] = []
        self._last_loss, self._lr = 0.0, settings.lr
        self._ahead: tuple[Callable[[], Tensor], float] | None = None
        if record is None and self.device.type == "cuda":
            record = cuda_graph
        self._replayed = None if record is None else Replayed(self._work, record)
        self._later = self._replayed is not None or self.device.type != "cpu"
        self._norms = torch.zeros(len(self._parameters), device=self.device)
        self._right = torch.zeros((), dtype=torch.int64, device=self.device)
        self._penalties = torch.zeros((), device=self.device)
        self._begin()

    @property
    def done(self) -> int:
        """Batches that were trained, in all epochs."""
        return self.epoch * self.batches_per_epoch + self.batch

    @property
    def pictures_seen(self) -> int:
        """Pictures that were trained on, in all epochs; the last batch of an epoch may be a small one."""
        count = len(self._train.labels)
        return self.epoch * count + min(self.batch * self.settings.batch_size, count)

    @property
    def place(self) -> tuple[int, int]:
        """(epoch, batch) of the batch to come, both from 1."""
        return self.epoch + 1, self.batch + 1

    @property
    def batch_size(self) -> int:
        """Of the batch to come: that at the end of an epoch may be a small one."""
        return len(self._batches[self.batch])

    @property
    def lr(self) -> float:
        """The learning rate of the batch to come."""
        return self._rate.at(self.done)

    @property
    def parameters(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter_counts(self.network))

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.epoch >= self.settings.epochs

    def set_lr(self, lr: float) -> None:
        """Change the learning rate from the next batch on; a one-cycle's rest is scaled to go on from it.

        Raises UserError for a rate that is not above 0 and at most 1e9.
        """
        self._rate.change(self.done, self.settings.changed(lr=lr).lr)

    def step(self) -> float | None:
        """Train on one batch.

        Its loss, penalties included, is returned; None on a GPU, where ``drain`` fetches many at once.
        Raises Diverged, without a step, where it is NaN, infinite or above ``LOST``.
        """
        started = perf_counter()
        (work, seconds), self._ahead = self._ahead or (self._alone, 0.0), None
        loss = work()
        if self._later:
            self._pending.append((*self.place, self.lr, loss))
        self.batch += 1
        self._seconds += perf_counter() - started + seconds
        return None if self._later else self._last_loss

    def go_ahead(self, work: Callable[[], Tensor], seconds: float) -> None:
        """The next ``step`` is ``work``, a ``settle``, after so many seconds that others took for it."""
        self._ahead = work, seconds

    def to_come(self) -> tuple[Tensor, ...]:
        """The batch to come, for ``taken``; its rate is set. Its moves are drawn, so ask once for a step."""
        self._use(self.lr)
        index = self._batches[self.batch]
        return index, *self._moves(index)

    def taken(self, index: Tensor, *moves: Tensor) -> tuple[Tensor, Tensor]:
        """(pictures as training shows them, their labels)."""
        pictures = self._train.moved(index, *moves) if moves else self._train.picked(index)
        return pictures, self._train.labels.index_select(0, index)

    def _alone(self) -> Tensor:
        batch = self.to_come()
        with self.randomness.dropout():
            return (self._replayed or self._work)(*batch)

    def _work(self, *batch: Tensor) -> Tensor:
        """All that a batch does on its device: its loss, penalties included, float32 []."""
        pictures, labels = self.taken(*batch)
        self._optimizer.zero_grad(set_to_none=True)
        logits = self._run(pictures)
        loss = F.cross_entropy(logits, labels, label_smoothing=self.settings.label_smoothing)
        loss.backward()
        return self.settle(loss, logits, labels)

    def settle(self, loss: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """The step itself, of parameters that have their gradients: the loss, penalties included, float32 [].

        Raises Diverged on a CPU, as ``step``.
        """
        with torch.no_grad():
            penalty = self._penalise()
            self._penalties += penalty
            loss = loss.detach() + penalty
            norms = torch.stack(torch._foreach_norm([p.grad for p in self._parameters if p.grad is not None]))
            self._check(loss)
            self._norms += norms
            self._right += (logits.argmax(1) == labels).sum()
            self._optimizer.step()
        return loss

    def drain(self) -> list[tuple[int, int, float]]:
        """(epoch, batch, loss) of the batches since the last call, from 1; always empty on the CPU.

        Raises Diverged as ``step``, of one of them.
        """
        self._fetch()
        drained, self._drained = self._drained, []
        return drained

    def end_epoch(self) -> EpochRecord:
        """Validate and go on to the next epoch; for when ``batch == batches_per_epoch``. Raises Diverged."""
        self._fetch()
        validation = self.evaluate("val")
        count = len(self._train.labels)
        record = EpochRecord(
            epoch=self.epoch + 1,
            train_loss=self._losses / self.batches_per_epoch,
            train_accuracy=int(self._right) / count,
            val_loss=validation.loss,
            val_accuracy=validation.accuracy,
            lr=self._lr,
            seconds=self._seconds,
            images_per_s=count / self._seconds if self._seconds else 0.0,
            gradient_norms=by_layer(self._layers, (self._norms / self.batches_per_epoch).tolist()),
            penalty=float(self._penalties) / self.batches_per_epoch,
        )
        self.epoch, self.batch = self.epoch + 1, 0
        self._begin()
        return record

    def evaluate(self, part: str) -> Evaluation:
        """Measure the network as it is on its "train" or "val" pictures, in eval mode.

        With ``validate_in_train_mode`` it is measured as the book's ``validate`` does, which never calls
        ``eval()``: dropout drops, batch norm takes each batch's own statistics, and, as in the book, the
        running statistics move on with every batch that is measured (8.4).
        """
        pictures = self._train if part == "train" else self._val
        as_in_book = self.settings.validate_in_train_mode
        chunk = CHUNK if self.device.type == "cpu" else GPU_CHUNK
        size = self.settings.batch_size if as_in_book else chunk
        self._run.train(as_in_book)
        try:
            with self.randomness.dropout():
                return evaluate(self._run, pictures.batches(size))
        finally:
            self._run.train()

    def weights(self) -> dict[str, Tensor]:
        """The network's state_dict as a copy on the CPU, contiguous: ready for a file."""
        return {name: _copied(tensor) for name, tensor in self.network.state_dict().items()}

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that ``restore`` needs to go on as if nothing had happened: (tensors, a dict for JSON).

        Raises Diverged, as ``drain``.
        """
        self._fetch()
        tensors = {f"network.{name}": tensor for name, tensor in self.weights().items()}
        tensors |= {f"kept.{name}": _copied(tensor) for name, tensor in self._last_finite.kept.items()}
        for number, values in self._optimizer.state_dict()["state"].items():
            some = {name: value for name, value in values.items() if isinstance(value, Tensor)}
            tensors |= {f"optimizer.{number}.{name}": _copied(value) for name, value in some.items()}
        tensors |= {f"random.{name}": tensor for name, tensor in self.randomness.state().items()}
        tensors["epoch.norms"] = _copied(self._norms)
        extra: dict[str, Any] = {"epoch": self.epoch, "batch": self.batch, "losses": self._losses}
        penalties = float(self._penalties)
        extra |= {"right": int(self._right), "seconds": self._seconds}
        extra["penalties"] = penalties if math.isfinite(penalties) else None
        return tensors, extra | {"rate": [self._rate.base, self._rate.factor]}

    def restore(self, tensors: Mapping[str, Tensor], extra: Mapping[str, Any]) -> None:
        """Go on from another trainer's ``state`` with the same settings, data and network.

        Raises an error of many kinds for what is no such thing.
        """
        self.network.load_state_dict(_under("network.", tensors))
        self._last_finite.restore(_under("kept.", tensors))
        state = restored(_under("optimizer.", tensors), self._parameters)
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": state})
        self.randomness.restore(_under("random.", tensors))
        self.epoch, self.batch = int(extra["epoch"]), int(extra["batch"])
        if not (0 <= self.epoch <= self.settings.epochs and 0 <= self.batch <= self.batches_per_epoch):
            raise ValueError("no place in this run")
        self._rate.base, self._rate.factor = map(float, extra["rate"])
        self._begin()
        self._norms.copy_(tensors["epoch.norms"])
        self._losses, self._seconds = float(extra["losses"]), float(extra["seconds"])
        self._right += int(extra["right"])
        penalties = extra.get("penalties")
        self._penalties += self._uncounted() if penalties is None else float(penalties)
        self._use(self._rate.at(max(0, self.done - 1)))  # as the last batch did: an epoch may be about to end
        if self._replayed is not None:
            self._replayed.forget()

    def _begin(self) -> None:
        """Draw the epoch's order, set its sums to nothing."""
        order = self.randomness.order(len(self._train.labels)).to(self.device)
        self._batches = order.split(self.settings.batch_size)
        self._norms.zero_()
        self._right.zero_()
        self._penalties.zero_()
        self._losses = self._seconds = 0.0

    def _use(self, lr: float) -> None:
        self._lr = lr
        for group in self._optimizer.param_groups:
            set_rate(group, lr)

    def _uncounted(self) -> float:
        """The epoch's penalties after a checkpoint that does not tell: nobody knows, if there were any."""
        return math.nan if self.batch and (self.settings.l1 or self.settings.l2) else 0.0

    def _moves(self, index: Tensor) -> tuple[Tensor, ...]:
        """How each picture is mirrored and shifted; () where none is."""
        if not (self.settings.flip or self.settings.shift_px):
            return ()
        return tuple(part.to(self.device) for part in self.randomness.augmentation(len(index)))

    def _penalise(self) -> Tensor | float:
        """Add the gradients of L1 and L2 to the parameters'; the terms themselves are returned."""
        l1, l2 = self.settings.l1, self.settings.l2
        term: Tensor | float = 0.0
        if l1:
            term = l1 * torch.stack(torch._foreach_norm(self._parameters, 1)).sum()
            for parameter in self._parameters:
                parameter.grad.add_(parameter.sign(), alpha=l1)  # type: ignore[union-attr]
        if l2:
            term = term + l2 * torch.stack(torch._foreach_norm(self._parameters)).square().sum()
            for parameter in self._parameters:
                parameter.grad.add_(parameter, alpha=2 * l2)  # type: ignore[union-attr]
        return term

    def _check(self, loss: Tensor) -> None:
        """Check and count a loss; on a GPU that happens later, as asking would make the CPU wait."""
        if self._later:
            self._last_finite.keep_if(loss <= LOST)
            return
        self._last_loss = loss.item()
        self._count(*self.place, self.lr, self._last_loss)
        self._last_finite.keep()

    def _count(self, epoch: int, batch: int, lr: float, loss: float) -> None:
        if not loss <= LOST:  # NaN is not either
            self._last_finite.put_back()
            raise Diverged(epoch, batch, lr)
        self._losses += loss

    def _fetch(self) -> None:
        """The losses that a GPU still has; waiting for them is training, too. Raises Diverged."""
        if self._pending:
            started, (pending, self._pending) = perf_counter(), (self._pending, [])
            values = torch.stack([loss for *_, loss in pending]).tolist()
            self._seconds += perf_counter() - started
            for (epoch, batch, lr, _), value in zip(pending, values, strict=True):
                self._count(epoch, batch, lr, value)
                self._drained.append((epoch, batch, value))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()
