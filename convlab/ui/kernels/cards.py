"""The convolution's settings as cards: a widget, what it does here in a sentence and in a drawing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from convlab.convolution import conv2d, kernels
from convlab.ui import chooser
from convlab.ui.components.kernel_lab import Shown
from convlab.ui.kernels import drawings
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.drawings import Drawing
from convlab.ui.picture import Picture
from convlab.ui.widgets import automatic, choose, number, toggle
from convlab.ui.words import _, sentences

CARD_PX = 240  # five and "More" beside each other on a projector
DRAWN_RING = 1  # of padding "same": what a kernel of 3 x 3 takes


def cards(state: State, picture: Picture, shown: Shown) -> None:
    """Show padding, stride, dilation, bias and activation, and what is seldom wanted under "More"."""
    controls = state.value
    activations = {"none": _("none"), "relu": "ReLU", "tanh": "tanh", "abs": _("absolute value")}
    ring = DRAWN_RING if controls.padding == "same" else int(controls.padding)
    with st.container(horizontal=True, gap="xsmall", key="kernels.row2"):
        with _card("padding", drawings.scan(padding=ring), _padding(controls, picture, shown)):
            choose(state, "padding", width=80)
            choose(state, "padding_mode", width=116)
        moved = drawings.scan(stride=controls.stride, size=7)
        with _card("stride", moved, _stride(controls, picture, shown)):
            choose(state, "stride", width=100)
        wide = 2 * controls.dilation + 3
        with _card("dilation", drawings.scan(dilation=controls.dilation, size=wide), _dilation(controls)):
            choose(state, "dilation", width=100)
        with _card("bias", drawings.lift(controls.bias), _bias(controls)):
            number(state, "bias", step=0.1, width=140)
        with _card("activation", drawings.curve(controls.activation), _activation(controls, shown)):
            choose(state, "activation", _("Activation"), activations, width=160)
        with st.popover(_("More"), icon=":material/more_horiz:"):
            _more(state)


@contextmanager
def _card(name: str, drawing: Drawing, sentence: str) -> Iterator[None]:
    """The widgets of the block in a row; below them the drawing and the sentence."""
    with st.container(border=True, width=CARD_PX, gap="xsmall", key=f"kernels.card.{name}"):
        with st.container(horizontal=True, gap="xsmall"):
            yield
        st.html(drawings.images(drawing, _("Drawing: {sentence}").format(sentence=sentence)))
        st.caption(sentence)


def _more(state: State) -> None:
    """What is seldom wanted."""
    flip_help = _(
        "Turn the kernel by 180° first. PyTorch does not: what it calls convolution is cross-correlation."
    )
    toggle(state, "flip", _("True convolution"), help=flip_help)
    chooser.choose_normalised(state)
    own = _("the map's own range")
    scales = {"auto": _("automatic"), "own": own, "signed": _("blue to red"), "grey": _("grey")}
    choose(state, "scale", _("Output colours"), scales, width=160)
    limit_help = _(
        "Automatic: 1 where neither picture nor output is below 0, else the map's own largest value. "
        "A number keeps colours comparable between edits."
    )
    automatic(state, "scale_limit", _("Scale ends at"), step=0.5, width=160, help=limit_help)
    equal_help = _(
        "On: a pixel of the output is as large as one of the input, so a stride of 2 halves the picture. "
        "Off: each picture fills its place."
    )
    toggle(state, "equal_pixels", _("Equal pixel size"), help=equal_help)


def _sides(controls: KernelsControls, picture: Picture, **changed: Any) -> str | None:
    """Height and width of the output with some settings changed; None where no window fits."""
    settings = controls.settings.model_copy(update=changed)
    left, right, top, bottom = conv2d.padding_amounts(controls.kernel_size, settings)
    axes = zip(picture.pixels.shape[1:], controls.kernel_size, ((top, bottom), (left, right)), strict=True)
    steps = settings.stride, settings.dilation
    high, wide = (conv2d.output_size(n, k, *ghosts, *steps) for n, k, ghosts in axes)
    return _size(high, wide) if min(high, wide) > 0 else None


def _size(height: int, width: int) -> str:
    """One number for a square."""
    return str(height) if height == width else f"{height} × {width}"


def _becomes(shown: Shown) -> str | None:
    """The size of the output; None where there is none."""
    return None if shown.output is None else _size(*shown.output.shape)


def _padding(controls: KernelsControls, picture: Picture, shown: Shown) -> str:
    before, after = _size(*picture.pixels.shape[1:]), _becomes(shown)
    bare = _sides(controls, picture, padding=0)
    if controls.padding == "0":
        said = _("No ghost pixels: the window stays inside the picture.")
        return said if after is None else sentences(said, _("{n} becomes {m}.").format(n=before, m=after))
    if controls.padding == "same":
        said = _("As many ghost pixels as keep the size.")
    elif controls.padding == "1":
        said = _("A ring of ghost pixels.")
    else:
        said = _("{count} rings of ghost pixels.").format(count=controls.padding)
    said = f"{said} {_ghosts(controls)}"
    if after is None:
        return said
    if bare is None:
        return sentences(said, _("{n} becomes {m}.").format(n=before, m=after))
    return sentences(said, _("{n} becomes {m} instead of {bare}.").format(n=before, m=after, bare=bare))


def _ghosts(controls: KernelsControls) -> str:
    """What ghost pixels hold."""
    if controls.padding_mode == "zeros":
        return _("They hold 0, here the mean colour.") if controls.normalised else _("They hold 0, black.")
    return {
        "reflect": _("They mirror the picture."),
        "replicate": _("They repeat its border."),
        "circular": _("They come from its other side."),
    }[controls.padding_mode]


def _stride(controls: KernelsControls, picture: Picture, shown: Shown) -> str:
    if controls.stride == 1:
        return _("The window moves on by 1 pixel: no place is left out.")
    said = _("The window moves on by {stride} pixels.").format(stride=controls.stride)
    sizes = {"n": _size(*picture.pixels.shape[1:]), "m": _becomes(shown)}
    sizes["bare"] = _sides(controls, picture, stride=1)
    if None in sizes.values():
        return said
    return sentences(said, _("{n} becomes {m} instead of {bare}.").format(**sizes))


def _dilation(controls: KernelsControls) -> str:
    (kh, kw), step = controls.kernel_size, controls.dilation
    if step == 1:
        return _("The taps lie side by side: {kh} × {kw} pixels make one output.").format(kh=kh, kw=kw)
    said = _("Every tap stands {step} pixels from the next: {kh} × {kw} weights span {high} × {wide}.")
    high, wide = step * (kh - 1) + 1, step * (kw - 1) + 1
    return said.format(step=step, kh=kh, kw=kw, high=high, wide=wide)


def _bias(controls: KernelsControls) -> str:
    if controls.bias == 0:
        return _("Nothing is added to the sum of the products.")
    said = _("{bias} is added to every sum, wherever the window stands.")
    return said.format(bias=kernels.number(controls.bias))


def _activation(controls: KernelsControls, shown: Shown) -> str:
    said = {
        "none": _("The sum is the output."),
        "relu": _("A sum below 0 becomes 0."),
        "tanh": _("Every sum is pressed between −1 and 1."),
        "abs": _("The sign is dropped: rising and falling edges look alike."),
    }[controls.activation]
    if controls.activation != "relu" or shown.output is None:
        return said
    zeros, count = int((shown.output == 0).sum()), shown.output.numel()
    zero = _("{zeros} of {count} outputs are 0.").format(zeros=f"{zeros:,}", count=f"{count:,}")
    return sentences(said, zero)
