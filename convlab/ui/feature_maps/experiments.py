"""What lies below the network lab: one experiment at a time, so that only the chosen one is computed."""

from functools import partial

import streamlit as st
import torch
from torch import Tensor

from convlab.convolution import pooling
from convlab.errors import UserError
from convlab.networks import designs, footprint, recording, registration, shape_errors
from convlab.networks.graph import INPUT
from convlab.networks.receptive_field import Row, formulas, window_of
from convlab.pictures import drawings, images
from convlab.snippets import network as network_snippets
from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui import figures, frame, networks, scales
from convlab.ui.boundary import keeping, say
from convlab.ui.code_panel import code_on_request, code_panel, download
from convlab.ui.failures import show_failure
from convlab.ui.feature_maps import batch, opened, scripts
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.excitation import excitement
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.lab import unit_at
from convlab.ui.feature_maps.mode import modes_compared
from convlab.ui.feature_maps.toolbar import open_cross
from convlab.ui.networks import Model
from convlab.ui.picture import Picture, working_picture
from convlab.ui.words import _, enumerated, escaped, named, prose

_MOST_NAMED = 10  # layers in a sentence
EFFECTIVE_PHOTOS = ("astronaut", "cat", "coffee", "rocket", "camera", "coins", "brick", "gravel", "horse")


def experiments(state: State, forward: ForwardPass, picture: Picture, first: bool) -> None:
    """Let the learner choose an experiment, and show it; ``first``: as ``frame.experiments``."""
    offered = {
        "notice": (_("What to notice"), _notice),
        "field": (_("Receptive field, three ways"), _field),
        "pooling": (_("Pooling compared"), _pooling),
        "cross": (_("Find the large cross"), _cross),
        "compare": (_("Trained and untrained"), _compare),
        "modes": (_("train() and eval()"), modes_compared),
        "excite": (_("What excites this unit"), excitement),
        "fit": (_("When layers do not fit"), _fit),
        "code": (_("PyTorch code"), _code),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, forward, picture, without_prose=("code",), first=first)
    name = state.value.experiment
    if name in scripts.SCRIPTS:
        make = partial(_script, name, state, forward, picture)
        code_on_request(f"feature_maps.{name}", make, f"{name}.py")


def _script(name: str, state: State, forward: ForwardPass, picture: Picture) -> str:
    """The script of an experiment, below the files that it reads."""
    if forward.model.source.startswith("run:") and name != "cross":
        _offer_weights(forward.model)
        if name == "compare" and forward.model.epoch and 0 in _run(forward.model).epochs_stored():
            _download(forward.model, 0)
    return scripts.SCRIPTS[name](state.value, forward, picture)


def _notice(state: State, forward: ForwardPass, picture: Picture) -> None:
    """Shapes and receptive fields of the network that is open."""
    shapes, sees = changing_shapes(forward), [row for row in forward.fields.values() if row.layer.window]
    lines = [_("The maps change in number and size: {shapes}."), _("The window grows: {windows} px.")]
    windows = [f"{escaped(row.layer.name)} {_pair(row.field.size)}" for row in sees if not row.differs]
    told = {
        "shapes": enumerated(f"{escaped(name)} {shape}" for name, shape in shapes[:_MOST_NAMED]),
        "windows": enumerated(windows[:_MOST_NAMED]),
    }
    st.markdown("**" + _("The network that is open") + "**")
    st.markdown("\n".join(f"- {line.format(**told)}" for line in lines[: 1 + bool(windows)]))


def changing_shapes(forward: ForwardPass) -> list[tuple[str, str]]:
    """The input and the layers that put out another shape than what came before: "16×32×32"."""
    named = [(name, "×".join(map(str, forward.output(name).shape))) for name in forward.names]
    return [one for n, one in enumerate(named) if n == 0 or one[1] != named[n - 1][1]]


def _pair(pair: tuple[int, int], between: str = "×") -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}{between}{pair[1]}"


