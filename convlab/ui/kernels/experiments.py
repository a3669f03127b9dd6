"""What lies below the lab: one experiment at a time, so that only the chosen one is computed."""

from dataclasses import replace
from functools import lru_cache

import streamlit as st
import torch

from convlab.chapter import errata
from convlab.convolution import arithmetic, conv2d, equivariance, kernels, learning
from convlab.errors import UserError
from convlab.networks import designs
from convlab.snippets import convolution
from convlab.ui import figures, frame, startup
from convlab.ui.code_panel import code_panel
from convlab.ui.components.learning_player import learning_player
from convlab.ui.kept import kept
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.numbers import listed
from convlab.ui.picture import Picture, smaller, working_picture
from convlab.ui.widgets import choose, number, slider, toggle
from convlab.ui.words import _, prose

LEARNING_PX = 64
MATRIX_PX = 8
MOMENTUM = 0.9


def experiments(state: State, picture: Picture) -> None:
    """Let the learner choose an experiment, and show it."""
    offered = {
        "notice": (_("What to notice"), None),
        "code": (_("PyTorch code"), _code),
        "matrix": (_("As a matrix"), _matrix),
        "shift": (_("Shift the picture"), _shift),
        "learn": (_("Learn this kernel"), _learn),
        "parameters": (_("Parameters"), _parameters),
        "errata": (_("Slips in the book"), _errata),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, picture, without_prose=("code",))


def _code(state: State, picture: Picture) -> None:
    controls = state.value
    code = convolution.convolution(picture.code, controls.weights, controls.channels, controls.settings)
    code_panel(code, "convolution.py")


def _small(controls: KernelsControls) -> Picture:
    """The middle of the picture at 8 px, matrix_size x matrix_size."""
    whole, _notice = working_picture(smaller(controls, MATRIX_PX))
    side, size = whole.pixels.shape[-1], controls.matrix_size
    start = (side - size) // 2
    end = start + size
    code = f"{whole.pixels_code}\npixels = pixels[:, {start}:{end}, {start}:{end}]"
    return replace(whole, pixels=whole.pixels[:, start:end, start:end], pixels_code=code)


def _matrix(state: State, picture: Picture) -> None:
    choose(state, "matrix_size", _("Size of the small picture (px)"), as_buttons=True)
    controls = state.value
    small, kernel, settings = _small(controls), controls.weights, controls.settings
    size, channels = controls.matrix_size, controls.channels
    shape = conv2d.geometry(size, size, controls.kernel_size, settings)
    matrix = arithmetic.tied_matrix(kernel, channels, size, size, settings)
    by_layer = conv2d.pre_activation(small.values, kernel, settings).flatten()
    difference = float((matrix @ small.values.flatten() + settings.bias - by_layer).abs().max())
    zeros = int((matrix == 0).sum())
    share, counted = f"{zeros / matrix.numel():.1%}", f"{zeros:,} / {matrix.numel():,}"
    with st.container(horizontal=True):
        st.metric(_("Shape of the matrix"), f"{matrix.shape[0]} × {matrix.shape[1]}")
        st.metric(_("Entries that are 0"), share, help=counted)
        st.metric(_("Different weights in it"), kernels.per_channel(kernel, channels).numel())
        st.metric(_("matrix @ x + bias against Conv2d"), f"{difference:.1e}", help=_("Largest difference."))
    text = _("output ({r}, {c}) from pixel ({y}, {x}) of channel {channel}: {weight}")

    def words(row: int, column: int) -> str:
        r, c = divmod(row, shape.out_width)
        channel, place = divmod(column, size**2)
        y, x = divmod(place, size)
        weight = kernels.number(float(matrix[row, column]))
        return text.format(r=r, c=c, channel=channel, y=y, x=x, weight=weight)

    hover = [[words(row, column) for column in range(matrix.shape[1])] for row in range(matrix.shape[0])]
    rows, columns = _("output pixel, row by row"), _("input value, row by row, channel by channel")
    figures.show(figures.matrix_figure(matrix, hover, rows, columns), "kernels.matrix", 420)
    code_panel(convolution.matrix(small.code, kernel, channels, size, size, settings), "matrix.py")


