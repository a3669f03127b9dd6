"""The probe lab in the browser: a picture, the square cut from it, what enters the network, what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch
from PIL import Image
from torch import Tensor

from convlab.pictures import crop, images
from convlab.pictures.crop import Square
from convlab.ui import scales, server
from convlab.ui.components.shared import Data, as_bytes, declare, hear, numbers, pack, revision
from convlab.ui.components.shared.looking import Look, VerdictShown, says
from convlab.ui.words import _

UPLOADER = "probe.upload_pictures"  # the key of the place that pictures are given to
MOST_PX = 256  # of the picture on the screen; the network gets what Python cuts from the whole one

_USES = (
    "numerals", "post", "stage", "scale", "planes", "revisions", "messenger", "looking", "verdict", "handing",
)  # fmt: skip
_mount = declare("probe_lab", *_USES)


@dataclass(frozen=True)
class CardShown:
    """One of several pictures: its name, its verdict in short, what is shown of it, uint8 [3, 32, 32]."""

    title: str
    verdict: str
    pixels: Tensor
    open: bool


@dataclass(frozen=True)
class Question:
    """What stands in front of a new picture on its way to the route, and whom it asks: titles, classes."""

    controls: Mapping[str, Any]
    networks: Sequence[tuple[str, Sequence[str]]]

    def told(self) -> dict[str, Any]:
        """What the browser is told."""
        networks = [{"title": title, "classes": list(classes)} for title, classes in self.networks]
        return {"route": server.path("verdict"), "header": dict(self.controls), "networks": networks}


@dataclass(frozen=True)
class SourceShown:
    """The picture that a square is cut from.

    Attributes:
        name: no other picture has it.
        size_px: (height, width) of the whole.
        pixels: uint8 [3, H, W], as ``reduced`` makes it.
        window, padding: the square, and what is where it leaves the picture.
        colour: R, G, B in 0..255 of the padding "mean".
    """

    name: str
    size_px: tuple[int, int]
    pixels: Tensor
    window: Square
    padding: str
    colour: Sequence[int]

    @property
    def paddings(self) -> dict[str, str]:
        """Padding -> what it is called."""
        return {name: _(title) for name, title in crop.PADDINGS.items()}


def reduced(image: Tensor) -> Tensor:
    """A picture, uint8 [3, H, W], that is at most ``MOST_PX`` wide and high."""
    _channels, height, width = image.shape
    factor = max(height, width) / MOST_PX
    if factor <= 1:
        return image
    size = max(1, round(width / factor)), max(1, round(height / factor))
    planes = [Image.fromarray(plane.numpy()) for plane in image]  # they share its memory
    small = [np.asarray(plane.resize(size, Image.Resampling.BOX)) for plane in planes]
    return torch.from_numpy(np.stack(small))


def probe_lab(
    key: str,
    identity: str,
    source: SourceShown,
    seen: Tensor,
    values: Tensor,
    verdicts: Sequence[VerdictShown],
    note: str,
    look: Look,
    cards: Sequence[CardShown],
    questions: Mapping[str, Question],
    heard: Mapping[str, Callable[[], None]],
) -> None:
    """Show the lab.

    Args:
        identity: changes with everything that is shown.
        seen: uint8 [3, 32, 32], what was cut.
        values: float32 [3, 32, 32], the same normalised.
        note: how the probabilities come about.
        look: how the route "look" is asked about a square while it moves.
        cards: several pictures to choose from, or none.
        questions: what the route "verdict" is asked about a picture that is "given", or "opened" elsewhere on
            the page; without one, it is not asked.
        heard: called at "crop" (``cropped(key)`` tells it), "choose" (``chosen(key)`` does), and "give": a
            picture comes while there is no place on the page to give it to.
    """
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": identity,
        "revision": revision(key),
        "questions": {how: question.told() for how, question in questions.items()},
        "uploader": f"st-key-{UPLOADER.replace('.', '-')}",  # the class that Streamlit gives it
        "most_bytes": images.MAX_UPLOAD_MB * 1_000_000,
        "picture": picture_told(source),
        "paddings": source.paddings,
        "verdicts": [vars(verdict) for verdict in verdicts],
        "note": note,
        "look": look.told(),
        "strip": [{name: getattr(card, name) for name in ("title", "verdict", "open")} for card in cards],
    }
    blobs = {
        **pixels_told(source, seen, values),
        "strip": b"".join(as_bytes(card.pixels) for card in cards),
        "diverging": scales.table(scales.DIVERGING),
    }
    listeners = {f"on_{event}_change": call for event, call in heard.items()}
    _mount(key=key, data=pack(header, **blobs), **listeners)


def picture_told(source: SourceShown) -> dict[str, Any]:
    """What the lab is told of a picture beside its pixels."""
    height, width = source.size_px
    return {
        "name": source.name,
        "size": [width, height],
        "shown": [source.pixels.shape[2], source.pixels.shape[1]],
        "window": [source.window.left_px, source.window.top_px, source.window.side_px],
        "padding": source.padding,
        "colour": list(source.colour),
        "most": crop.MAX_ZOOM_OUT * max(height, width),
    }


def pixels_told(source: SourceShown, seen: Tensor, values: Tensor) -> dict[str, Data]:
    """The blobs of a picture: itself, what was cut from it, and that normalised."""
    return {"source": source.pixels, "seen": seen, "values": values}


def cropped(key: str) -> tuple[Square, str] | None:
    """(square, padding) that the browser sent, or None where it is not what the lab sends."""
    found = numbers(key, "crop", ("left", "top", "side", "revision"))
    padding = None if found is None else st.session_state[key]["crop"].get("padding")
    if found is None or not isinstance(padding, str) or padding not in crop.PADDINGS:
        return None
    hear(key, max(0, found[3]))
    return Square(*found[:3]), padding


def chosen(key: str) -> int | None:
    """Which card was chosen, counted from 0, or None where the browser sent anything else."""
    found = numbers(key, "choose", ("index",))
    return None if found is None or found[0] < 0 else found[0]


def _labels() -> dict[str, Any]:
    return {
        "source": _("Your picture"),
        "give": _("Drop a picture anywhere on this page, or paste one."),
        "crop": _("The square that is cut out"),
        "keys": _(
            "Drag the square, or its corners. Arrow keys move it, + and − resize it, Home is the middle, "
            "End the whole picture; click first and the mouse wheel zooms."
        ),
        "nearer": _("Smaller square"),
        "farther": _("Larger square"),
        "middle": _("Middle"),
        "whole": _("Whole"),
        "left": _("Left (px)"),
        "top": _("Top (px)"),
        "side": _("Side (px)"),
        "padding": _("Beyond the picture"),
        "bad_pixels": _("That is no whole number of pixels: the last one stands."),
        "square_moved": _(
            "A square touches the picture and has at most {most} px a side: the nearest one is taken."
        ),
        "seen": _("What the network sees"),
        "normalised": _("What enters it: normalised"),
        "channels": [_("red"), _("green"), _("blue")],
        "plane": _("Normalised values, {name}"),
        "pointing": _("Point at a pixel, or use the arrow keys, to read its numbers."),
        "point": _("Point at a pixel to read its numbers."),
        "reading": _("row {row}, column {col}: ({before}) becomes ({after})"),
        "says": _("What it says"),
        **says(),
        "strip": _("Your pictures"),
        "picture": _("Picture {n}, {title}: {verdict}"),
        "scale_signed": _("Blue is negative, white is the mean colour, red is positive."),
        "scale_own": "",
        "scale_fixed": "",
    }
