"""What lies below the network lab: one experiment at a time, so that only the chosen one is computed."""

import streamlit as st
import torch
from torch import Tensor, nn

from convlab.convolution import kernels, pooling
from convlab.networks import designs, footprint, pitfalls, recording, shape_errors
from convlab.networks.graph import INPUT
from convlab.networks.receptive_field import Row, formulas, window_of
from convlab.pictures import drawings, images, photographs
from convlab.snippets import network as network_snippets
from convlab.ui import figures, frame, networks
from convlab.ui.boundary import say
from convlab.ui.code_panel import code_panel
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.forward import ForwardPass, show_failure
from convlab.ui.feature_maps.lab import unit_at
from convlab.ui.picture import Picture, working_picture
from convlab.ui.words import _, prose

EFFECTIVE_PHOTOS = ("astronaut", "cat", "coffee", "rocket", "camera", "coins", "brick", "gravel")


def experiments(state: State, forward: ForwardPass, picture: Picture) -> None:
    """Let the learner choose an experiment, and show it."""
    offered = {
        "notice": (_("What to notice"), None),
        "field": (_("Receptive field, three ways"), _field),
        "pooling": (_("Pooling compared"), _pooling),
        "cross": (_("Find the large cross"), _cross),
        "compare": (_("Trained and untrained"), _compare),
        "fit": (_("When layers do not fit"), _fit),
        "code": (_("PyTorch code"), _code),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, forward, picture, without_prose=("code",))


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}×{pair[1]}"


def _field_table(forward: ForwardPass) -> None:
    rows = list(forward.fields.values())
    st.table(
        {
            _("Layer"): [row.layer.name for row in rows],
            _("Kind"): [row.layer.kind for row in rows],
            _("Size (px)"): [_("differs") if row.differs else _pair(row.field.size) for row in rows],
            _("Jump (px)"): [_("differs") if row.differs else _pair(row.field.jump) for row in rows],
            _("Start (px)"): [_("differs") if row.differs else _pair(row.field.start) for row in rows],
            _("How the size comes about"): [_arithmetic(row) for row in rows],
        }
    )


def _arithmetic(row: Row) -> str:
    """Size = size before + (kernel - 1) * dilation * jump before, with the numbers filled in (rows only)."""
    if len(row.sizes) > 1:
        return _("paths of {sizes}: the largest counts").format(sizes=", ".join(map(_pair, row.sizes)))
    size, _jump, _start = formulas(row, 0) if row.layer.window else ("", "", "")
    return size.replace("-", " − ").replace("*", " · ")


def _field(state: State, forward: ForwardPass, picture: Picture) -> None:
    name, unit = unit_at(state.value, forward)
    if name == INPUT:
        st.info(_("Choose a layer above: a pixel of the input sees only itself."), icon=":material/info:")
        _field_table(forward)
        return
    row = forward.fields[name]
    exact = footprint.footprint(forward.network, name, unit)
    effective = footprint.effective(forward.network, name, unit, _pictures(picture))
    view = window_of(row, unit, (exact.shape[0], exact.shape[1]))
    formula = torch.zeros(exact.shape)
    formula[slice(*view.real_rows), slice(*view.real_cols)] = 1
    st.markdown(_("**{layer}, unit {unit}**").format(layer=name, unit=", ".join(map(str, unit))))
    strength = effective / (float(effective.max()) or 1.0)
    names = _("By the formula"), _("By autograd, exact"), _("Effective: mean gradient size")
    figures.mask_row(list(zip(names, (formula, exact.float(), strength), strict=True)), "field")
    window = " × ".join(str(stop - first) for first, stop in (view.rows, view.cols))
    help_text = _("Gradient above 0 in at least one of the pictures.")
    with st.container(horizontal=True):
        st.metric(_("Window by the formula (px)"), window)
        st.metric(_("Pixels by the formula"), int(formula.sum()))
        st.metric(_("Pixels by autograd"), int(exact.sum()))
        st.metric(_("Pixels that change it"), int((effective > 0).sum()), help=help_text)
        st.metric(_("Above half of the strongest"), int((strength > 0.5).sum()))
    _field_table(forward)


def _pictures(picture: Picture) -> Tensor:
    """The picture and the bundled photographs, [N, C, H, W], all prepared alike."""
    channels, side, _width = picture.pixels.shape
    listed = [picture.values]
    for key in EFFECTIVE_PHOTOS:
        values = images.to_float(images.working(photographs.photograph(key), side, grey=channels == 1))
        listed.append(images.normalise(values, picture.mean, picture.std))
    return torch.stack(listed)


