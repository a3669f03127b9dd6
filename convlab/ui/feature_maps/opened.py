"""What network is open: its name, classes and normalisation in words, its weights, and its untrained twin."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import nn

from convlab.errors import N_, UserError
from convlab.networks import foreign as networks_foreign
from convlab.networks import pretrained
from convlab.networks.designs import DESIGNS
from convlab.probing import bundled
from convlab.snippets import maps
from convlab.training import network, runs
from convlab.ui import foreign, networks
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.mode import mode_words
from convlab.ui.networks import Model, bundled_key
from convlab.ui.picture import Picture
from convlab.ui.runs import labels
from convlab.ui.words import REMARKS, _, enumerated, escaped, named

_MOST_NAMED = 6  # classes that the line names


def opened_line(controls: FeatureMapsControls, forward: ForwardPass, picture: Picture) -> None:
    """Name, parameters, classes, and how the picture enters, in a line; in train() what that changes."""
    words = mode_words(controls, forward)
    if controls.mode == "train":  # in the place of the rest: what stands below does not move
        with st.container(key="feature_maps.training"):
            st.caption(enumerated(filter(None, [_changed(forward.model), words]), REMARKS))
        return
    parts = [
        f"**{title(controls, forward.model.own)}**",
        _changed(forward.model),
        _parameters(forward),
        _outputs(forward),
        _side(controls, forward),
        _left_out(forward),
        _normalisation(forward.model, picture),
    ]
    with st.container(key="feature_maps.opened"):
        st.caption(f"{'; '.join(filter(None, parts))}. {words}")


def _changed(model: Model) -> str:
    """That the learner has changed kernels, and for how long."""
    if not (count := len(model.edits)):
        return ""
    return _("**kernels changed: {count}**, until the page is loaded anew").format(count=count)


def _parameters(forward: ForwardPass) -> str:
    """How many, and which of them are in parts that do not run, such as auxiliary heads."""
    text, idle = _("{count:,} parameters"), forward.unused
    if not idle:
        return text.format(count=forward.network.parameters)
    text = _("{count:,} parameters, {idle:,} of them in {parts}, which does not run here")
    names = enumerated(map(escaped, list(idle)[:_MOST_NAMED]))
    return text.format(count=forward.network.parameters, idle=sum(idle.values()), parts=names)


def _left_out(forward: ForwardPass) -> str:
    """Which layers have no place in the picture of the network."""
    if not (found := networks_foreign.without_maps(forward.network)):
        return ""
    text = _("{count} layers have no maps and are not shown, {name} among them")
    return text.format(count=len(found), name=escaped(found[0]))


def _side(controls: FeatureMapsControls, forward: ForwardPass) -> str:
    """How large the picture is for a network that is none of the chapter's; where less than usual, why."""
    if not controls.foreign:
        return ""
    side = forward.model.input_shape[1]
    if controls.network == networks.TORCHVISION and side < pretrained.SIDE_PX:
        text = _("opened on {side} × {side} px, as its maps of {usual} px would be too many")
        return text.format(side=side, usual=pretrained.SIDE_PX)
    return _("opened on {side} × {side} px").format(side=side)


def title(controls: FeatureMapsControls, model: Model) -> str:
    """Which network it is, as Markdown."""
    if model.fresh:
        name = (model.title if controls.foreign else _(model.title)) or _("A stack of your own")
        trained = any(bundled_key(model.match.design, key) for key in ("trained", "sketches"))
        sentence = _("{name}, untrained, seed {seed}")
        if model.title and not trained and not controls.foreign:
            sentence = _("{name}, untrained, seed {seed} (no trained weights come with it)")
        return sentence.format(name=name, seed=controls.seed)
    if model.source.startswith("shipped:"):
        return model.name
    if model.source == networks.CROSS:
        return _(model.title)
    shown = escaped(model.name)
    if controls.foreign:
        return shown
    told = {name: value for name, value in model.match.options.items() if name != "num_classes"}
    options = ", ".join(f"{name}={value}" for name, value in told.items())
    design = _(DESIGNS[model.match.design].title) + (f" ({options})" if options else "")
    return named(shown, escaped(design))


