"""Everything that a training run is told, in one checked object that round-trips to JSON."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from convlab.errors import N_, UserError
from convlab.networks import designs

Finite = Annotated[float, Field(allow_inf_nan=False)]
Penalty = Annotated[Finite, Field(ge=0, le=10)]
MAX_DEADLINE_S = 604_800  # a week

_SENTENCES = {  # by the field's name, or by its type and limits
    "design": N_("{name} cannot be {value}: give the key of a network."),
    "options": N_("{name} cannot be {value}: give names of the design's options with their values."),
    "data": N_("{name} cannot be {value}: give the key of a data set, 1 to 64 of a-z, 0-9, _ and -."),
    "deadline_s": N_("{name} cannot be {value}: choose a number from {low} to {high}, or none."),
    "int ge le": N_("{name} cannot be {value}: choose a whole number from {low} to {high}."),
    "float ge le": N_("{name} cannot be {value}: choose a number from {low} to {high}."),
    "float ge lt": N_("{name} cannot be {value}: choose a number from {low} to below {high}."),
    "float gt le": N_("{name} cannot be {value}: choose a number above {low}, at most {high}."),
    "bool": N_("{name} cannot be {value}: it is on or off."),
    "choice": N_("{name} cannot be {value}: choose one of {choices}."),
}


class Hyperparameters(BaseModel):
    """The settings of a run that are plain values; the Train page's controls and its links share them.

    The defaults are the book's recipe for ``Net`` (8.4), on sketches.

    Attributes:
        design: of ``designs.DESIGNS``.
        data: key of a prepared data set.
        lr: the learning rate; with "one_cycle" its peak.
        momentum, nesterov: of "sgd"; Nesterov needs a momentum above 0.
        weight_decay: the optimiser's; ``l1`` and ``l2`` are terms of the loss: l1 * sum |w|, l2 * sum w**2.
        schedule: "one_cycle" is Smith's super-convergence (https://arxiv.org/abs/1708.07120).
        flip, shift_px: random mirror image and random shift of each training picture.
        initialisation: "pytorch" is what the design's own code draws, see ``networks.initialisation``.
        threads: of PyTorch on the CPU, for the process that trains.
        normalisation: the chapter's mean and deviation, or the data set's own.
        unshuffled, validate_in_train_mode: the book's two mistakes (8.4).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    design: str = "net"
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
    initialisation: Literal["pytorch", "reset_parameters", "xavier", "kaiming"] = "pytorch"
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = Field(default=1, ge=1, le=64)
    normalisation: Literal["cifar10", "data"] = "cifar10"
    unshuffled: bool = False
    validate_in_train_mode: bool = False


class Settings(Hyperparameters):
    """What to train, on what, and how; training ends after ``deadline_s`` seconds of it.

    Options are the design's; num_classes comes from the data and is none here.
    """

    model_config = ConfigDict(strict=True)

    options: dict[str, Any] = Field(default_factory=dict)
    deadline_s: Finite | None = Field(default=None, ge=1, le=MAX_DEADLINE_S)

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

        Raises UserError, one sentence that names the first field that is wrong.
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
    name = str(first["loc"][0]) if first["loc"] else ""
    if name not in Settings.model_fields:
        return UserError(N_("A run has no setting {field}: leave it out."), field=repr(name)[:40])
    value = first["input"]
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    field = Settings.model_fields[name]
    kind, limits = name, _limits(field)
    if name not in _SENTENCES:
        choice = get_origin(field.annotation) is Literal
        kind = "choice" if choice else " ".join((field.annotation.__name__, *limits))  # type: ignore[union-attr]
    return UserError(
        _SENTENCES[kind],
        name=name,
        value=repr(value)[:40],
        low=limits.get("ge", limits.get("gt")),
        high=limits.get("le", limits.get("lt")),
        choices=", ".join(map(str, get_args(field.annotation))),
    )


def _limits(field: FieldInfo) -> dict[str, str]:
    """A number's limits, "ge" or "gt" and "le" or "lt", as people write them."""
    return {
        kind: f"{limit:g}".replace("e+0", "e") if isinstance(limit, float) else str(limit)
        for rule in field.metadata
        for kind in ("ge", "gt", "le", "lt")
        if (limit := getattr(rule, kind, None)) is not None
    }
