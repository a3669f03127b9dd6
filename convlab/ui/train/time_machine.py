"""The time machine: a run's first layer and its verdict on one picture, epoch by epoch."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st
import torch
from torch import Tensor, nn

from convlab.pictures import images
from convlab.training import first_layer
from convlab.training.runs import Run
from convlab.ui import chooser
from convlab.ui.components.shared.charts import KernelsShown
from convlab.ui.components.time_machine import Then, time_machine
from convlab.ui.picture import Picture, working_picture
from convlab.ui.train import labels
from convlab.ui.train.controls import State
from convlab.ui.words import _

MOST_EPOCHS = 48  # in the browser at once: about 1 MB
MOST_MAPS = 16
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
        names = [str(name) for name in run.environment["classes"]]
        time_machine("train.then", f"{run.id}/{epochs}/{picture.identity}", past, names, picture.pixels)


def picked(stored: tuple[int, ...], most: int = MOST_EPOCHS) -> tuple[int, ...]:
    """At most ``most`` of the epochs, evenly spaced, the first and the last among them."""
    if len(stored) <= most:
        return stored
    places = np.linspace(0, len(stored) - 1, most).round().astype(int)
    return tuple(stored[place] for place in places)


def look_back(run: Run, epochs: tuple[int, ...], picture: Picture) -> Then:
    """Kernels, maps and probabilities after each of the epochs, on scales common to all of them."""
    about = run.environment
    values = images.normalise(images.to_float(picture.pixels), about["mean"], about["std"])
    seen = values.numpy().tobytes()
    kernels, outputs, chances = zip(*(_view(run, epoch, seen) for epoch in epochs), strict=True)
    weights = torch.stack(kernels)
    most = max(1, MOST_VALUES // weights[0, :1].numel() // len(epochs))
    layer = first_layer.name(run.settings.design)
    maps = None if outputs[0] is None else _maps(torch.stack(outputs), layer)
    return Then(epochs, _tiles(weights[:, :most], layer), maps, torch.stack(chances).numpy())


@lru_cache(maxsize=512)
def _view(run: Run, epoch: int, values: bytes) -> tuple[Tensor, Tensor | None, Tensor]:
    """(kernels, first layer's output or None, probabilities) after one epoch; values float32 [3, 32, 32]."""
    # Weights of an epoch may be trained anew after an interruption; from a checkpoint they are the same.
    network = run.network_at(epoch)
    x = torch.frombuffer(bytearray(values), dtype=torch.float32).reshape(1, 3, 32, 32)
    layer = network.get_submodule(first_layer.name(run.settings.design))
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    with torch.no_grad():
        chances = network(x).softmax(1)[0]
        maps = layer(x)[0, :MOST_MAPS].clone() if isinstance(layer, nn.Conv2d) else None
        kernels = first_layer.as_kernels(layer.weight.detach())[: labels.KERNELS_SHOWN].clone()
    return kernels, maps, chances


def _tiles(weights: Tensor, layer: str) -> KernelsShown:
    """[E, kernels, channels, kh, kw] on one scale."""
    found = labels.kernels(weights[-1], layer)
    weights = weights[:, : found.places.shape[0]]
    end = labels.round_up(float(weights.abs().max()))
    return replace(found, places=labels.quantised(weights, end), end=end)


def _maps(maps: Tensor, layer: str) -> KernelsShown:
    """[E, maps, H, W] on one scale, as kernels of one channel."""
    end = labels.round_up(float(maps.abs().max()))
    title = _("What {layer} makes of the picture").format(layer=layer)
    words = _("{count} feature maps of {layer}").format(count=maps.shape[1], layer=layer)
    return KernelsShown(title, words, labels.quantised(maps[:, :, None], end), end)
