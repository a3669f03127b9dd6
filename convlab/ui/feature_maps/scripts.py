"""The scripts of what the page shows: the network on the picture, and the experiments with its maps."""

from collections.abc import Callable

from torch import Tensor, nn

from convlab.convolution import kernels
from convlab.snippets import maps
from convlab.snippets import network as network_snippets
from convlab.ui.feature_maps import excitation, opened
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.lab import unit_at
from convlab.ui.picture import Picture, working_picture

SMALL = {"size": 16, "colour": "grey", "normalised": False}  # a picture as figure 8.8's network takes it
Script = Callable[[FeatureMapsControls, ForwardPass, Picture], str]


def network(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    """The network, on the picture, in the mode that is chosen."""
    code = _bare(controls, forward, picture)
    if forward.beside is not None:
        drawn = len(forward.beside.pixels), controls.draw
        code += network_snippets.in_training(forward.beside.code, *drawn, picture.mean, picture.std)
    if controls.cross:
        return code
    return code + network_snippets.probabilities(forward.unit_names(forward.names[-1]))


def _bare(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    """The network in eval()."""
    model = forward.model
    if isinstance(module := model.probe.network, nn.Sequential) and controls.own_stack:
        return network_snippets.stack(picture.code, module, controls.seed, model.edits)
    if controls.cross:
        return network_snippets.cross(picture.code, *_kernels(controls), model.edits)
    if model.code:
        file = model.weights_file
        return network_snippets.foreign(picture.code, model.code, controls.seed, file, model.edits)
    built = model.match.design, model.match.options, controls.seed, model.weights_file, model.edits
    return network_snippets.network(picture.code, *built)


def _kernels(controls: FeatureMapsControls) -> tuple[Tensor, Tensor]:
    return kernels.parse(controls.first_kernel), kernels.parse(controls.second_kernel)


def _pooling(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    name, unit = unit_at(controls, forward)
    draw = None if forward.beside is None else controls.draw
    pooled = maps.pooled(name, unit[0], draw) if forward.output(name).dim() == 3 else ""
    return maps.behind(network(controls, forward, picture), pooled)


def _cross(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    small = working_picture(controls.model_copy(update=SMALL))[0]
    changed = (forward.model.edits,) if controls.cross else ()
    return maps.crosses(small.code, *_kernels(controls), *changed)


def _compare(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    pair, name = opened.before_and_after(controls, forward.model), unit_at(controls, forward)[0]
    lines = maps.beside(pair.code, name, opened_is_trained=not forward.model.fresh)
    return maps.behind(_bare(controls, forward, picture), lines)


def _excite(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> str:
    name, unit = unit_at(controls, forward)
    others = excitation.searched_code(controls, forward.model, picture)
    normalised = (picture.mean, picture.std) if picture.normalised else None
    regular = controls.jitter, controls.blur, controls.l2
    climb = controls.ascent_steps, controls.ascent_seed, regular
    return maps.behind(
        _bare(controls, forward, picture), maps.excited(others, name, unit, normalised, *climb)
    )


SCRIPTS: dict[str, Script] = {"pooling": _pooling, "cross": _cross, "compare": _compare, "excite": _excite}
