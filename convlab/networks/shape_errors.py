"""Try a network: its output, or PyTorch's own error with what it means and how to fix it (8.2.4)."""

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from convlab.errors import N_, Sentence
from convlab.networks.graph import leaves, stand_in


@dataclass(frozen=True)
class Attempt:
    """What came of running a network once.

    Attributes:
        output: of the whole network; None where it failed.
        layer: path of the module that failed; None for none, or for a function between the modules.
        arrived: shape of what reached that module, batch axis first.
        error: PyTorch's message, word for word; "" for none.
        meaning, fix: what the message means here, and what to do.
    """

    output: Tensor | None = None
    layer: str | None = None
    arrived: tuple[int, ...] = ()
    error: str = ""
    meaning: Sentence | None = None
    fix: Sentence | None = None


def try_forward(module: nn.Module, x: Tensor) -> Attempt:
    """Run a network on [N, C, H, W] in eval mode, on a stand-in; never raises for what does not fit."""
    twin = stand_in(module)
    try:
        with torch.no_grad(), _entering(twin) as entered:
            output = twin(x.clone())
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
        layer, arrived = entered[-1] if entered else (None, ())
        message = str(error)
        meaning, fix = diagnose(message, arrived)
        return Attempt(None, layer, arrived, message, meaning, fix)
    if isinstance(output, Tensor):
        return Attempt(output)
    meaning, fix = (Sentence(text, {"kind": type(output).__name__}) for text in _SEVERAL)
    return Attempt(meaning=meaning, fix=fix)


@contextmanager
def _entering(module: nn.Module) -> Iterator[list[tuple[str, tuple[int, ...]]]]:
    """Path and input shape of each leaf while it runs; a leaf that failed stays in the list."""
    entered: list[tuple[str, tuple[int, ...]]] = []

    def enter(path: str, _: nn.Module, inputs: tuple[Any, ...]) -> None:
        entered.append((path, tuple(inputs[0].shape)))

    def leave(*_: object) -> None:
        entered.pop()

    with ExitStack() as hooks:
        for path, leaf in leaves(module).items():
            hooks.enter_context(leaf.register_forward_pre_hook(partial(enter, path)))
            hooks.enter_context(leaf.register_forward_hook(leave))
        yield entered


_NUMBERS = r"(?P<{}>\d+) ?x ?(?P<{}>\d+)"

_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        r"cannot be multiplied \(" + _NUMBERS.format("rows", "columns") + r" and (?P<wanted>\d+)x\d+\)",
        N_("Linear takes vectors of {wanted} numbers, but {columns} arrive in each."),
        N_("Set in_features to {columns}, or change the layers before so that {wanted} numbers arrive."),
    ),
    (
        r"weight of size .* to have (?P<wanted>\d+) channels, but got (?P<channels>\d+) channels",
        N_("The convolution's kernels are {wanted} channels deep, but {channels} channels arrive."),
        N_("Set in_channels to {channels}, the out_channels of the layer before."),
    ),
    (
        r"size per channel: \(" + _NUMBERS.format("height", "width") + r"\). Kernel size: \("
        r"" + _NUMBERS.format("rows", "columns") + r"\)",
        N_("The kernel spans {rows} x {columns} pixels, dilation included, but the padded maps have only "
           "{height} x {width}."),
        N_("Take a smaller kernel_size or dilation, more padding, or halve the maps less often before."),
    ),
    (
        r"input size: \((?:\d+x)?" + _NUMBERS.format("height", "width") + r"\).*Output size is too small",
        N_("The pooling window is larger than the {height} x {width} maps that arrive: no output is left."),
        N_("Take a smaller kernel_size, or leave out this pooling or one before."),
    ),
    (
        r"size per channel: \(" + _NUMBERS.format("height", "width") + r"\). Calculated output size",
        N_("The padding of a transposed convolution crops its output, and of {height} x {width} maps it "
           "leaves nothing."),
        N_("Take less padding, or a larger kernel_size or stride."),
    ),
    (
        r"pad should be at most half of .* got pad=(?P<padding>\d+), kernel_size=(?P<size>\d+)",
        N_("Padding {padding} is more than half of kernel_size {size}: some windows would be all padding."),
        N_("Set padding to half of kernel_size at most."),
    ),
    (
        r"running_mean should contain (?P<channels>\d+) elements not (?P<wanted>\d+)",
        N_("Batch norm keeps a mean and a variance for {wanted} channels, but {channels} arrive."),
        N_("Set num_features to {channels}, the out_channels of the layer before."),
    ),
    (
        r"expected 4D input|to conv\w+, but got input of size|3D or 4D|Dimension out of range",
        N_("This layer works on maps [N, C, H, W], but {arrived} arrives: the rows and columns are gone."),
        N_("Move this layer in front of the flatten and the Linear layers."),
    ),
    (
        r"is invalid for input of size (?P<size>\d+)",
        N_("The view asks for another number of values than the {size} that one batch has here."),
        N_("Count channels x height x width at this place, or use nn.Flatten, which counts by itself."),
    ),
)  # fmt: skip

_SPATIAL = (
    N_("Linear takes vectors of {wanted} numbers, but maps {arrived} arrive: it multiplies along their last "
       "axis only, {rows} rows of {columns}."),
    N_("Put nn.Flatten in front of it: each picture becomes a vector of {entries}, its in_features."),
)  # fmt: skip

_SEVERAL = (
    N_("The network returns a {kind}, not one tensor."),
    N_("Return the tensor that is wanted, or take it out of the {kind} in a module around the network."),
)

_UNKNOWN = (
    N_("PyTorch could not run this layer on {arrived}."),
    N_("Read PyTorch's message above; compare the shape that arrives with what the layer takes."),
)


def diagnose(message: str, arrived: tuple[int, ...]) -> tuple[Sentence, Sentence]:
    """(What PyTorch's message means, how to fix it), by the shape that reached the failing layer, or ()."""
    values: dict[str, object] = {"arrived": list(arrived), "entries": math.prod(arrived[1:])}
    meaning, fix = _UNKNOWN
    for pattern, *known in _MEANINGS:
        if match := re.search(pattern, message, re.DOTALL):
            values |= match.groupdict()
            meaning, fix = _SPATIAL if len(arrived) == 4 and "mat1" in message else known
            break
    return Sentence(meaning, values), Sentence(fix, values)