def _shift(state: State, picture: Picture) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slider(state, "shift_x", _("To the right (px)"), width=260)
        slider(state, "shift_y", _("Down (px)"), width=260)
        toggle(state, "wrap", _("What leaves comes back at the other side"))
    controls = state.value
    kernel, settings = controls.weights, controls.settings
    shift = (controls.shift_x, controls.shift_y, controls.wrap)
    result = equivariance.equivariance(picture.values, kernel, settings, *shift)
    maps = [(_("Shifted, then convolved"), result.conv_of_shifted)]
    if result.shifted_conv is None or result.difference is None:
        sentence = _(
            "Stride {stride} does not divide this shift: the map would have to move by part of a pixel."
        )
        st.info(sentence.format(stride=settings.stride), icon=":material/info:")
        figures.map_row(maps, "shift")
    else:
        still = conv2d.convolve(picture.values, kernel, settings)
        maps = [(_("Convolved, not shifted"), still), *maps]
        maps.append((_("Convolved, then shifted"), result.shifted_conv))
        maps.append((_("Difference of the two"), result.difference))
        figures.map_row(maps, "shift")
        with st.container(horizontal=True):
            st.metric(_("Largest difference"), f"{result.largest:.3g}")
            st.metric(_("Largest difference away from the borders"), f"{result.largest_inside:.3g}")
    code_panel(convolution.shift(picture.code, kernel, controls.channels, settings, *shift), "shift.py")


def _learn(state: State, picture: Picture) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate_help = _("0 takes 0.9 of the largest stable rate; half of it with momentum.")
        number(state, "learning_rate", _("Learning rate"), width=150, help=rate_help)
        choose(state, "steps", _("Steps"), width=110)
        number(state, "start_seed", _("Seed of the start"), width=140)
        toggle(state, "momentum", _("Momentum {momentum}").format(momentum=MOMENTUM))
    controls = state.value
    small, _notice = working_picture(smaller(controls, LEARNING_PX))
    kernel, settings, momentum = controls.weights, controls.settings, MOMENTUM if controls.momentum else 0.0
    problem = (small.values, kernel, settings)
    rate = controls.learning_rate or learning.sensible_lr(*problem, momentum)
    sentence = _("Learning rate {rate:g}. On this picture SGD is stable below {stable:.3g}, {formula}.")
    formula = _("2 (1 + momentum) over the largest eigenvalue of the Hessian")
    stable = learning.largest_stable_lr(*problem, momentum)
    st.caption(sentence.format(rate=rate, stable=stable, formula=formula))
    run = (rate, controls.steps, controls.start_seed, momentum)
    with st.spinner(_("PyTorch loads its optimisers, once."), show_time=True):
        startup.prepare_optimisers()
    identity = (small.identity, small.mean, controls.kernel, settings, run)
    trajectory = kept("kernels.learning", most=8).get(
        identity, lambda: learning.learn(*problem, rate, controls.steps, controls.start_seed, momentum)
    )
    learning_player(trajectory, key="kernels.learning")
    code_panel(convolution.learning(small.code, kernel, controls.channels, settings, *run), "learning.py")


@lru_cache
def _book_counts() -> dict[str, int]:
    with torch.device("meta"):  # shapes without numbers: no memory, and nobody's random numbers change
        nets = {"net": designs.Net(), "dense": designs.dense_net()}
    return {name: sum(designs.parameter_counts(net)) for name, net in nets.items()}


def _parameters(state: State, picture: Picture) -> None:
    controls = state.value
    counts, refused = {}, {}
    for size in (8, 16, 32, 64, 128, 256):
        try:
            shape = conv2d.geometry(size, size, controls.kernel_size, controls.settings)
            counts[size] = conv2d.parameter_count(controls.channels, shape)
        except UserError as error:
            refused[str(size)] = error
    if not counts:
        raise refused.popitem()[1]
    conv, dense = zip(*((count.conv, count.dense) for count in counts.values()), strict=True)
    lines = [(_("This convolution"), list(conv)), (_("Dense layer, same map"), list(dense))]
    figure = figures.growth_figure([*counts], lines, _("side of the picture (px)"), _("parameters"))
    figures.show(figure, "kernels.growth", 400)
    if refused:
        st.caption(_("This kernel does not fit a picture of {sizes} px.").format(sizes=", ".join(refused)))
    book = _book_counts()
    sentence = _(
        "The book's networks on 3 × 32 × 32: {dense:,} parameters when dense, "
        "{net:,} when convolutional: {ratio:.1f} times fewer."
    )
    st.markdown(sentence.format(**book, ratio=book["dense"] / book["net"]))


def _errata(state: State, picture: Picture) -> None:
    for erratum in errata.ERRATA:
        with st.container(border=True):
            st.markdown(f"**{_(erratum.place)}**")
            st.markdown(prose("kernels", f"erratum_{erratum.key}"))
            lines = {_("The book's line"): erratum.book, _("What it should be"): erratum.right}
            for column, (title, line) in zip(st.columns(2), lines.items(), strict=True):
                column.caption(title)
                column.code(line, language="python", wrap_lines=True)
            facts = erratum.live(picture.values, state.value.weights)
            undefined = _("undefined: the picture's mean is 0")
            values = [undefined if fact.value is None else fact.value for fact in facts]
            listed({_("On your picture"): [_(fact.label) for fact in facts], _("Value"): values})
