"""The lottery ticket: prune a trained network, put the rest back to its first values, and train again.

Footnote 2 of 8.2; Frankle and Carbin 2019, https://arxiv.org/abs/1803.03635. Their claim: the weights that
are left learn as well as the whole network, and better than from other first values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlab.datasets.dataset import Dataset
from convlab.errors import check_range
from convlab.networks import pruning
from convlab.networks.pruning import Masks
from convlab.training import network
from convlab.training.engine import EpochRecord, Trainer
from convlab.training.settings import Settings

OTHER = 10_000  # added to the seed, for first values that were not drawn with the ticket
ARMS = ("whole", "ticket", "other")  # what is trained: all weights; the ticket; the same places, drawn anew

RECIPE = Settings(design="net", epochs=10, lr=0.05, momentum=0.9)

State = Mapping[str, Tensor]
Tell = Callable[[int, int, tuple["Trial", ...]], None]  # epochs done, of how many, trials that have ended


@dataclass(frozen=True)
class Trained:
    """What came of a training: a record for each epoch, and the state_dict at its end."""

    records: tuple[EpochRecord, ...]
    weights: State


@dataclass(frozen=True)
class Trial:
    """The experiment with one seed.

    Attributes:
        first: the network's values before any training.
        kept: which of the layers' weights the ticket keeps, bool, by name.
        pruned_accuracy: of the trained network on the validation pictures once they are pruned.
        arms: what was trained, by ``ARMS``.
    """

    seed: int
    first: State
    kept: Masks
    pruned_accuracy: float
    arms: Mapping[str, Trained]

    @property
    def weights(self) -> tuple[int, int]:
        """How many of the layers' weights are kept, and how many there are."""
        return sum(int(mask.sum()) for mask in self.kept.values()), sum(map(torch.numel, self.kept.values()))


def trials(settings: Settings, dataset: Dataset, share: float, seeds: int, tell: Tell) -> tuple[Trial, ...]:
    """The experiment with as many seeds, from the settings' on; the share is what is pruned, 0..1.

    All three networks of a trial see the same pictures in the same order. Raises what ``tell`` raises, and
    UserError for a share out of its range.
    """
    check_range("share", share, 0, 1)
    ended: list[Trial] = []
    done, total = 0, seeds * len(ARMS) * settings.epochs

    def epoch() -> None:
        nonlocal done
        done += 1
        tell(done, total, tuple(ended))

    tell(done, total, ())
    for seed in range(settings.seed, settings.seed + seeds):
        ended.append(trial(settings.changed(seed=seed), dataset, share, epoch))
    return tuple(ended)


def trial(settings: Settings, dataset: Dataset, share: float, epoch: Callable[[], None]) -> Trial:
    """The experiment with the settings' seed; ``epoch`` is called after each epoch of the three trainings."""
    classes = len(dataset.classes)
    first, other = (
        network.build(settings.changed(seed=seed), classes) for seed in (settings.seed, settings.seed + OTHER)
    )
    before = {name: tensor.clone() for name, tensor in first.state_dict().items()}
    whole = train(settings, dataset, first, {}, epoch)
    kept = pruning.masks(first, share)
    pruning.hold(first, kept)
    pruned = Trainer(settings, dataset, first).evaluate("val").accuracy
    first.load_state_dict(before)
    ticket = train(settings, dataset, first, kept, epoch)
    drawn = train(settings, dataset, other, kept, epoch)
    arms = dict(zip(ARMS, (whole, ticket, drawn), strict=True))
    return Trial(settings.seed, before, {name: mask.cpu() for name, mask in kept.items()}, pruned, arms)


def train(
    settings: Settings, dataset: Dataset, module: nn.Module, kept: Masks, epoch: Callable[[], None]
) -> Trained:
    """Train a network as a run is, but that the weights that are not kept stay at zero after every step.

    Raises Diverged, as ``Trainer``.
    """
    trainer = Trainer(settings, dataset, module)
    masks = {name: mask.to(trainer.device) for name, mask in kept.items()}
    records = []
    pruning.hold(trainer.network, masks)
    while not trainer.finished:
        while trainer.batch < trainer.batches_per_epoch:
            trainer.step()
            pruning.hold(trainer.network, masks)
        records.append(trainer.end_epoch())
        epoch()
    return Trained(tuple(records), trainer.weights())
