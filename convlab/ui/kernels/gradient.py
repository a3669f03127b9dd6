"""The experiment "gradient": where on the picture a weight's gradient comes from, and one step of SGD."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from torch import Tensor

from convlab.convolution import conv2d, gradient, kernels
from convlab.convolution.conv2d import Geometry
from convlab.convolution.gradient import Gradient
from convlab.errors import UserError
from convlab.snippets import convolution
from convlab.ui.boundary import keeping
from convlab.ui.code_panel import code_panel
from convlab.ui.components.kernel_gradient import Weight, kernel_gradient, received
from convlab.ui.components.shared import hear, revision
from convlab.ui.kernels import gradient_numbers
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import change_kernel, say_refusal
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import Picture, smaller, working_picture
from convlab.ui.widgets import automatic, choose
from convlab.ui.words import _, sentences

MOST_PX = 32
KEY = "kernels.gradient"


@dataclass(frozen=True)
class Problem:
    """What is shown: the page's kernel, and how the loss against the target's output depends on it."""

    controls: KernelsControls
    picture: Picture
    kernel: Tensor
    target: Tensor
    found: Gradient

    @property
    def rate(self) -> float:
        """The learning rate that is set, or the one that the page finds."""
        return self.controls.gradient_rate or gradient.safe_rate(self.found.met)

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        _channels, height, width = self.picture.pixels.shape
        return conv2d.geometry(height, width, self.controls.kernel_size, self.controls.settings)

    @property
    def padded(self) -> Tensor:
        """What the kernel's weights meet, with ghost pixels: float32 [1 or C, H, W]."""
        met_by = gradient.inputs(self.picture.values, self.kernel)
        return conv2d.padded(met_by, self.geometry, self.controls.padding_mode)

    def stepped(self) -> Tensor:
        """The kernel after a step. Raises UserError where it has a weight that is too large."""
        return gradient.stepped(self.kernel, self.found, self.rate)

    def loss_after(self) -> float | None:
        """The loss after a step; None where none can be taken."""
        try:
            after = self.stepped()
        except UserError:
            return None
        return gradient.loss(self.picture.values, after, self.target, self.controls.settings)


def problem(controls: KernelsControls, kernel: Tensor) -> Problem:
    """The gradient of a kernel [1 or C, kh, kw] of the page's size. Raises UserError where nothing fits."""
    picture = working_picture(smaller(controls, MOST_PX), exact=True)[0]
    target = target_of(controls)
    found = gradient.gradient(picture.values, kernel, target, controls.settings)
    return Problem(controls, picture, kernel, target, found)


def target_of(controls: KernelsControls) -> Tensor:
    """The kernel that the output is compared with, as large as the page's and with as many channels."""
    size = controls.kernel_size
    found = kernels.preset(controls.gradient_target, size, controls.seed)[None]
    return kernels.per_channel(kernels.resize(found, *size), len(controls.weights))


def kept_weight(controls: KernelsControls) -> Weight | None:
    """The weight that stays chosen; None for none, and for one that the kernel does not have."""
    if not controls.gradient_weight:
        return None
    channel, row, column = map(int, controls.gradient_weight.split(","))
    return (channel, row, column) if _has(controls, (channel, row, column)) else None


def _has(controls: KernelsControls, weight: Weight) -> bool:
    return all(at < size for at, size in zip(weight, controls.weights.shape, strict=True))


def gradient_experiment(state: State, _picture: Picture) -> None:
    """Show the gradient, let a step be taken along it, and give the script that computes the same."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = {key: _(preset.title) for key, preset in kernels.PRESETS.items()}
        choose(state, "gradient_target", _("Target: the output of"), titles, width=230)
        rate_help = _("Automatic: 1 over the largest eigenvalue of the loss's Hessian.")
        automatic(state, "gradient_rate", _("Learning rate"), width=150, help=rate_help)
        shown = problem(state.value, state.value.weights)
        _step_and_losses(state, shown)
    say_refusal("gradient")
    st.caption(_about(shown))
    kernel_gradient(
        KEY,
        shown.picture,
        shown.padded,
        shown.kernel,
        shown.controls.settings,
        shown.geometry,
        shown.found,
        kept=kept_weight(shown.controls),
        revision=revision(KEY),
        on_keep=lambda: _take(state),
    )
    by_numbers(KEY, gradient_numbers.panel, *_numbers(state, shown), label=_("The gradient by numbers"))
    arguments = (shown.kernel, shown.target, shown.controls.channels, shown.geometry)
    code = convolution.gradient(shown.picture.code, *arguments, shown.controls.settings, shown.rate)
    code_panel(code, "gradient.py")


def _step_and_losses(state: State, shown: Problem) -> None:
    label = _("Take one step of SGD (rate {rate:g})").format(rate=shown.rate)

    def step() -> None:
        change_kernel(state, lambda kernel: problem(state.value, kernel).stepped(), "gradient")

    st.button(label, key=f"{KEY}.step", on_click=keeping(step), icon=":material/trending_down:")
    after = shown.loss_after()
    st.metric(_("Loss now"), f"{shown.found.loss:.4g}", width="content")
    st.metric(_("Loss after this step"), "—" if after is None else f"{after:.4g}", width="content")


def _about(shown: Problem) -> str:
    controls, count = shown.controls, shown.found.upstream.numel()
    said = [_("L = mean of (y − target)² over {count} places.").format(count=count)]
    if controls.activation != "none":
        formula = _("L = mean of ({name}(y) − target)² over {count} places; y is the sum before {name}.")
        said = [formula.format(name=controls.activation, count=count)]
    if shown.found.loss == 0:
        said.append(_("The outputs are the same: the loss is 0, and so is each gradient."))
    if (size := shown.picture.pixels.shape[-1]) < controls.size:
        said.append(_("The picture is shrunk to {size} px here.").format(size=size))
    if len(shown.kernel) < controls.channels:
        said.append(_("One kernel serves all channels, so x is the sum of red, green and blue."))
    return sentences(*said)


def _numbers(state: State, shown: Problem) -> tuple[Tensor, Gradient, Weight, Callable[[Weight], None]]:
    return shown.kernel, shown.found, kept_weight(shown.controls) or (0, 0, 0), partial(_keep, state)


def _take(state: State) -> None:
    """Keep the weight that the browser has sent with this run, if it sent one."""
    if (sent := received(KEY)) is not None:
        weight, number = sent
        hear(KEY, number)
        if weight is None or _has(state.value, weight):
            _keep(state, weight)


def _keep(state: State, weight: Weight | None) -> None:
    state.change(gradient_weight=",".join(map(str, weight)) if weight else "")
