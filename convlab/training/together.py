"""Several seeds of one design as one network: a batch of all is one step, for a GPU that one run leaves idle.

Their weights are stacked, and ``torch.func.vmap`` runs the network over them, so that convolutions become
grouped ones. Everything else of a run is its own ``Trainer``'s: order of pictures, augmentation, dropout,
rate, penalties, last finite weights, optimiser, validation, checkpoint.

On an NVIDIA H100 an epoch of eight seeds of ``Net`` took 0.27 s as one and 0.38 s one by one, but one of
three seeds of the deepest design 16 s and 5 s: so ``pays`` measures.
"""

import copy
import traceback
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.modules.dropout import _DropoutNd

from convlab import device as devices
from convlab.errors import UserError
from convlab.networks.designs import INPUT_SHAPE
from convlab.training import cost, memory
from convlab.training.engine import Trainer
from convlab.training.replayed import Recorder, Replayed, cuda_graph
from convlab.training.settings import Settings

DEVICES = ("cuda", "mps")  # on a CPU three seeds as one took 1.5 to 2.8 times as long as one by one
MOST = 16  # runs as one network

# A dropout's name, and the shape of what it draws for a picture.
Drop = tuple[str, tuple[int, ...]]


class _Masked(nn.Module):
    """In the place of a dropout: what it has drawn comes from outside."""

    mask: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mask", torch.empty(1, device="meta"))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask


class Together:
    """Trainers alike but for seeds and how far they are: each gives what it gives alone but for rounding.

    A seed whose loss is lost harms no other. ``record`` as in ``Trainer``.
    """

    def __init__(self, trainers: Sequence[Trainer], record: Recorder | None = None) -> None:
        self.trainers = tuple(trainers)
        networks = [one.network for one in trainers]
        self._modules = [dict(network.named_modules()) for network in networks]
        self._drops = _dropouts(networks[0])
        self._network = _hollow(networks[0], self._drops)
        self._parameters = _rows([dict(network.named_parameters()) for network in networks])
        self._buffers = _rows([dict(network.named_buffers()) for network in networks])
        self._smoothing = trainers[0].settings.label_smoothing
        if record is None and trainers[0].device.type == "cuda":
            record = cuda_graph
        self._replayed = None if record is None else Replayed(self._whole, record)
        self._begun: torch.cuda.Event | None = None

    def begin(self) -> bool:
        """Begin the next ``step`` of each; False, and nothing is done, where their batches differ in size."""
        started = perf_counter()
        if len({one.batch_size for one in self.trainers}) > 1:
            return False
        batches = [one.to_come() for one in self.trainers]
        inputs = [tensor for batch in batches for tensor in batch] + self._masks(len(batches[0][0]))
        settle: list[Callable[[], Tensor]]
        if self._replayed is None:
            settle = self._gradients(*inputs)
        else:
            settle = [partial(torch.clone, loss) for loss in self._replayed(*inputs).unbind()]
        self._wait()
        share = (perf_counter() - started) / len(self.trainers)
        for one, work in zip(self.trainers, settle, strict=True):
            one.go_ahead(work, share)
        return True

    def _wait(self) -> None:
        """For a GPU to end the step before: what it takes is shared by all, not laid to who asks first."""
        if self.trainers[0].device.type == "cuda":
            before, self._begun = self._begun, torch.cuda.Event()
            self._begun.record()
            if before is not None:
                before.synchronize()

    def _whole(self, *inputs: Tensor) -> Tensor:
        """The step of all: their losses, penalties included, float32 [trainers]."""
        return torch.stack([settle() for settle in self._gradients(*inputs)])

    def _gradients(self, *inputs: Tensor) -> list[Callable[[], Tensor]]:
        """Give all parameters their gradients; what is left to do of each trainer's step is returned.

        The inputs are the batch of each, one after another, then each dropout's mask, [trainers, n, ...].
        """
        count = len(self.trainers)
        given, masks = inputs[: len(inputs) - len(self._drops)], inputs[len(inputs) - len(self._drops) :]
        each = len(given) // count
        taken = [one.taken(*given[n * each : (n + 1) * each]) for n, one in enumerate(self.trainers)]
        for row in self._parameters.values():
            for parameter in row:
                parameter.grad = None
        buffers = {name: torch.stack(row) for name, row in self._buffers.items()}
        numbers = {name: torch.stack(row) for name, row in self._parameters.items()} | buffers
        numbers |= {f"{name}.mask": mask for (name, _shape), mask in zip(self._drops, masks, strict=True)}
        logits = vmap(self._logits)(numbers, torch.stack([pictures for pictures, _labels in taken]))
        labels = torch.stack([labels for _pictures, labels in taken])
        pairs = logits.flatten(0, 1), labels.flatten()
        losses = F.cross_entropy(*pairs, reduction="none", label_smoothing=self._smoothing)
        losses = losses.view(labels.shape).mean(1)
        losses.sum().backward()
        with torch.no_grad():
            for name, row in self._buffers.items():  # what batch norm has counted
                torch._foreach_copy_(row, list(buffers[name].unbind()))
        several = zip(self.trainers, losses.detach(), logits.detach(), labels, strict=True)
        return [partial(one.settle, *told) for one, *told in several]

    def _logits(self, numbers: dict[str, Tensor], pictures: Tensor) -> Tensor:
        found: Tensor = functional_call(self._network, numbers, (pictures,))
        return found

    def _masks(self, count: int) -> list[Tensor]:
        """What each dropout draws for so many pictures from each one's own stream: [trainers, count, ...]."""
        drawn: list[list[Tensor]] = [[] for _ in self._drops]
        for one, modules in zip(self.trainers, self._modules, strict=True):
            with one.randomness.dropout():
                for (name, shape), found in zip(self._drops, drawn, strict=True):
                    found.append(modules[name](torch.ones(count, *shape, device=one.device)))
        return [torch.stack(found) for found in drawn]