def _pooling(state: State, forward: ForwardPass, picture: Picture) -> None:
    name, unit = unit_at(state.value, forward)
    output = forward.output(name)
    if output.dim() != 3 or min(output.shape[1:]) < 2:
        st.info(_("Choose a layer above with maps of 2 × 2 or more."), icon=":material/info:")
        return
    halved, whole = pooling.halve(output[unit[0]]), _("{layer}, map {n}").format(layer=name, n=unit[0])
    names = whole, _("Max pooling"), _("Average pooling"), _("3×3 mean, stride 2")
    maps = output[unit[0]], halved.largest, halved.mean, halved.strided
    figures.map_row(list(zip(names, maps, strict=True)), "pooling")
    figures.mask_row([(_("White: what max pooling kept"), halved.survivors.float())], "survivors")
    share = float(halved.survivors.float().mean())
    st.metric(_("Values that survive max pooling"), f"{share:.0%}")


def _cross(state: State, forward: ForwardPass, picture: Picture) -> None:
    with st.container(horizontal=True):
        st.text_input(_("First kernel"), width=320, **state.bind("first_kernel"))
        st.text_input(_("Second kernel"), width=320, **state.bind("second_kernel"))
    if (reason := state.unfit()) is not None:
        say(reason, "warning")
    chosen = state.value
    first, second = kernels.parse(chosen.first_kernel), kernels.parse(chosen.second_kernel)
    small = {"size": 16, "colour": "grey", "normalised": False}
    crosses = [
        images.to_float(images.working(drawings.draw(name, 8), 8, grey=True))[0]
        for name in ("large_cross", "small_cross")
    ]
    pictures = [*crosses, working_picture(chosen.model_copy(update=small))[0].values[0]]
    stages = [pooling.two_kernels(image, first, second) for image in pictures]
    end = figures.largest(*(stage.found for stage in stages[:2]))
    titles = _("Large cross"), _("Small crosses"), _("Your picture")
    for title, image, stage in zip(titles, pictures, stages, strict=True):
        peak = _("peak {value:.3g}").format(value=float(stage.found.max()))
        names = title, _("First kernel"), _("Max pooling"), f"{_('Second kernel')}: {peak}"
        maps = image, stage.convolved, stage.pooled, stage.found
        figures.map_row(list(zip(names, maps, strict=True)), f"cross-{title}", end)


def _compare(state: State, forward: ForwardPass, picture: Picture) -> None:
    if state.value.network not in networks.TRAINED:
        sentence = _("Trained weights are bundled for {names}: choose one of these networks above.")
        st.info(sentence.format(names=", ".join(networks.TRAINED)))
        return
    name, design = unit_at(state.value, forward)[0], state.value.network
    untrained = networks.random_model(design, state.value.seed)
    pairs = [(_("Trained"), networks.bundled_model(design)), (_("Untrained"), untrained)]
    for title, model in pairs:
        output = recording.record(model.probe.network, picture.values[None]).outputs[name][0]
        maps = output if output.dim() == 3 else output[None, None]
        shown = [(f"{title}, {n}", values) for n, values in enumerate(maps[:8])]
        figures.map_row(shown, f"compare-{title}", figures.largest(*maps), width=140)


def _chapter_code() -> str:
    return "nn.MaxPool2d(2),\nnn.Linear(8 * 8 * 8, 32),  # what belongs between the two?"


def _fit(state: State, forward: ForwardPass, picture: Picture) -> None:
    st.code(_chapter_code(), language="python", wrap_lines=True)
    broken = designs.seeded(lambda: designs.sequential_net(flatten=False), 0)
    show_failure(shape_errors.try_forward(broken, torch.zeros(1, *designs.INPUT_SHAPE)))
    st.markdown(prose("feature_maps", "registered"))
    counts = {"list": pitfalls.registered(False), "nn.ModuleList": pitfalls.registered(True)}
    found = list(counts.values())
    st.table({_("Submodules kept in"): list(counts), _("Parameters that PyTorch finds"): found})
    st.markdown(prose("feature_maps", "without_super"))
    st.code(f"AttributeError: {pitfalls.without_super()}", language=None, wrap_lines=True)
    st.markdown(prose("feature_maps", "hooks"))
    runs = {"module(x)": pitfalls.hooks_run(True), "module.forward(x)": pitfalls.hooks_run(False)}
    st.table({_("Called as"): list(runs), _("Times that its hook ran"): list(runs.values())})


def _code(state: State, forward: ForwardPass, picture: Picture) -> None:
    controls, model = state.value, forward.model
    if isinstance(module := model.probe.network, nn.Sequential) and controls.own_stack:
        network = network_snippets.stack(picture.code, module, controls.seed)
    else:
        design, options = model.match.design, model.match.options
        network = network_snippets.network(
            picture.code, design, options, controls.seed, model.weights_file or None
        )
    code_panel(network, "network.py")
    name, unit = unit_at(controls, forward)
    if name != INPUT:
        st.markdown(prose("feature_maps", "field_code"))
        code_panel(network_snippets.receptive_field(forward.network, name, unit), "receptive_field.py")
