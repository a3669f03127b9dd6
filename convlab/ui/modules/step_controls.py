"""The controls of the part "One training step"."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab.ui.urls import Controls, Seed

Order = Literal["chapter", "no_zero_grad", "step_first", "zero_grad_last"]
Network = Literal[
    "net", "net_sketches", "net_width", "net_dropout", "net_dropout_sketches", "net_batch_norm",
    "net_batch_norm_sketches", "net_depth", "net_res",
]  # fmt: skip
Place = tuple[int, ...]


def _entry(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9_]{1,40}\.(weight|bias)(,[0-9]{1,4}){1,4}", text):
        raise ValueError(text)
    return text


class StepControls(Controls):
    """Which network takes a step, on which pictures, in which order; the entry that stays chosen."""

    step_network: Network = "net"
    step_seed: Seed = 0
    step_size: Annotated[int, Field(ge=1, le=32)] = 8
    step_batch: Annotated[int, Field(ge=0, le=99)] = 0
    step_lr: Annotated[float, Field(gt=0, le=10)] = 0.01
    step_order: Order = "chapter"
    step_closer: Literal["sum", "item"] = "sum"
    step_entry: Annotated[str, AfterValidator(_entry)] = ""  # "conv1.weight,3,0,1,2"; "" for the first

    @property
    def step_places(self) -> range:
        """The sketches of the batch, as ``sketches.sketch`` counts them."""
        return range(self.step_batch * self.step_size, (self.step_batch + 1) * self.step_size)

    @property
    def step_kept(self) -> tuple[str, Place]:
        """The entry of a parameter that stays chosen: its name, its index."""
        name, *places = (self.step_entry or "conv1.weight,0,0,0,0").split(",")
        return name, tuple(map(int, places))
