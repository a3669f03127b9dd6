"""A very deep network that begins in two ways: its first batch here, then two runs in the queue (8.5.3)."""

from functools import lru_cache
from typing import Any, Literal, cast, get_args

import streamlit as st

from convlab.networks import residual_blocks
from convlab.networks.depth import batch
from convlab.networks.variants import NetResDeep
from convlab.snippets import depth as snippets
from convlab.training import network
from convlab.training.recipes import book_recipe
from convlab.training.settings import Settings
from convlab.ui import widgets
from convlab.ui.boundary import keeping
from convlab.ui.components.answer import Table, answer
from convlab.ui.modules import depth_blocks
from convlab.ui.modules.controls import DepthControls, Earlier, State
from convlab.ui.runs import labels
from convlab.ui.runs.side_by_side import side_by_side
from convlab.ui.words import _

Beginning = Literal["pytorch", "reset_parameters"]

BEGINNINGS: tuple[Beginning, ...] = get_args(Beginning)
PICTURES = 4


def controls(state: State) -> None:
    """What both runs have in common."""
    depth_blocks.controls(state)
    widgets.number(state, "depth_lr", "lr", step=0.001, width=120)
    widgets.number(state, "depth_epochs", labels.setting("epochs"), width=100)
    widgets.number(state, "depth_seed", labels.setting("seed"), width=90)
    widgets.toggle(state, "depth_shared", labels.setting("shared"))

    lr = book_recipe("net_res_deep").lr
    book = {"depth_blocks": 100, "depth_chans": 32, "depth_shared": True, "depth_lr": lr}
    state.presses["depth_book"] = book
    look: dict[str, Any] = {"icon": ":material/menu_book:", "key": "modules.depth_book"}
    st.button(_("As in the book"), on_click=keeping(lambda: state.change(**book)), **look)


def show(state: State) -> None:
    """The first batch of both, then the runs."""
    wanted = {title(one): settings(state.value, one) for one in BEGINNINGS}
    answered(state.value, ())
    side_by_side("modules.beginnings", wanted, start_label=_("Train both on sketches"))


def answered(chosen: DepthControls, _earlier: Earlier) -> None:
    """The first batch; the runs are the page's."""
    answer("modules.depth.first", Table(first(chosen)))


def title(beginning: Beginning) -> str:
    """What one of the runs is called."""
    return labels.value("initialisation", beginning)


def settings(told: DepthControls, beginning: Beginning) -> Settings:
    """Of one run: all but the first weights is the same."""
    return Settings(
        design="net_res_deep",
        options=_options(told),
        epochs=told.depth_epochs,
        lr=told.depth_lr,
        initialisation=beginning,
        seed=told.depth_seed,
    )


def _options(told: DepthControls) -> dict[str, Any]:
    return {"n_chans1": told.depth_chans, "n_blocks": told.depth_blocks, "shared": told.depth_shared}


def first(told: DepthControls) -> dict[str, list[str]]:
    """What a batch gives before any training: title of the column -> texts."""
    found = [_measured(settings(told, one).model_dump_json()) for one in BEGINNINGS]
    names = (
        _("Last block, root mean square"),
        _("Loss of a first batch"),
        _("Gradient of conv1.weight, length"),
    )
    return {
        _("First weights"): list(map(title, BEGINNINGS)),
        **{name: [f"{one[n]:.4g}" for one in found] for n, name in enumerate(names)},
    }


@lru_cache(maxsize=64)
def _measured(told: str) -> tuple[float, float, float]:
    fresh = cast(NetResDeep, network.build(Settings.model_validate_json(told), 2))
    return residual_blocks.first_batch(fresh, *batch(PICTURES, 32))


def code(state: State) -> str:
    """Of the first batch; each run has its own on the Train page."""
    return snippets.beginnings(_options(state.value), BEGINNINGS, state.value.depth_seed, PICTURES)
