"""What the network lab is told of the kernels that are edited in it, and the edits that it sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import UserError
from convlab.networks import edits
from convlab.networks.edits import Edits, Grid
from convlab.ui.components.shared import Data, editor_labels, undo_labels
from convlab.ui.words import _


@dataclass(frozen=True, eq=False)
class KernelsShown:
    """The kernels of the open map as they came.

    Attributes:
        layer, channel: the open map's convolution and output channel; "" where it has none.
        own: its kernels as they came, float32 [C, kh, kw].
        presets: title, in English, and kernel of each that there is at this size.
    """

    layer: str
    channel: int
    own: Tensor
    presets: Sequence[tuple[str, Grid]]


@dataclass(frozen=True, eq=False)
class EditingShown(KernelsShown):
    """These, and all that the learner has changed in the network.

    Attributes:
        route: where PyTorch is asked while one drags; "" for none: Streamlit then carries every edit.
        question: what names network and picture there.
        edits: as ``Edits.told``.
        paths: of each layer the path of its convolution, "" where it has no kernels to change.
        revision: number of the last edit that Python has heard of; the browser counts its own.
        origin: number of the edits that the browser's own start from; another one ends what it has pending.
        undo, redo: how many changes there are to undo and to redo.
        steps: how far the browser has asked to go, undo counted as less than 0.
        refusal: number of what was refused last at the cells, and why; (0, "") once that is settled.
    """

    route: str
    question: dict[str, Any]
    edits: Sequence[tuple[str, int, int, Grid]]
    paths: Sequence[str]
    revision: int
    origin: int
    undo: int
    redo: int
    steps: int
    refusal: tuple[int, str]


def header(shown: KernelsShown) -> dict[str, Any]:
    """What stands of it in the message's header."""
    told = {name: value for name, value in vars(shown).items() if name != "own"}
    titles = [(_(title), grid) for title, grid in shown.presets]
    return {**told, "presets": titles, "size": list(shown.own.shape), "limit": kernels.MAX_WEIGHT}


def blobs(shown: KernelsShown) -> dict[str, Data]:
    """What stands of it behind the header."""
    return {"own": shown.own}


def sent(key: str, event: str) -> tuple[Edits, int, int] | None:
    """Edits, revision and origin that the browser sent; None where they are not what the lab sends."""
    try:
        payload = st.session_state[key].get(event)
        revision, origin = int(payload["revision"]), int(payload["origin"])
        found = edits.read(payload["edits"])
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError, UserError):
        return None
    return (found, revision, origin) if max(abs(revision), abs(origin)) < 10**9 else None


def labels() -> dict[str, Any]:
    """What the editor says."""
    return {
        **editor_labels(),
        **undo_labels(),
        "kernel_from": _("Kernel over"),
        "kernel_over": _("{layer} map {n}"),
        "edited": _("edited"),
        "whole_filter": _("all {count} kernels of this map"),
        "whole_filter_hint": _("The buttons beside it then change every kernel that makes this map."),
        "preset": _("Preset"),
        "zero": _("Zero"),
        "negate": _("Negate"),
        "restore": _("Restore"),
        "restore_all": _("Restore all"),
    }
