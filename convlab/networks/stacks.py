"""The stack of layers that a learner builds: its text for a link, its ``nn.Sequential``, fitting or not."""

import json
import math
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from torch import nn

from convlab.convolution.conv2d import output_size
from convlab.errors import N_, UserError
from convlab.networks.designs import parameter_counts, seeded

MAX_LAYERS = 12
MAX_TEXT_LENGTH = 2000  # the longest text that to_text writes has 1,237 characters
MAX_PARAMETERS = 5_000_000

KernelSize = Annotated[int, Field(ge=1, le=7)]
Step = Annotated[int, Field(ge=1, le=4)]
Padding = Annotated[int, Field(ge=0, le=3)]
Channels = Annotated[int, Field(ge=1, le=64)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Conv(_Part):
    """``nn.Conv2d``; a strided convolution is one with stride 2. in_channels None: those that arrive."""

    kind: Literal["conv"] = "conv"
    out_channels: Channels = 8
    kernel_size: KernelSize = 3
    stride: Step = 1
    padding: Padding = 0
    dilation: Step = 1
    in_channels: Channels | None = None


class Pool(_Part):
    """``nn.MaxPool2d`` or ``nn.AvgPool2d``; stride None: the kernel_size, as PyTorch has it."""

    kind: Literal["max_pool", "avg_pool"] = "max_pool"
    kernel_size: KernelSize = 2
    stride: Step | None = None
    padding: Padding = 0


class Activation(_Part):
    """``nn.Tanh`` or ``nn.ReLU``."""

    kind: Literal["tanh", "relu"] = "relu"


class BatchNorm(_Part):
    """``nn.BatchNorm2d`` for the channels that arrive."""

    kind: Literal["batch_norm"] = "batch_norm"


class Flatten(_Part):
    """``nn.Flatten``."""

    kind: Literal["flatten"] = "flatten"


class Linear(_Part):
    """``nn.Linear``; in_features None: all values that one picture has there, flattened or not (item C13)."""

    kind: Literal["linear"] = "linear"
    out_features: Annotated[int, Field(ge=1, le=1024)] = 2
    in_features: Annotated[int, Field(ge=1, le=100_000)] | None = None


Part = Conv | Pool | Activation | BatchNorm | Flatten | Linear


_Layers = Annotated[
    tuple[Annotated[Part, Field(discriminator="kind")], ...], Field(min_length=1, max_length=MAX_LAYERS)
]
_READER: TypeAdapter[tuple[Part, ...]] = TypeAdapter(_Layers)


class Stack(_Part):
    """1 to 12 layers; they need not fit each other."""

    layers: _Layers

    def text(self) -> str:
        """Compact JSON that ``parse`` reads back: each layer's kind and what is not the default."""
        parts = [{"kind": part.kind, **part.model_dump(exclude_defaults=True)} for part in self.layers]
        return json.dumps(parts, separators=(",", ":"))


# The chapter's Net as nn.Sequential (8.2.4), and the stack of item B11.
EXAMPLE = Stack(
    layers=(
        Conv(out_channels=16, padding=1),
        Activation(kind="tanh"),
        Pool(),
        Conv(out_channels=8, padding=1),
        Activation(kind="tanh"),
        Pool(),
        Flatten(),
        Linear(out_features=32),
        Activation(kind="tanh"),
        Linear(out_features=2),
    )
)
CONV_POOL_CONV = Stack(layers=(Conv(out_channels=1, padding=1), Pool(), Conv(out_channels=1)))


def parse(text: str) -> Stack:
    """Read a stack from a link; see ``Stack.text``.

    Raises:
        UserError: too long, no JSON, or a layer that is none; it names the first that is wrong.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise UserError(
            N_("A stack's text has at most {limit} characters, not {length}."),
            limit=MAX_TEXT_LENGTH,
            length=len(text),
        )
    try:
        return Stack(layers=_READER.validate_json(text, strict=True))
    except ValidationError as error:
        raise _complaint(error) from None


def _complaint(error: ValidationError) -> UserError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    if not place:
        return UserError(N_("This is no stack of layers: {reason}."), reason=first["msg"])
    return UserError(
        N_("Layer {number} of the stack, {field}: {reason}."),
        number=int(place[0]) + 1,
        field=place[-1] if len(place) > 1 else "kind",
        reason=first["msg"],
    )


def build(
    stack: Stack, in_channels: int = 3, size: tuple[int, int] = (32, 32), seed: int = 0
) -> nn.Sequential:
    """The stack with the random weights that ``torch.manual_seed(seed)`` gives (see ``models.seeded``).

    Numbers left open (in_channels, num_features, in_features) are those that arrive. It may still not fit
    its input: ``fitting.try_forward`` says so in PyTorch's words.

    Args:
        stack: 1 to 12 layers.
        in_channels, size: of one picture, size as (H, W).
        seed: of the weights.

    Raises:
        UserError: more than 5 million parameters.
    """
    with torch.device("meta"):
        count = sum(parameter_counts(_built(stack, (in_channels, *size))))
    if count > MAX_PARAMETERS:
        raise UserError(
            N_("This stack has {count} parameters and may have {limit}: pool more or take fewer channels."),
            count=count,
            limit=MAX_PARAMETERS,
        )
    return seeded(lambda: _built(stack, (in_channels, *size)), seed)


def _built(stack: Stack, shape: tuple[int, ...]) -> nn.Sequential:
    modules = []
    for part in stack.layers:
        modules.append(_module(part, shape))
        shape = _after(part, shape)
    return nn.Sequential(*modules)


def _module(part: Part, shape: tuple[int, ...]) -> nn.Module:
    """PyTorch's layer for a part that is reached by ``shape``."""
    if isinstance(part, Conv):
        return nn.Conv2d(
            part.in_channels or shape[0],
            part.out_channels,
            part.kernel_size,
            stride=part.stride,
            padding=part.padding,
            dilation=part.dilation,
        )
    if isinstance(part, Pool):
        pool = nn.MaxPool2d if part.kind == "max_pool" else nn.AvgPool2d
        return pool(part.kernel_size, stride=part.stride, padding=part.padding)
    if isinstance(part, Linear):
        return nn.Linear(part.in_features or math.prod(shape), part.out_features)
    if isinstance(part, BatchNorm):
        return nn.BatchNorm2d(shape[0])
    if isinstance(part, Flatten):
        return nn.Flatten()
    return nn.Tanh() if part.kind == "tanh" else nn.ReLU()


def _after(part: Part, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape behind a part; sizes of 1 at least, so that what does not fit can be built to the end."""
    if isinstance(part, Flatten):
        return (math.prod(shape),)
    if isinstance(part, Linear):
        return (*shape[:-1], part.out_features)
    if not isinstance(part, Conv | Pool):
        return shape
    channels = part.out_channels if isinstance(part, Conv) else shape[0]
    dilation = part.dilation if isinstance(part, Conv) else 1
    stride = part.stride or part.kernel_size
    k, p = part.kernel_size, part.padding
    return (channels, *(max(1, output_size(n, k, p, p, stride, dilation)) for n in shape[1:]))