def _field_table(forward: ForwardPass) -> None:
    rows = list(forward.fields.values())
    st.table(
        {
            _("Layer"): [row.layer.name for row in rows],
            _("Kind"): [row.layer.kind for row in rows],
            _("Size (px)"): [_("differs") if row.differs else _pair(row.field.size) for row in rows],
            _("Jump (px)"): [_("differs") if row.differs else _pair(row.field.jump, ", ") for row in rows],
            _("Start (px)"): [_("differs") if row.differs else _pair(row.field.start, ", ") for row in rows],
            _("How the size comes about"): [_arithmetic(row) for row in rows],
        }
    )


def _arithmetic(row: Row) -> str:
    """Size = size before + (kernel - 1) * dilation * jump before, with the numbers filled in."""
    if len(row.sizes) > 1:
        return _("paths of {sizes}: the largest counts").format(sizes=enumerated(map(_pair, row.sizes)))
    if row.layer.window is None:
        return ""
    down, across = (formulas(row, axis)[0].replace("-", " − ").replace("*", " · ") for axis in (0, 1))
    if down == across:
        return down
    return _("rows: {down}; columns: {across}").format(down=down, across=across)


def _field(state: State, forward: ForwardPass, picture: Picture) -> None:
    name, unit = unit_at(state.value, forward)
    if name == INPUT:
        st.info(_("Choose a layer above: a pixel of the input sees only itself."), icon=":material/info:")
        _field_table(forward)
        return
    row = forward.row(name, unit)
    assert row is not None
    exact = footprint.footprint(forward.network, name, unit)
    effective = footprint.effective(forward.network, name, unit, _pictures(state.value.picture, picture))
    view = window_of(row, unit, (exact.shape[0], exact.shape[1]))
    formula = torch.zeros(exact.shape)
    formula[slice(*view.real_rows), slice(*view.real_cols)] = 1
    st.markdown(_("**{layer}, unit {unit}**").format(layer=name, unit=", ".join(map(str, unit))))
    strength = effective / (float(effective.max()) or 1.0)
    names = _("By the formula"), _("By autograd, exact"), _("Effective: mean gradient size")
    figures.mask_row(list(zip(names, (formula, exact.float(), strength), strict=True)), "field")
    window = " × ".join(str(stop - first) for first, stop in (view.rows, view.cols))
    help_text = _("Gradient above 0 in at least one of the pictures.")
    with st.container(horizontal=True, key="feature_maps.counted"):
        st.metric(_("Window by the formula (px)"), window)
        st.metric(_("Pixels by the formula"), int(formula.sum()))
        st.metric(_("Pixels by autograd"), int(exact.sum()))
        st.metric(_("Pixels that change it"), int((effective > 0).sum()), help=help_text)
        st.metric(_("Above half of the strongest"), int((strength > 0.5).sum()))
    _field_table(forward)


def _pictures(chosen: str, picture: Picture) -> Tensor:
    """The picture and eight other photographs, [9, C, H, W], all prepared alike."""
    keys = [key for key in EFFECTIVE_PHOTOS if chosen != f"photo:{key}"][:8]
    others = batch.photographs(picture, keys)
    return torch.cat([picture.values[None], batch.entering(others, picture)])


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
    with st.container(key="feature_maps.survivors"):
        st.metric(_("Values that survive max pooling"), f"{share:.0%}")


def _cross(state: State, forward: ForwardPass, picture: Picture) -> None:
    with st.container(horizontal=True):
        st.text_area(_("First kernel"), width=320, height=92, **state.bind("first_kernel"))
        st.text_area(_("Second kernel"), width=320, height=92, **state.bind("second_kernel"))
    if not state.value.cross:
        label, icon = _("Open this network above"), ":material/account_tree:"
        st.button(
            label, icon=icon, on_click=keeping(open_cross), args=(state,), key="feature_maps.open_cross"
        )
    if (reason := state.unfit()) is not None:
        say(reason, "warning")
    chosen = state.value
    model = forward.model if chosen.cross else networks.cross_model(chosen.first_kernel, chosen.second_kernel)
    crosses = [
        images.to_float(images.working(drawings.draw(name, 8), 8, grey=True))
        for name in ("large_cross", "small_cross")
    ]
    pictures = [*crosses, working_picture(chosen.model_copy(update=scripts.SMALL))[0].values]
    rows = [_cross_stages(model, image) for image in pictures]
    end = scales.largest(*(values for row in rows for values in row))
    titles = _("Large cross"), _("Small crosses"), _("Your picture")
    for title, maps in zip(titles, rows, strict=True):
        peak = _("peak {value:.3g}").format(value=float(maps[-1].max()))
        names = title, _("First kernel"), _("Max pooling"), named(_("Second kernel"), peak)
        figures.map_row(list(zip(names, maps, strict=True)), f"cross-{title}", end)


