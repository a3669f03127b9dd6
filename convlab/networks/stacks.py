"""The stack of layers that a learner builds: its text for a link, its ``nn.Sequential``, fitting or not.

A kind of layer is one class here, of PyTorch's name: what a learner can set, within which limits, the module,
and the shape behind it. ``kind`` is its name in a link.
"""

import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from torch import nn

from convlab.convolution.conv2d import output_size
from convlab.errors import N_, UserError
from convlab.networks.designs import parameter_counts, seeded

MAX_LAYERS = 12
MAX_TEXT_LENGTH = 2000  # the longest text that ``Stack.text`` writes has 1,237 characters
MAX_PARAMETERS = 5_000_000
MAX_VALUES = 2**22  # that all layers put out for a picture: 16 MiB of them go to the browser, and stay here

Shape = tuple[int, ...]
KernelSize = Annotated[int, Field(ge=1, le=7)]
Step = Annotated[int, Field(ge=1, le=4)]
Padding = Annotated[int, Field(ge=0, le=3)]
Channels = Annotated[int, Field(ge=1, le=64)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


KINDS: dict[str, type[Any]] = {}  # kind -> class; every class below enters itself


class Part(_Model):
    """One layer of a stack."""

    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Become one of ``KINDS``."""
        KINDS[cls.model_fields["kind"].default] = cls

    def numbers(self) -> dict[str, int]:
        """Arguments that a learner sets; what begins with "in_" follows from the layer before."""
        names = [name for name in type(self).model_fields if name != "kind" and not name.startswith("in_")]
        return {name: getattr(self, name) for name in names}

    def changed(self, numbers: dict[str, int]) -> Self:
        """The part with other numbers; what is as ``numbers()`` says stays, open too."""
        return self.model_validate(self.model_dump() | dict(numbers.items() - self.numbers().items()))

    def arguments(self, shape: Shape) -> dict[str, int]:
        """All arguments of PyTorch's module, where ``shape`` arrives."""
        return self.numbers()

    def module(self, shape: Shape) -> nn.Module:
        """PyTorch's layer for maps or vectors of a shape."""
        made: nn.Module = getattr(nn, type(self).__name__)(**self.arguments(shape))
        return made

    def after(self, shape: Shape) -> Shape:
        """Shape behind it, of sizes of 1 at least, so that what does not fit can be built to the end."""
        return shape


class Conv2d(Part):
    """A convolution; in_channels None: those that arrive."""

    kind: Literal["conv"] = "conv"
    out_channels: Channels = 8
    kernel_size: KernelSize = 3
    stride: Step = 1
    padding: Padding = 0
    dilation: Step = 1
    in_channels: Annotated[int | None, Field(ge=1, le=64)] = None

    def arguments(self, shape: Shape) -> dict[str, int]:
        """With in_channels."""
        return {"in_channels": self.in_channels or shape[0], **self.numbers()}

    def after(self, shape: Shape) -> Shape:
        """By the formula of 8.2.1."""
        return (self.out_channels, *_slid(self.numbers(), shape))


class ConvTranspose2d(Conv2d):
    """A transposed convolution: with a stride it enlarges maps."""

    kind: Literal["conv_transpose"] = "conv_transpose"  # type: ignore[assignment]
    kernel_size: KernelSize = 2
    stride: Step = 2

    def after(self, shape: Shape) -> Shape:
        """The sizes from which ``Conv2d`` would give those that arrive."""
        extent = self.dilation * (self.kernel_size - 1) + 1
        sizes = (max(1, (n - 1) * self.stride + extent - 2 * self.padding) for n in shape[1:])
        return (self.out_channels, *sizes)


class MaxPool2d(Part):
    """Max pooling; stride None: the kernel_size."""

    kind: Literal["max_pool"] = "max_pool"
    kernel_size: KernelSize = 2
    stride: Annotated[int | None, Field(ge=1, le=4)] = None
    padding: Padding = 0

    def numbers(self) -> dict[str, int]:
        """With the stride that None stands for."""
        return super().numbers() | {"stride": self.stride or self.kernel_size}

    def after(self, shape: Shape) -> Shape:
        """By the formula of 8.2.1."""
        return (*shape[:1], *_slid(self.numbers(), shape))


class AvgPool2d(MaxPool2d):
    """Average pooling; stride None: the kernel_size."""

    kind: Literal["avg_pool"] = "avg_pool"  # type: ignore[assignment]


class AdaptiveAvgPool2d(Part):
    """The mean of each map, rows and columns kept as 1 x 1."""

    kind: Literal["mean"] = "mean"

    def arguments(self, shape: Shape) -> dict[str, int]:
        """One place."""
        return {"output_size": 1}

    def after(self, shape: Shape) -> Shape:
        """Of 1 x 1."""
        return (shape[0], *(1 for _ in shape[1:]))


class ReLU(Part):
    """What is below 0 becomes 0."""

    kind: Literal["relu"] = "relu"


class PReLU(Part):
    """What is below 0 is multiplied by a weight that is learned."""

    kind: Literal["prelu"] = "prelu"


class Tanh(Part):
    """Everything between -1 and 1."""

    kind: Literal["tanh"] = "tanh"


class BatchNorm2d(Part):
    """Batch norm for the channels that arrive."""

    kind: Literal["batch_norm"] = "batch_norm"

    def arguments(self, shape: Shape) -> dict[str, int]:
        """The number of channels."""
        return {"num_features": shape[0]}


class Flatten(Part):
    """Maps to one vector."""

    kind: Literal["flatten"] = "flatten"

    def after(self, shape: Shape) -> Shape:
        """All values in a row."""
        return (math.prod(shape),)


class Linear(Part):
    """A Linear layer; in_features None: all values that one picture has there, flattened or not."""

    kind: Literal["linear"] = "linear"
    out_features: Annotated[int, Field(ge=1, le=1024)] = 2
    in_features: Annotated[int | None, Field(ge=1, le=100_000)] = None

    def arguments(self, shape: Shape) -> dict[str, int]:
        """With in_features."""
        return {"in_features": self.in_features or math.prod(shape), **self.numbers()}

    def after(self, shape: Shape) -> Shape:
        """It works along the last axis."""
        return (*shape[:-1], self.out_features)


def _slid(given: dict[str, int], shape: Shape) -> Shape:
    """Rows and columns behind a kernel that slides over maps."""
    k, p, dilation = given["kernel_size"], given["padding"], given.get("dilation", 1)
    return tuple(max(1, output_size(n, k, p, p, given["stride"], dilation)) for n in shape[1:])


if TYPE_CHECKING:
    _AnyPart = Part
else:
    _AnyPart = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
_Layers = Annotated[tuple[_AnyPart, ...], Field(min_length=1, max_length=MAX_LAYERS)]
_READER: TypeAdapter[tuple[Part, ...]] = TypeAdapter(_Layers)


class Stack(_Model):
    """1 to 12 layers; they need not fit each other."""

    layers: _Layers

    def text(self) -> str:
        """Compact JSON that ``parse`` reads back: each layer's kind and what is not the default."""
        parts = [{"kind": part.kind, **part.model_dump(exclude_defaults=True)} for part in self.layers]
        return json.dumps(parts, separators=(",", ":"))


EXAMPLE = Stack(  # the chapter's Net as nn.Sequential (8.2.4)
    layers=(
        *(Conv2d(out_channels=16, padding=1), Tanh(), MaxPool2d()),
        *(Conv2d(out_channels=8, padding=1), Tanh(), MaxPool2d()),
        *(Flatten(), Linear(out_features=32), Tanh(), Linear(out_features=2)),
    )
)
CONV_POOL_CONV = Stack(layers=(Conv2d(out_channels=1, padding=1), MaxPool2d(), Conv2d(out_channels=1)))


def parse(text: str) -> Stack:
    """Read a stack from a link; see ``Stack.text``.

    Raises UserError for a text that is too long or no JSON, and names the first layer that is wrong, counted
    from 0 as in ``nn.Sequential``.
    """
    if len(text) > MAX_TEXT_LENGTH:
        message = N_("A stack's text has at most {limit} characters, not {length}.")
        raise UserError(message, limit=MAX_TEXT_LENGTH, length=len(text))
    try:
        return Stack(layers=_READER.validate_json(text, strict=True))
    except ValidationError as error:
        raise _complaint(error) from None


def _complaint(error: ValidationError) -> UserError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    if not place:
        return UserError(N_("This is no stack of layers: {reason}."), reason=first["msg"])
    message = N_("Layer {number} of the stack, {field}: {reason}.")
    field = place[-1] if len(place) > 1 else "kind"
    return UserError(message, number=int(place[0]), field=field, reason=first["msg"])


def build(
    stack: Stack, in_channels: int = 3, size: tuple[int, int] = (32, 32), seed: int = 0
) -> nn.Sequential:
    """The stack with the random weights that ``torch.manual_seed(seed)`` gives (see ``designs.seeded``).

    Numbers left open (in_channels, num_features, in_features) are those that arrive, from a picture of
    in_channels and size (H, W). It may still not fit its input: ``shape_errors.try_forward`` says so in
    PyTorch's words. Raises UserError for more than 5 million parameters, or layers that put out more than
    ``MAX_VALUES``.
    """
    _check_size(stack, (in_channels, *size))
    with torch.device("meta"):
        count = sum(parameter_counts(_built(stack, (in_channels, *size))))
    told = N_("This stack has {count} parameters and may have {limit}: pool more or take fewer channels.")
    if count > MAX_PARAMETERS:
        raise UserError(told, count=count, limit=MAX_PARAMETERS)
    return seeded(lambda: _built(stack, (in_channels, *size)), seed)


def _check_size(stack: Stack, shape: Shape) -> None:
    """Refuse what fills the memory, before anything is built; it bounds the time too."""
    values = 0
    for part in stack.layers:
        shape = part.after(shape)
        if (count := math.prod(shape)) > MAX_VALUES:
            message = N_("A layer puts out {count} values and may put out {limit}: take a smaller stride.")
            raise UserError(message, count=count, limit=MAX_VALUES)
        values += count
    if values > MAX_VALUES:
        many = N_("The layers put out {count} values and may put out {limit}: take a smaller picture.")
        raise UserError(many, count=values, limit=MAX_VALUES)


def _built(stack: Stack, shape: Shape) -> nn.Sequential:
    modules = []
    for part in stack.layers:
        modules.append(part.module(shape))
        shape = part.after(shape)
    return nn.Sequential(*modules)