def joins(settings: Settings) -> bool:
    """Whether runs with such settings may train together: where their device is one for it."""
    try:
        return devices.resolve(settings.device).type in DEVICES
    except UserError:  # it is not there
        return False


def most(settings: Settings, classes: int, pictures: int) -> int:
    """How many runs fit into the device's memory as one, ``MOST`` at most."""
    room = memory.room_of(settings.device)
    each = memory.needed(settings, classes, pictures) - memory.PROCESS
    return MOST if room is None else max(1, min(MOST, (room - memory.PROCESS) // each))


def pays(settings: Settings, classes: int, count: int) -> bool:
    """Whether measured steps of so many as one take less time than of each alone; no, where they cannot."""
    try:
        same = settings.changed(seed=0, epochs=1, data="cost", deadline_s=None)
        return _pays(same.model_dump_json(), classes, count)
    except RuntimeError as error:  # PyTorch cannot, or has no memory for it
        traceback.print_exception(error)
        return False


@lru_cache(maxsize=64)
def _pays(settings_json: str, classes: int, count: int) -> bool:
    settings = Settings.model_validate_json(settings_json)
    sizes = settings.batch_size, classes, cost.STEADY
    alone, *several = (cost.of_noise(settings, *sizes) for _ in range(count + 1))
    both = Together(several)

    def all_at_once() -> None:
        both.begin()
        for one in several:
            one.step()

    return cost.steady(all_at_once, several[-1]) < count * cost.steady(alone.step, alone)


def _rows(several: Sequence[dict[str, Tensor]]) -> dict[str, list[Tensor]]:
    """Name -> the tensor of each."""
    return {name: [one[name] for one in several] for name in several[0]}


def _dropouts(network: nn.Module) -> list[Drop]:
    """In the order in which they run; a dropout of whole maps draws one number for each."""
    names: dict[nn.Module, str] = {
        module: name for name, module in network.named_modules() if isinstance(module, _DropoutNd)
    }
    found: list[Drop] = []

    def note(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        shape = tuple(given[0].shape[1:])
        whole = isinstance(module, nn.Dropout2d)
        found.append((names[module], (shape[0], 1, 1) if whole else shape))

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
    for name, _shape in drops:
        parent, _dot, last = name.rpartition(".")
        setattr(found.get_submodule(parent), last, _Masked())
    return found
