"""The home page's parts: the lessons as cards with live thumbnails, and what the lab runs on."""

import platform
from functools import lru_cache

import streamlit as st
import torch

from convlab import activations, checkpoints, convolution, device, images, kernels, samples
from convlab.ui import scales
from convlab.ui.figures import largest
from convlab.ui.frame import LESSONS
from convlab.ui.words import _, prose


def cards() -> None:
    """Each lesson as a card: a thumbnail computed now, its name, one sentence."""
    thumbnails = {"kernels": _kernels_thumbnail, "feature_maps": _feature_maps_thumbnail}
    with st.container(horizontal=True):
        for name, draw in thumbnails.items():
            lesson = LESSONS[name]
            with st.container(border=True, width=560, key=f"crisp-card-{name}"):
                st.image(
                    draw(),
                    width="stretch",
                    output_format="PNG",
                    alt=_("{title}: a live example").format(title=_(lesson.title)),
                )
                st.page_link(lesson.file, label=f"**{_(lesson.title)}**", icon=lesson.icon)
                st.markdown(prose("home", name))


@lru_cache
def _kernels_thumbnail() -> bytes:
    """The cat, and its vertical edges beside it."""
    pixels = images.working(samples.photograph("cat"), 128, grey=True)
    settings = convolution.Settings(padding="same", padding_mode="replicate")
    edges = convolution.convolve(images.to_float(pixels), kernels.preset("vertical_edges")[None], settings)
    coloured = scales.colourise(edges, largest(edges), signed=True)
    return images.to_png(torch.cat([pixels.expand(3, -1, -1), coloured], dim=2))


@lru_cache
def _feature_maps_thumbnail() -> bytes:
    """The first maps of the trained Net for the cat, four by two."""
    pixels = images.working(samples.photograph("cat"), 32, grey=False)
    values = images.normalise(images.to_float(pixels), images.CIFAR10_MEAN, images.CIFAR10_STD)
    maps = activations.record(checkpoints.shipped("net"), values[None]).outputs["conv1"][0]
    tiles = [scales.colourise(values, largest(values), signed=True) for values in maps[:8]]
    return images.to_png(torch.cat([torch.cat(tiles[:4], dim=2), torch.cat(tiles[4:], dim=2)], dim=1))


def machine() -> None:
    """The device that computes, and the versions of what it runs on."""
    versions = {
        "Python": platform.python_version(),
        "PyTorch": torch.__version__,
        "Streamlit": st.__version__,
    }
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    st.caption(_("Device: {device}. {versions}.").format(device=device.describe(), versions=listed))
