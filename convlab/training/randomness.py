"""The random streams of a run: order of the pictures, augmentation, dropout; all can be put back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from convlab.networks.designs import GENERATOR
from convlab.training.settings import Settings

AUGMENTATION = 1  # added to the seed, so that flips do not follow the order of the pictures


class Randomness:
    """The streams of one run. All are the CPU's but dropout's, which runs where the network runs."""

    def __init__(self, settings: Settings, network: nn.Module, device: torch.device) -> None:
        self._settings = settings
        self._order = torch.Generator().manual_seed(settings.seed)
        self._augmentation = torch.Generator().manual_seed(settings.seed + AUGMENTATION)
        self._global = torch if device.type == "cpu" else torch.get_device_module(device)
        drops = any(isinstance(module, nn.modules.dropout._DropoutNd) for module in network.modules())
        fresh = torch.Generator(device).manual_seed(settings.seed)
        self._dropout = fresh.get_state() if drops else None
        self._before_epoch = self._order.get_state()

    def order(self, count: int) -> Tensor:
        """A new order of ``count`` pictures, int64 [count]; 0, 1, 2... for an unshuffled run."""
        self._before_epoch = self._order.get_state()
        if self._settings.unshuffled:
            return torch.arange(count)
        return torch.randperm(count, generator=self._order)

    def augmentation(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """(flipped 0 or 1, shift down, shift right) for ``count`` pictures, int64 [count] each."""
        none = torch.zeros(count, dtype=torch.int64)
        flipped, down, right = none, none, none
        if self._settings.flip:
            flipped = (torch.rand(count, generator=self._augmentation) < 0.5).long()
        if self._settings.shift_px:
            far = self._settings.shift_px
            down, right = torch.randint(-far, far + 1, (2, count), generator=self._augmentation)
        return flipped, down, right

    @contextmanager
    def dropout(self) -> Iterator[None]:
        """Dropout inside draws from the run's own stream; PyTorch's global one is put back afterwards."""
        if self._dropout is None:
            yield
            return
        with GENERATOR:
            outside = self._global.get_rng_state()
            self._global.set_rng_state(self._dropout)
            try:
                yield
            finally:
                self._dropout = self._global.get_rng_state()
                self._global.set_rng_state(outside)

    def state(self) -> dict[str, Tensor]:
        """All streams; the order's as it was before the present epoch."""
        found = {"order": self._before_epoch.clone(), "augmentation": self._augmentation.get_state()}
        return found if self._dropout is None else found | {"dropout": self._dropout.clone()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from ``state()``; ``order`` then gives the present epoch's order once more."""
        self._order.set_state(state["order"])
        self._before_epoch = state["order"].clone()
        self._augmentation.set_state(state["augmentation"])
        if self._dropout is not None:
            self._dropout = state["dropout"].clone()
