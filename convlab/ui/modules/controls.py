"""The Modules lesson's controls: what its link holds, a class for each part's own."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab.datasets import sketches
from convlab.errors import N_, UserError
from convlab.networks.depth import MOST_LAYERS, Activation
from convlab.networks.state_dicts import CHANGES
from convlab.ui.modules.step_controls import StepControls
from convlab.ui.urls import Controls, PageState, Seed, one_of

PartName = Literal["registered", "step", "saved", "moved", "capacity", "regularised", "depth"]

To = Literal["float64", "float16", "bfloat16", "meta", "cuda", "mps"]
Kind = Literal["float32", "float64", "float16", "bfloat16", "meta", "cuda"]


class RegularisedControls(Controls):
    """Of the part "regularised"; each regulariser has some to itself."""

    regulariser: Literal["l2", "l1", "dropout", "batch_norm", "bias"] = "l2"
    penalty_l2: Annotated[float, Field(ge=0, le=1)] = 0.001
    penalty_optimizer: Literal["SGD", "SGD, momentum 0.9", "Adam", "AdamW"] = "SGD"
    penalty_l1: Annotated[float, Field(ge=0, le=1)] = 0.001
    dropout_kind: Literal["Dropout2d", "Dropout"] = "Dropout2d"
    dropout_p: Annotated[float, Field(ge=0, le=1)] = 0.4
    dropout_passes: Annotated[int, Field(ge=1, le=1000)] = 100
    dropout_draw: Seed = 0
    norm_momentum: Annotated[float, Field(ge=0, le=1)] = 0.1
    norm_frozen_from: Annotated[int, Field(ge=0, le=24)] = 16
    norm_channel: Annotated[int, Field(ge=0, le=15)] = 0
    norm_bias: Annotated[float, Field(ge=-10, le=10)] = 2.0


class DepthControls(Controls):
    """A plain stack; residual blocks, one or many; two runs."""

    depth_view: Literal["gradients", "blocks", "trained"] = "gradients"
    depth_layers: Annotated[int, Field(ge=1, le=MOST_LAYERS)] = 20
    depth_width: Literal[4, 8, 16, 32] = 16
    depth_activation: Activation = "relu"
    depth_skip: bool = False
    depth_norm: Literal["none", "1", "0.5"] = "none"
    depth_initialisation: Literal["pytorch", "xavier", "kaiming"] = "pytorch"
    depth_seed: Seed = 0
    depth_blocks: Annotated[int, Field(ge=1, le=100)] = 10
    depth_chans: Literal[4, 8, 16, 32] = 32
    depth_shared: bool = False
    depth_lr: Annotated[float, Field(gt=0, le=10)] = 0.01
    depth_epochs: Annotated[int, Field(ge=1, le=100)] = 5


def _even(width: int) -> int:
    if width % 2:
        told = N_("n_chans1 takes even numbers only: the second convolution has half as many channels.")
        raise UserError(told)
    return width


class CapacityControls(Controls):
    """Of "Width and kernel size": what is varied, and how the networks are trained."""

    varied: Literal["width", "kernel", "ticket"] = "width"
    n_chans1: Annotated[int, Field(ge=2, le=128), AfterValidator(_even)] = 16
    kernel_epochs: Annotated[int, Field(ge=1, le=300)] = 100
    kernel_seed: Seed = 0
    kernel_picture: Annotated[int, Field(ge=0, le=2 * sketches.VAL_PER_CLASS - 1)] = 0
    pruned: Annotated[int, Field(ge=0, le=99)] = 80
    ticket_epochs: Annotated[int, Field(ge=1, le=30)] = 10
    ticket_seeds: Annotated[int, Field(ge=1, le=5)] = 3


class RegisteredControls(Controls):
    """Of "registered": what to look at, and each view's own."""

    topic: Literal["tree", "holders", "fit", "forms", "calls"] = "tree"
    tree_of: Literal[
        "net", "modules", "sequential", "net_dropout", "net_batch_norm", "net_res_deep", "dense"
    ] = "net"
    held_in: Literal["attribute", "list", "dict", "ModuleList", "ModuleDict", "Sequential", "no_super"] = (
        "list"
    )
    flatten: bool = False
    in_features: Annotated[int, Field(ge=1, le=8192)] = 512
    stack_kernel: Annotated[int, Field(ge=1, le=9)] = 3
    stack_padding: Annotated[int, Field(ge=0, le=4)] = 1
    beside: Literal["modules", "sequential", "function"] = "modules"
    calls: Annotated[int, Field(ge=0, le=9)] = 1
    forwards: Annotated[int, Field(ge=0, le=9)] = 2


class SavedControls(Controls):
    """Of "Save and load": whose weights, into which network of ``state_dicts.CHANGES``, how strictly."""

    saved_weights: Literal["trained", "random", "file"] = "trained"
    saved_into: Annotated[str, one_of(CHANGES)] = "renamed"
    strict: bool = True


class MovedControls(Controls):
    """Of "Devices and dtypes": what is tried, and what is moved where."""

    moving: Literal["to", "optimizer", "mixed", "file", "time"] = "to"
    moved_to: To = "float64"
    optimizer_to: Literal[To, "to_empty"] = "to_empty"
    optimizer_first: bool = True
    moved_network: Kind = "float32"
    moved_picture: Literal[Kind, "uint8"] = "float64"
    mended: bool = False
    map_location: Literal["none", "cpu", "meta", "cuda", "mps"] = "cuda"


class ModulesControls(
    RegularisedControls,
    DepthControls,
    CapacityControls,
    RegisteredControls,
    StepControls,
    SavedControls,
    MovedControls,
):
    """Everything that can be set on the Modules page."""

    part: PartName = "registered"
    experiment: Literal["notice", "code", "maths"] = "notice"


State = PageState[ModulesControls]
Earlier = Sequence[ModulesControls]  # the controls on the screen until now, then those before that changed it
Answer = Callable[[ModulesControls, Earlier], None]  # what shows PyTorch's answer, without the page's layout
