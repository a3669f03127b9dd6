"""What lies below the lab: one experiment at a time, so that only the chosen one is computed."""

import math
from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.convolution import arithmetic, conv2d, kernels, learning
from convlab.convolution.comparison import Layer
from convlab.errors import UserError
from convlab.networks import designs
from convlab.snippets import convolution
from convlab.ui import frame, startup
from convlab.ui.code_panel import code_on_request, code_panel
from convlab.ui.components.learning_player import learning_player
from convlab.ui.components.map_row import map_row, matrix_map
from convlab.ui.kept import kept
from convlab.ui.kernels import compared, matrix_numbers, staged
from convlab.ui.kernels.bank import bank_experiment
from convlab.ui.kernels.controls import State
from convlab.ui.kernels.gradient import gradient_experiment
from convlab.ui.kernels.slips import slips
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import Picture, smaller, working_picture
from convlab.ui.widgets import automatic, choose, number, slider, toggle
from convlab.ui.words import _, enumerated, named

LEARNING_PX = 64
MOMENTUM = 0.9


def experiments(state: State, picture: Picture, first: bool) -> None:
    """Let the learner choose an experiment, and show it; ``first``: as ``frame.experiments``."""
    offered = {
        "notice": (_("What to notice"), None),
        "code": (_("PyTorch code"), _code),
        "matrix": (_("As a matrix"), _matrix),
        "shift": (_("Shift the picture"), _shift),
        "learn": (_("Learn this kernel"), _learn),
        "gradient": (_("Its gradient"), gradient_experiment),
        "parameters": (_("Parameters"), _parameters),
        "bank": (_("A bank of kernels"), bank_experiment),
        "errata": (_("Slips in the book"), slips),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, picture, without_prose=("code",), first=first)


def _code(state: State, picture: Picture) -> None:
    controls = state.value
    code = convolution.convolution(picture.code, controls.weights, controls.channels, controls.settings)
    code_panel(code, "convolution.py")
    if (kept := compared.kept(controls, picture)) is None or kept.output is None:
        return
    st.markdown(_("A, which is kept, beside B, which is on the screen:"))
    a = Layer(kept.layer.kernel[: controls.channels], kept.layer.settings)
    b = Layer(controls.weights, controls.settings)
    try:
        alike = conv2d.convolve(picture.values, b.kernel, b.settings).shape == kept.output.shape
    except UserError:
        return  # the lab says why there is no B
    code_panel(convolution.comparison(picture.code, a, b, controls.channels, alike), "comparison.py")


def _matrix(state: State, picture: Picture) -> None:
    choose(state, "matrix_size", _("Size of the small picture (px)"), as_buttons=True)
    controls = state.value
    small, kernel, settings = staged.small(controls), controls.weights, controls.settings
    size, channels = controls.matrix_size, controls.channels
    shape = conv2d.geometry(size, size, controls.kernel_size, settings)
    matrix = arithmetic.tied_matrix(kernel, channels, size, size, settings)
    by_layer = conv2d.pre_activation(small.values, kernel, settings).flatten()
    difference = float((matrix @ small.values.flatten() + settings.bias - by_layer).abs().max())
    held = arithmetic.tied_places(kernel, channels, size, size, settings)
    with st.container(horizontal=True, key="kernels.shares"):
        st.metric(_("Shape of the matrix"), f"{matrix.shape[0]} × {matrix.shape[1]}")
        _share(_("Always 0: no weight reaches there"), ~held)
        _share(_("0 with these weights"), matrix == 0)
        st.metric(_("Weights that it repeats"), kernels.per_channel(kernel, channels).numel())
        st.metric(_("matrix @ x + bias against Conv2d"), f"{difference:.1e}", help=_("Largest difference."))
    matrix_map(matrix_numbers.KEY, matrix, held, size, shape.out_width)
    shown = (small, matrix, held, shape, settings.bias)
    by_numbers(matrix_numbers.KEY, matrix_numbers.panel, *shown, label=_("The matrix by numbers"))
    code_panel(convolution.matrix(small.code, kernel, channels, size, size, settings), "matrix.py")


def _share(label: str, entries: Tensor) -> None:
    """How many of a matrix's entries are True, as a share; counted in its help."""
    count = int(entries.sum())
    st.metric(label, f"{count / entries.numel():.1%}", help=f"{count:,} / {entries.numel():,}")


