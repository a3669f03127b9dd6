"""The Train lesson's controls: what its link holds, and the settings that a run makes of them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from convlab.chapter import published
from convlab.datasets.sources import SOURCES
from convlab.networks import designs
from convlab.training.settings import MAX_DEADLINE_S, Hyperparameters, Settings
from convlab.training.status import State as RunState
from convlab.ui.picture import PictureControls, Size
from convlab.ui.urls import DataKey, PageState, RunId, one_of

Experiment = Literal["notice", "past", "chapter", "then", "data", "mistakes", "code", "maths"]
KERNELS: dict[str, Any] = {"3": 3, "5": 5, "1x3": (1, 3)}
MOST_REPEATS = 10

ALWAYS_SHOWN = ("design", "data", "epochs", "batch_size", "optimizer", "lr")
MOST_TICKED = 200  # runs in a link
SPANS_S = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}

OPTIONS = ("kernel_size", "n_chans1", "n_blocks", "shared", "activation")


class TrainControls(PictureControls, Hyperparameters):
    """Everything that can be set on the Train page; an option that is None has the design's own default.

    It opens with a rate at which the sketches are learned from the first epoch on; with the book's, nothing
    is seen for eight epochs.
    """

    opening: ClassVar[dict[str, Any]] = {"lr": 0.1}
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
    deadline_min: Annotated[float, Field(ge=0, le=MAX_DEADLINE_S // 60)] = 0.0
    more: bool = False
    run: RunId = ""
    experiment: Experiment = "notice"
    search: Annotated[str, Field(max_length=80)] = ""
    only_design: Annotated[str, one_of(("", *designs.DESIGNS))] = ""
    only_data: DataKey = ""
    only_state: Literal["", RunState] = ""
    begun: Literal["", "day", "week", "month"] = ""
    columns: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{0,40}(,[A-Za-z0-9_]{1,40}){0,40}$")] = ""
    sort: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,40}$")] = "begun"
    ascending: bool = False
    table_page: Annotated[int, Field(ge=1, le=100_000)] = 1
    ticked: Annotated[str, Field(pattern=rf"^([0-9a-f]{{16}}(,[0-9a-f]{{16}}){{0,{MOST_TICKED - 1}}})?$")] = (
        ""
    )


State = PageState[TrainControls]


def settings_of(controls: TrainControls) -> Settings:
    """The settings of a run. Raises UserError where controls do not go together."""
    values = controls.model_dump(include=set(Hyperparameters.model_fields))
    if controls.optimizer != "sgd":  # these two are greyed out then
        values |= {"momentum": 0.0, "nesterov": False}
    deadline_s = round(60.0 * controls.deadline_min, 6) or None
    return Settings.parse({**values, "options": options_of(controls), "deadline_s": deadline_s})


def of_data(key: str) -> dict[str, Any]:
    """The controls that come with a data set: ours and the book's are normalised as in the chapter."""
    ours = key in SOURCES or published.book_data(key)
    return {"data": key, "normalisation": "cifar10" if ours else "data"}


def of_design(key: str) -> dict[str, Any]:
    """The controls that come with a design: its options are its own, and none of another's stays."""
    return {"design": key, **dict.fromkeys(OPTIONS)}


def changed(controls: TrainControls) -> dict[str, Any]:
    """The settings that stand under More settings and are not what they are by themselves."""
    shown = designs.design(controls.design).options
    names = [name for name in OPTIONS if name in shown]
    names += [name for name in Hyperparameters.model_fields if name not in ALWAYS_SHOWN]
    if controls.optimizer != "sgd":
        names = [name for name in names if name not in ("momentum", "nesterov")]
    usual = {name: TrainControls.model_fields[name].default for name in names} | of_data(controls.data)
    found = {name: getattr(controls, name) for name in names if getattr(controls, name) != usual[name]}
    return found | ({"deadline_s": round(60 * controls.deadline_min, 6)} if controls.deadline_min else {})


def options_of(controls: TrainControls) -> dict[str, Any]:
    """The design's options that differ from its defaults."""
    found: dict[str, Any] = {}
    for name in OPTIONS:
        value = getattr(controls, name)
        if value is None or name not in designs.design(controls.design).options:
            continue
        value = KERNELS[value] if name == "kernel_size" else value
        if value != designs.design(controls.design).default(name):
            found[name] = value
    return found


def controls_of(settings: Settings) -> dict[str, Any]:
    """The controls that ``settings_of`` turns back into these settings."""
    options = {name: settings.options.get(name) for name in OPTIONS}
    options["kernel_size"] = kernel_text(options["kernel_size"])
    shared = settings.model_dump(include=set(Hyperparameters.model_fields))
    return {**shared, **options, "deadline_min": (settings.deadline_s or 0) / 60}


def kernel_text(size: Any) -> str | None:
    """The control ``kernel_size`` for a design's option of that name."""
    return next((text for text, found in KERNELS.items() if found == size), None)
