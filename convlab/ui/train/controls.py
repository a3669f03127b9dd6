"""The Train lesson's controls: what its link holds, and the settings that a run makes of them."""

import inspect
from typing import Annotated, Any, Literal

from pydantic import Field

from convlab.networks import designs
from convlab.training.settings import MAX_DEADLINE_S, Hyperparameters, Settings
from convlab.ui.picture import PictureControls, Size
from convlab.ui.urls import PageState, RunId, one_of

Experiment = Literal["notice", "past", "chapter", "then", "data", "mistakes", "code", "maths"]
KERNELS: dict[str, Any] = {"3": 3, "5": 5, "1x3": (1, 3)}
MOST_REPEATS = 10

OPTIONS = ("kernel_size", "n_chans1", "n_blocks", "shared", "activation")


class TrainControls(PictureControls, Hyperparameters):
    """Everything that can be set on the Train page; an option that is None has the design's own default."""

    size: Size = 32
    colour: Literal["grey", "rgb"] = "rgb"
    normalised: bool = True
    design: Annotated[str, one_of(designs.DESIGNS)] = "net"
    kernel_size: Literal["3", "5", "1x3"] | None = None
    n_chans1: Annotated[int, Field(ge=2, le=128)] | None = None
    n_blocks: Annotated[int, Field(ge=1, le=100)] | None = None
    shared: bool | None = None
    activation: Literal["tanh", "relu"] | None = None
    repeats: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    deadline_min: Annotated[int, Field(ge=0, le=MAX_DEADLINE_S // 60)] = 0
    more: bool = False
    run: RunId = ""
    experiment: Experiment = "notice"


State = PageState[TrainControls]


def default_option(design: str, name: str) -> Any:
    """The default of a design's option."""
    return inspect.signature(designs.design(design).make).parameters[name].default


def settings_of(controls: TrainControls) -> Settings:
    """The settings of a run. Raises UserError where controls do not go together."""
    values = controls.model_dump(include=set(Hyperparameters.model_fields))
    if controls.optimizer != "sgd":  # these two are greyed out then
        values |= {"momentum": 0.0, "nesterov": False}
    deadline_s = 60.0 * controls.deadline_min or None
    return Settings.parse({**values, "options": options_of(controls), "deadline_s": deadline_s})


def options_of(controls: TrainControls) -> dict[str, Any]:
    """The design's options that differ from its defaults."""
    found: dict[str, Any] = {}
    for name in OPTIONS:
        value = getattr(controls, name)
        if value is None or name not in designs.design(controls.design).options:
            continue
        value = KERNELS[value] if name == "kernel_size" else value
        if value != default_option(controls.design, name):
            found[name] = value
    return found


def controls_of(settings: Settings) -> dict[str, Any]:
    """The controls that ``settings_of`` turns back into these settings."""
    options = {name: settings.options.get(name) for name in OPTIONS}
    options["kernel_size"] = kernel_text(options["kernel_size"])
    shared = settings.model_dump(include=set(Hyperparameters.model_fields))
    return {**shared, **options, "deadline_min": round((settings.deadline_s or 0) / 60)}


def kernel_text(size: Any) -> str | None:
    """The control ``kernel_size`` for a design's option of that name."""
    return next((text for text, found in KERNELS.items() if found == size), None)