def _outputs(forward: ForwardPass) -> str:
    """The classes by name, the first of many."""
    if forward.model.fresh or forward.model.source == networks.CROSS:
        return ""
    names = forward.model.class_names
    text = enumerated([escaped(name) for name in names[:_MOST_NAMED]])
    if more := len(names) - _MOST_NAMED if len(names) > _MOST_NAMED else 0:
        return _("classes: {names} and {count} more").format(names=text, count=more)
    return _("classes: {names}").format(names=text)


def _normalisation(model: Model, picture: Picture) -> str:
    if not picture.normalised:
        if model.fresh or model.source == networks.CROSS or not any(model.probe.mean):
            return _("the picture enters as it is, from 0 to 1")
        return _("the picture enters as it is, though the network was trained on normalised ones")
    mean, std = (", ".join(f"{value:.4g}" for value in values) for values in (picture.mean, picture.std))
    return _("the picture enters normalised, mean {mean}, std {std}").format(mean=mean, std=std)


@dataclass(frozen=True)
class Pair:
    """A network and the same one before it was trained, in eval mode; what each is, as Markdown.

    Attributes:
        code: lines of a script that define the one that is not open as ``model``.
    """

    trained: nn.Module
    untrained: nn.Module
    names: tuple[str, str]
    code: str


def before_and_after(controls: FeatureMapsControls, model: Model) -> Pair:
    """The open network beside itself untrained: same design, options, classes, initialisation and seed.

    Of a run that kept them, the weights that it began with; beside a fresh network, the bundled weights of
    its design. Raises UserError where there is no other.
    """
    own, kind = title(controls, model), model.source.partition(":")[0]
    if model.source == networks.CROSS:
        raise UserError(N_("The kernels of this network were written by hand: nothing trained them."))
    if controls.foreign and not model.fresh:
        return _foreign_before(controls, model)
    if model.fresh:
        trained = [networks.bundled_model(key) for key in bundled.NETWORKS]
        alike = [one for one in trained if one.match == model.match]
        if not alike:
            told = N_(
                "Trained weights are bundled for {names}: "
                "choose one of these networks above, or open a run or a checkpoint."
            )
            raise UserError(told, names=enumerated(dict.fromkeys(one.match.design for one in trained)))
        other = alike[-1]
        code = maps.rebuilt(*_built(other), 0, "pytorch", other.weights_file)
        return Pair(other.probe.network, model.probe.network, (other.name, own), code)
    untrained, how, code = _run_before(model) if kind == "run" else _file_before(controls, model)
    return Pair(model.probe.network, untrained, (own, how), code)


def _foreign_before(controls: FeatureMapsControls, model: Model) -> Pair:
    if controls.network != networks.TORCHVISION:
        raise UserError(N_("Nothing tells how this network began: only torchvision's are built anew here."))
    untrained = foreign.model(controls.model_copy(update={"weights": "random"}))
    sentence = _("the same network with new weights, seed {seed}").format(seed=controls.seed)
    code = maps.of_code(untrained.code, controls.seed)
    return Pair(model.probe.network, untrained.probe.network, (title(controls, model), sentence), code)


def _built(model: Model) -> tuple[str, dict[str, Any]]:
    return model.match.design, dict(model.match.options)


def _run_before(model: Model) -> tuple[nn.Module, str, str]:
    run = runs.get(model.source.partition(":")[2])
    if model.epoch == 0:
        raise UserError(N_("This is the run before its first epoch: open a later one to compare them."))
    if 0 in run.epochs_stored():
        begun = networks.run_model(run, 0)
        code = maps.rebuilt(*_built(begun), 0, "pytorch", begun.weights_file)
        return begun.probe.network, _("the weights that the run began with"), code
    how = run.settings.seed, run.settings.initialisation
    built = network.build(run.settings, len(model.probe.classes)).eval()
    return built, _made(*how), maps.rebuilt(*_built(model), *how)


def _file_before(controls: FeatureMapsControls, model: Model) -> tuple[nn.Module, str, str]:
    """Of bundled weights as their card says; a file tells no seed, so it is that of the controls."""
    seed = int(model.card.get("seed", controls.seed))
    initialisation = str(model.card.get("settings", {}).get("initialisation", "pytorch"))
    built = network.fresh(*_built(model), seed, initialisation).eval()
    return built, _made(seed, initialisation), maps.rebuilt(*_built(model), seed, initialisation)


def _made(seed: int, initialisation: str) -> str:
    name = labels.value("initialisation", initialisation)
    sentence = _("the same design with new weights: {name} initialisation, seed {seed}")
    return sentence.format(name=name, seed=seed)