def _shift(state: State, picture: Picture) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slider(state, "shift_x", _("To the right (px)"), width=260)
        slider(state, "shift_y", _("Down (px)"), width=260)
        toggle(state, "wrap", _("What leaves comes back at the other side"))
    controls = state.value
    kernel, settings = controls.weights, controls.settings
    shift = (controls.shift_x, controls.shift_y, controls.wrap)
    result = staged.shifts(controls, picture)
    maps = [(_("Shifted, then convolved"), result.conv_of_shifted)]
    if result.shifted_conv is None or result.difference is None:
        sentence = _(
            "Stride {stride} does not divide this shift: the map would have to move by part of a pixel."
        )
        st.info(sentence.format(stride=settings.stride), icon=":material/info:")
        map_row("kernels.shift", maps)
    else:
        still = conv2d.convolve(picture.values, kernel, settings)
        maps = [(_("Convolved, not shifted"), still), *maps]
        maps.append((_("Convolved, then shifted"), result.shifted_conv))
        maps.append((_("Difference of the two"), result.difference))
        map_row("kernels.shift", maps)
        with st.container(horizontal=True):
            st.metric(_("Largest difference"), f"{result.largest:.3g}")
            away = result.inside is not None and bool(result.inside.any())
            inside = f"{result.largest_inside:.3g}" if away else _("no such pixel")
            st.metric(_("Largest difference away from the borders"), inside)
    code_panel(
        convolution.shift(picture.code, kernel, controls.channels, settings, *shift, staged.black(picture)),
        "shift.py",
    )


def _learn(state: State, picture: Picture) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate_help = _("Automatic: 0.9 of the largest stable rate; half of it with momentum.")
        automatic(state, "learning_rate", _("Learning rate"), width=150, help=rate_help)
        choose(state, "steps", _("Steps"), width=110)
        number(state, "start_seed", _("Seed of the start"), width=140)
        toggle(state, "momentum", _("Momentum {momentum}").format(momentum=MOMENTUM))
    controls = state.value
    small, _notice = working_picture(smaller(controls, LEARNING_PX))
    kernel, settings, momentum = controls.weights, controls.settings, MOMENTUM if controls.momentum else 0.0
    problem = (small.values, kernel, settings)
    rate = controls.learning_rate or learning.sensible_lr(*problem, momentum)
    sentence = _("Learning rate {rate:g}. On this picture SGD is stable below {stable:.3g}, {formula}.")
    if not math.isfinite(stable := learning.largest_stable_lr(*problem, momentum)):
        sentence = _("Learning rate {rate:g}. All of this picture has one colour: there is nothing to learn.")
    formula = _("2 (1 + momentum) over the largest eigenvalue of the Hessian")
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
def _book_counts() -> dict[str, list[int]]:
    with torch.device("meta"):  # shapes without numbers: no memory, and nobody's random numbers change
        nets = {"net": designs.Net(), "dense": designs.dense_net()}
    return {name: designs.parameter_counts(net) for name, net in nets.items()}


def _count_at(state: State, side: int) -> conv2d.ParameterCount | None:
    controls = state.value
    try:
        shape = conv2d.geometry(side, side, controls.kernel_size, controls.settings)
    except UserError:
        return None  # the lab says why
    return conv2d.parameter_count(controls.channels, shape)


def _parameters(state: State, picture: Picture) -> None:
    from convlab.ui import figures  # Plotly: the page opens sooner without it

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
    figures.show(figure, "kernels.growth", 320)
    if refused:
        st.caption(_("This kernel does not fit a picture of {sizes} px.").format(sizes=enumerated(refused)))
    side = picture.pixels.shape[-1]
    if (here := _count_at(state, side)) is not None:
        own = _("On the lab's picture, {side} × {side}: {conv:,} parameters; a dense layer has {dense:,}.")
        with st.container(key="kernels.counted"):
            st.markdown(own.format(side=side, conv=here.conv, dense=here.dense))
    with st.container(key="kernels.books"):
        _books_networks()
    given = controls.weights, controls.channels, controls.settings
    code_on_request("kernels.parameters", lambda: convolution.parameters(*given, [*counts]), "parameters.py")


def _books_networks() -> None:
    """How many parameters the book's networks have, layer by layer."""
    dense, net = _book_counts()["dense"], _book_counts()["net"]
    sentence = _(
        "The book's networks on 3 × 32 × 32: {dense:,} parameters when dense, "
        "{net:,} when convolutional: {ratio:.1f} times fewer."
    )
    st.markdown(sentence.format(dense=sum(dense), net=sum(net), ratio=sum(dense) / sum(net)))
    for label, layers in ((_("dense"), dense), (_("convolutional"), net)):
        sums = " + ".join(f"{count:,}" for count in layers)
        st.caption(named(label, f"{sums} = {sum(layers):,}"))
