"""The time machine: a run's first layer and its verdict on one picture, epoch by epoch."""

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import streamlit as st
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.pictures import images
from convlab.snippets.epochs import walked_back
from convlab.training import first_layer
from convlab.training.runs import Run
from convlab.ui import chooser
from convlab.ui.code_panel import code_on_request
from convlab.ui.components.shared.charts import KernelsShown
from convlab.ui.components.time_machine import Then, time_machine
from convlab.ui.picture import Picture, working_picture
from convlab.ui.runs import labels
from convlab.ui.train.controls import State
from convlab.ui.words import _

MOST_EPOCHS = 48  # in the browser at once: about 1 MB
MOST_MAPS = 16
MOST_APART = 30  # times the smallest epoch's values, for one scale
MOST_VALUES = 4_000_000  # of kernels, all epochs together


def walk_back(state: State, run: Run | None) -> None:
    """Choose a picture, then walk through the epochs of the run that is shown."""
    if run is None or not run.epochs_stored():
        sentence = _("Start a run, or open one under Past runs: its epochs appear here.")
        st.info(sentence, icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.then_row"):
        chooser.choose_which(state)
    with chooser.own_picture(state):
        picture, notice = working_picture(state.value, exact=True)
        if notice:
            st.info(notice, icon=":material/info:")
        epochs = picked(run.epochs_stored())
        past = look_back(run, epochs, picture)
        if past is None:
            return
        names = [str(name) for name in run.environment["classes"]]
        time_machine("train.then", f"{run.id}/{past.epochs}/{picture.identity}", past, names, picture.pixels)
        code_on_request("train.then", partial(_script, run, past, picture), "time_machine.py")


def _script(run: Run, past: Then, picture: Picture) -> str:
    about, layer = run.environment, first_layer.name(run.settings.design)
    return walked_back(run.id, past.epochs, layer, picture.pixels_code, about["mean"], about["std"])


def picked(stored: tuple[int, ...], most: int = MOST_EPOCHS) -> tuple[int, ...]:
    """At most ``most`` of the epochs, evenly spaced, the first and the last among them."""
    if len(stored) <= most:
        return stored
    places = np.linspace(0, len(stored) - 1, most).round().astype(int)
    return tuple(stored[place] for place in places)


def look_back(run: Run, epochs: tuple[int, ...], picture: Picture) -> Then | None:
    """Kernels, maps and probabilities after each of the epochs; None where none of them is there any more."""
    about = run.environment
    values = images.normalise(images.to_float(picture.pixels), about["mean"], about["std"])
    seen, found = values.numpy().tobytes(), {}
    for epoch in epochs:
        with suppress(UserError):  # a run that trains on gives weights of epochs up
            found[epoch] = _view(run, epoch, run.stamp(epoch), seen)
    if not found:
        return None
    kernels, outputs, chances = zip(*found.values(), strict=True)
    weights = torch.stack(kernels)
    most = max(1, MOST_VALUES // weights[0, :1].numel() // len(found))
    layer = first_layer.name(run.settings.design)
    maps = None if outputs[0] is None else _maps(torch.stack(outputs), layer)
    first = labels.kernels(weights[-1, :most], run.settings.design)
    tiles = _scaled(first, weights[:, : len(first.places)])
    return Then(tuple(found), tiles, maps, torch.stack(chances).numpy())


@lru_cache(maxsize=512)
def _view(run: Run, epoch: int, _stamp: int, values: bytes) -> tuple[Tensor, Tensor | None, Tensor]:
    """(kernels, first layer's output or None, probabilities) after one epoch; values float32 [3, 32, 32].

    The stamp changes where an epoch was trained anew, after an interruption.
    """
    network = run.network_at(epoch)
    x = torch.frombuffer(bytearray(values), dtype=torch.float32).reshape(1, 3, 32, 32)
    layer = network.get_submodule(first_layer.name(run.settings.design))
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    with torch.no_grad():
        chances = network(x).softmax(1)[0]
        maps = layer(x)[0, :MOST_MAPS].clone() if isinstance(layer, nn.Conv2d) else None
        kernels = first_layer.as_kernels(layer.weight.detach())[: labels.KERNELS_SHOWN].clone()
    return kernels, maps, chances


def _maps(maps: Tensor, layer: str) -> KernelsShown:
    """[E, maps, H, W], as kernels of one channel."""
    title = _("What {layer} makes of the picture").format(layer=layer)
    words = _("{count} feature maps of {layer}").format(count=maps.shape[1], layer=layer)
    return _scaled(KernelsShown(title, words, np.empty(0, np.uint8), 1.0), maps[:, :, None])


def _scaled(shown: KernelsShown, values: Tensor) -> KernelsShown:
    """With these values of all epochs, [E, ...], on the scales of ``ends_of``."""
    ends = ends_of(values)
    places = np.stack([labels.quantised(one, end) for one, end in zip(values, ends, strict=True)])
    return replace(shown, places=places, end=ends[-1], ends=ends if len(set(ends)) > 1 else ())


def ends_of(values: Tensor) -> tuple[float, ...]:
    """Where the scale of each epoch ends, [E, ...]: at the same place, unless small ones would be blank."""
    sizes = [float(one[one.isfinite()].abs().max()) if one.isfinite().any() else 0.0 for one in values]
    above = [size for size in sizes if size > 0]
    if not above or max(above) <= MOST_APART * min(above):
        return (labels.round_up(max(sizes)),) * len(sizes)
    return tuple(map(labels.round_up, sizes))
