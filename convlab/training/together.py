"""Several seeds of one design as one network: each step is one for all, for a GPU that one run leaves idle.

Their weights are stacked, and ``torch.func.vmap`` runs the network over them, so that convolutions become
grouped ones. Each seed has the order of pictures, the augmentation and the dropout that it has alone.
"""

import copy
import math
from collections.abc import Sequence
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.modules.dropout import _DropoutNd

from convlab import device as devices
from convlab.datasets.dataset import Dataset
from convlab.networks.designs import INPUT_SHAPE
from convlab.networks.evaluation import Evaluation
from convlab.training.batches import CHUNK, Pictures
from convlab.training.engine import EpochRecord, by_layer, normalisation, optimizer, set_rate
from convlab.training.network import build
from convlab.training.randomness import Randomness
from convlab.training.schedule import LearningRate
from convlab.training.settings import Settings

# A dropout's name, itself, and the shape of what it draws for a picture.
Drop = tuple[str, nn.Module, tuple[int, ...]]


class _Masked(nn.Module):
    """In the place of a dropout: what it has drawn comes from outside."""

    mask: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mask", torch.empty(1, device="meta"))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask


class Together:
    """Runs alike but for their seeds, as ``Trainer`` is one: each gives what it gives alone but for rounding.

    A seed whose loss is lost goes on with numbers that are none, and harms no other. Raises UserError for a
    device that is not there.
    """

    def __init__(self, settings: Settings, seeds: Sequence[int], dataset: Dataset) -> None:
        self.settings, self.seeds = settings, tuple(seeds)
        self.device = devices.resolve(settings.device)
        several = [settings.changed(seed=seed) for seed in seeds]
        networks = [build(one, len(dataset.classes)).to(self.device).train() for one in several]
        self._randomness = [
            Randomness(one, net, self.device) for one, net in zip(several, networks, strict=True)
        ]
        self._drops = _dropouts(networks[0])
        self._parameters, self._buffers = stack_module_state(networks)
        self._network = _hollow(networks[0], self._drops)
        mean, std = normalisation(settings, dataset)
        self._train = Pictures(dataset.train, mean, std, self.device, settings.shift_px)
        self._val = Pictures(dataset.val, mean, std, self.device)
        self._weights = list(self._parameters.values())
        self._layers = [name.rpartition(".")[0] for name in self._parameters]
        self._optimizer = optimizer(settings, self._weights)
        self.batches_per_epoch = math.ceil(len(dataset.train.labels) / settings.batch_size)
        self._rate = LearningRate(settings.schedule, settings.lr, settings.epochs * self.batches_per_epoch)
        self.epoch = self.batch = 0
        self._begin()

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.epoch >= self.settings.epochs

    def step(self) -> Tensor:
        """Train all on one batch each: their losses, penalties included, float32 [seeds]."""
        started = perf_counter()
        for group in self._optimizer.param_groups:
            set_rate(group, self._rate.at(self.epoch * self.batches_per_epoch + self.batch))
        index = [order[self.batch] for order in self._batches]
        pictures = torch.stack([self._pictures(*pair) for pair in zip(index, self._randomness, strict=True)])
        labels = torch.stack([self._train.labels.index_select(0, one) for one in index])
        self._optimizer.zero_grad(set_to_none=True)
        logits = self._logits(pictures, self._masks(pictures.shape[1]))
        smoothing = self.settings.label_smoothing
        each = F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), reduction="none", label_smoothing=smoothing
        )
        losses = each.view(labels.shape).mean(1)
        losses.sum().backward()
        with torch.no_grad():
            penalties = self._penalise()
            losses = losses.detach() + penalties
            self._penalties += penalties
            self._losses += losses
            self._norms += torch.stack([_lengths(one.grad) for one in self._weights if one.grad is not None])
            self._right += (logits.argmax(2) == labels).sum(1)
            self._optimizer.step()
        self.batch += 1
        self._seconds += perf_counter() - started
        return losses

    def end_epoch(self) -> list[EpochRecord]:
        """Validate and go on to the next epoch: the record of each seed. All share the seconds of all."""
        evaluations, count = self.evaluate(), len(self._train.labels)
        norms = (self._norms / self.batches_per_epoch).T.tolist()
        found = [
            EpochRecord(
                epoch=self.epoch + 1,
                train_loss=float(self._losses[n]) / self.batches_per_epoch,
                train_accuracy=int(self._right[n]) / count,
                val_loss=evaluation.loss,
                val_accuracy=evaluation.accuracy,
                lr=float(self._optimizer.param_groups[0]["lr"]),
                seconds=self._seconds,
                images_per_s=count / self._seconds if self._seconds else 0.0,
                gradient_norms=by_layer(self._layers, norms[n]),
                penalty=float(self._penalties[n]) / self.batches_per_epoch,
            )
            for n, evaluation in enumerate(evaluations)
        ]
        self.epoch, self.batch = self.epoch + 1, 0
        self._begin()
        return found

    def evaluate(self) -> list[Evaluation]:
        """Measure all on the validation pictures, as ``Trainer.evaluate``."""
        as_in_book = self.settings.validate_in_train_mode
        logits = []
        self._network.train(as_in_book)
        with torch.no_grad():
            for pictures, _labels in self._val.batches(self.settings.batch_size if as_in_book else CHUNK):
                masks = self._masks(len(pictures)) if as_in_book else self._no_masks()
                logits.append(self._logits(pictures, masks, alike=True).cpu())
        self._network.train()
        labels = self._val.labels.cpu()
        return [Evaluation(one, labels) for one in torch.cat(logits, 1)]

    def weights(self, place: int) -> dict[str, Tensor]:
        """The state_dict of one seed as a copy on the CPU; of a shared block, one of its names."""
        both = {**self._parameters, **self._buffers}
        return {name: stacked[place].detach().to("cpu", copy=True) for name, stacked in both.items()}

    def _begin(self) -> None:
        """Draw the order of each seed, set the sums to nothing."""
        count, size = len(self._train.labels), self.settings.batch_size
        self._batches = [one.order(count).to(self.device).split(size) for one in self._randomness]
        zeros = torch.zeros(len(self.seeds), device=self.device)
        self._losses, self._penalties, self._right = zeros, zeros.clone(), zeros.long()
        self._norms = torch.zeros(len(self._weights), len(self.seeds), device=self.device)
        self._seconds = 0.0

    def _pictures(self, index: Tensor, randomness: Randomness) -> Tensor:
        if not (self.settings.flip or self.settings.shift_px):
            return self._train.picked(index)
        moves = (part.to(self.device) for part in randomness.augmentation(len(index)))
        return self._train.moved(index, *moves)

    def _logits(self, pictures: Tensor, masks: dict[str, Tensor], alike: bool = False) -> Tensor:
        """[seeds, n, classes] of pictures [seeds, n, C, H, W], or of the same [n, C, H, W] for all."""

        def one(numbers: dict[str, Tensor], shown: Tensor) -> Tensor:
            logits: Tensor = functional_call(self._network, numbers, (shown,))
            return logits

        numbers = {**self._parameters, **self._buffers, **masks}
        return vmap(one, in_dims=(0, None if alike else 0))(numbers, pictures)

    def _masks(self, count: int) -> dict[str, Tensor]:
        """What each dropout draws for so many pictures: [seeds, count, ...], from each seed's own stream."""
        drawn: dict[str, list[Tensor]] = {name: [] for name, _drop, _shape in self._drops}
        for randomness in self._randomness:
            with randomness.dropout():
                for name, drop, shape in self._drops:
                    drawn[name].append(drop(torch.ones(count, *shape, device=self.device)))
        return {f"{name}.mask": torch.stack(each) for name, each in drawn.items()}

    def _no_masks(self) -> dict[str, Tensor]:
        ones = torch.ones(len(self.seeds), 1, device=self.device)
        return {f"{name}.mask": ones for name, _drop, _shape in self._drops}

    def _penalise(self) -> Tensor:
        """Add the gradients of L1 and L2 to the weights'; the terms themselves, [seeds], are returned."""
        terms = torch.zeros(len(self.seeds), device=self.device)
        for weight in self._weights:
            assert weight.grad is not None
            if self.settings.l1:
                terms += self.settings.l1 * weight.flatten(1).abs().sum(1)
                weight.grad.add_(weight.sign(), alpha=self.settings.l1)
            if self.settings.l2:
                terms += self.settings.l2 * _lengths(weight).square()
                weight.grad.add_(weight, alpha=2 * self.settings.l2)
        return terms


def _lengths(stacked: Tensor) -> Tensor:
    """The length of each seed's part, [seeds]."""
    return stacked.flatten(1).square().sum(1).sqrt()


def _dropouts(network: nn.Module) -> list[Drop]:
    """In the order in which they run; a dropout of whole maps draws one number for each."""
    names: dict[nn.Module, str] = {
        module: name for name, module in network.named_modules() if isinstance(module, _DropoutNd)
    }
    found: list[Drop] = []

    def note(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        shape = tuple(given[0].shape[1:])
        whole = isinstance(module, nn.Dropout2d)
        found.append((names[module], module, (shape[0], 1, 1) if whole else shape))

    hooks = [module.register_forward_pre_hook(note) for module in names]
    device = next(network.parameters()).device
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, *INPUT_SHAPE, device=device))
    network.train()
    for hook in hooks:
        hook.remove()
    return found


def _hollow(network: nn.Module, drops: Sequence[Drop]) -> nn.Module:
    """A copy without numbers, and with ``_Masked`` in place of its dropouts."""
    found = copy.deepcopy(network).to("meta")
    for name, _drop, _shape in drops:
        parent, _dot, last = name.rpartition(".")
        setattr(found.get_submodule(parent), last, _Masked())
    return found
