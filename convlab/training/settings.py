"""Everything that a training run is told, in one checked object that round-trips to JSON."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from convlab.errors import N_, UserError
from convlab.networks import designs

Finite = Annotated[float, Field(allow_inf_nan=False)]
Penalty = Annotated[Finite, Field(ge=0, le=10)]

_SENTENCES = {
    "design": N_("design cannot be {value}: give the key of a network."),
    "options": N_("options cannot be {value}: give names of the design's options with their values."),
    "data": N_("data cannot be {value}: give the key of a data set, 1 to 64 of a-z, 0-9, _ and -."),
    "epochs": N_("epochs cannot be {value}: choose a whole number from 1 to 1000."),
    "batch_size": N_("batch_size cannot be {value}: choose a whole number from 1 to 1024."),
    "optimizer": N_("optimizer cannot be {value}: choose sgd, adam or adamw."),
    "lr": N_("lr cannot be {value}: choose a number above 0, at most 1e9."),
    "momentum": N_("momentum cannot be {value}: choose a number from 0 to below 1."),
    "nesterov": N_("nesterov cannot be {value}: it is on or off."),
    "weight_decay": N_("weight_decay cannot be {value}: choose a number from 0 to 10."),
    "l1": N_("l1 cannot be {value}: choose a number from 0 to 10."),
    "l2": N_("l2 cannot be {value}: choose a number from 0 to 10."),
    "schedule": N_("schedule cannot be {value}: choose constant or one_cycle."),
    "label_smoothing": N_("label_smoothing cannot be {value}: choose a number from 0 to below 1."),
    "flip": N_("flip cannot be {value}: it is on or off."),
    "shift_px": N_("shift_px cannot be {value}: choose a whole number from 0 to 8."),
    "initialisation": N_("initialisation cannot be {value}: choose pytorch, xavier or kaiming."),
    "seed": N_("seed cannot be {value}: choose a whole number from 0 to 2147483647."),
    "device": N_("device cannot be {value}: choose auto, cpu, cuda or mps."),
    "threads": N_("threads cannot be {value}: choose a whole number from 1 to 64."),
    "normalisation": N_("normalisation cannot be {value}: choose cifar10 or data."),
    "unshuffled": N_("unshuffled cannot be {value}: it is on or off."),
    "validate_in_train_mode": N_("validate_in_train_mode cannot be {value}: it is on or off."),
    "deadline_s": N_("deadline_s cannot be {value}: choose a number of seconds from 1 to 604800, or none."),
}  # fmt: skip


class Settings(BaseModel):
    """What to train, on what, and how. The defaults are the book's recipe for ``Net`` (8.4), on sketches.

    Attributes:
        design, options: of ``models.DESIGNS``; num_classes comes from the data and is no option here.
        data: key of a prepared data set.
        lr: the learning rate; with "one_cycle" its peak.
        momentum, nesterov: of "sgd"; Nesterov needs a momentum above 0.
        weight_decay: the optimiser's; ``l1`` and ``l2`` are terms of the loss: l1 * sum |w|, l2 * sum w**2.
        schedule: "one_cycle" is Smith's super-convergence (https://arxiv.org/abs/1708.07120).
        flip, shift_px: random mirror image and random shift of each training picture.
        initialisation: PyTorch's own, or Xavier's or Kaiming's normal weights and zero biases.
        threads: of PyTorch on the CPU, for the process that trains.
        normalisation: the chapter's mean and deviation, or the data set's own.
        unshuffled, validate_in_train_mode: the book's two mistakes (erratum 12).
        deadline_s: training time after which the run ends.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    design: str = "net"
    options: dict[str, Any] = Field(default_factory=dict)
    data: str = Field(default="sketches", pattern=r"^[a-z0-9_-]{1,64}$")
    epochs: int = Field(default=100, ge=1, le=1000)
    batch_size: int = Field(default=64, ge=1, le=1024)
    optimizer: Literal["sgd", "adam", "adamw"] = "sgd"
    lr: Finite = Field(default=0.01, gt=0, le=1e9)
    momentum: Finite = Field(default=0.0, ge=0, lt=1)
    nesterov: bool = False
    weight_decay: Penalty = 0.0
    l1: Penalty = 0.0
    l2: Penalty = 0.0
    schedule: Literal["constant", "one_cycle"] = "constant"
    label_smoothing: Finite = Field(default=0.0, ge=0, lt=1)
    flip: bool = False
    shift_px: int = Field(default=0, ge=0, le=8)
    initialisation: Literal["pytorch", "xavier", "kaiming"] = "pytorch"
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = Field(default=1, ge=1, le=64)
    normalisation: Literal["cifar10", "data"] = "cifar10"
    unshuffled: bool = False
    validate_in_train_mode: bool = False
    deadline_s: Finite | None = Field(default=None, ge=1, le=604_800)

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        options = designs.design(self.design).checked(self.options)
        if "num_classes" in options:
            raise UserError(N_("num_classes is no option of a run: the data set says how many there are."))
        object.__setattr__(self, "options", options)
        if self.optimizer != "sgd" and (self.momentum or self.nesterov):
            raise UserError(N_("momentum and nesterov belong to sgd: leave them out, or choose sgd."))
        if self.nesterov and not self.momentum:
            raise UserError(N_("nesterov needs momentum above 0: set momentum too, 0.9 for example."))
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Settings":
        """Settings from plain values, as JSON holds them; what is left out has its default.

        Raises:
            UserError: one sentence that names the first field that is wrong.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise _complaint(error) from None

    def changed(self, **changes: Any) -> "Settings":
        """The same with some fields changed and all checked again. Raises UserError, as ``parse``."""
        return self.parse({**self.model_dump(), **changes})


def _complaint(error: ValidationError) -> UserError:
    first = error.errors(include_url=False)[0]
    said = first.get("ctx", {}).get("error")
    if isinstance(said, UserError):
        return said
    field = str(first["loc"][0]) if first["loc"] else ""
    if field not in _SENTENCES:
        return UserError(N_("A run has no setting {field}: leave it out."), field=repr(field)[:40])
    value = first["input"]
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    return UserError(_SENTENCES[field], field=field, value=repr(value)[:40])