def _cross_stages(model: Model, image: Tensor) -> list[Tensor]:
    """A picture [1, H, W], and what each kernel and the pool between them make of it, [H, W] each."""
    outputs = recording.record(model.probe.network, image[None]).outputs
    return [outputs[name][0, 0] for name in (INPUT, "conv1", "pool1", "conv2")]


def _compare(state: State, forward: ForwardPass, picture: Picture) -> None:
    try:
        pair = opened.before_and_after(state.value, forward.model)
    except UserError as error:
        say(error)
        return
    titles, name = (_("Trained"), _("Untrained")), unit_at(state.value, forward)[0]
    for title, network, told in zip(titles, (pair.trained, pair.untrained), pair.names, strict=True):
        st.markdown(f"**{title}**: {told}")
        output = recording.record(network, picture.values[None]).outputs[name][0]
        maps = output if output.dim() == 3 else output[None, None]
        shown = [(f"{title}, {n}", values) for n, values in enumerate(maps[:8])]
        figures.map_row(shown, f"compare-{title}", scales.largest(*maps), width=140)


def _chapter_code() -> str:
    return "nn.MaxPool2d(2),\nnn.Linear(8 * 8 * 8, 32),  # what belongs between the two?"


def _fit(state: State, forward: ForwardPass, picture: Picture) -> None:
    st.code(_chapter_code(), language="python", wrap_lines=True)
    broken = designs.seeded(lambda: designs.sequential_net(flatten=False), 0)
    show_failure(shape_errors.try_forward(broken, torch.zeros(1, *designs.INPUT_SHAPE)))
    st.markdown(prose("feature_maps", "registered"))
    counts = {
        "list": registration.registered("list").parameters,
        "nn.ModuleList": registration.registered("ModuleList").parameters,
    }
    found = list(counts.values())
    st.table({_("Submodules kept in"): list(counts), _("Parameters that PyTorch finds"): found})
    st.markdown(prose("feature_maps", "without_super"))
    st.code(f"AttributeError: {registration.without_super()}", language=None, wrap_lines=True)
    st.markdown(prose("feature_maps", "hooks"))
    runs = {
        "module(x)": registration.hooks_run(1, 0).net,
        "module.forward(x)": registration.hooks_run(0, 1).net,
    }
    st.table({_("Called as"): list(runs), _("Times that its hook ran"): list(runs.values())})


def _offer_weights(model: Model) -> None:
    """The file that the script of a run loads."""
    st.markdown(prose("feature_maps", "weights_code"))
    _download(model, model.epoch)


def _run(model: Model) -> Run:
    return runs.get(model.source.removeprefix("run:"))


def _download(model: Model, epoch: int) -> None:
    name, file = networks.weights_of(_run(model), epoch)
    label, key = _("Download {file}").format(file=name), f"feature_maps.weights_file.{epoch}"
    download(label, file.read_bytes, name, key, icon=":material/download:")


def _code(state: State, forward: ForwardPass, picture: Picture) -> None:
    if forward.model.source.startswith("run:"):
        _offer_weights(forward.model)
    code_panel(scripts.network(state.value, forward, picture), "network.py")
    name, unit = unit_at(state.value, forward)
    if name != INPUT:
        st.markdown(prose("feature_maps", "field_code"))
        code_panel(network_snippets.receptive_field(forward.network, name, unit), "receptive_field.py")
