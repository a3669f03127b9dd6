"""A run as an open network: the list to choose it from, which is searched as one types, and its epochs."""

from contextlib import suppress
from typing import Any

from convlab.errors import UserError
from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui import networks, widgets
from convlab.ui.networks import NEWEST
from convlab.ui.runs import opens
from convlab.ui.urls import PageState
from convlab.ui.words import _

_RUN_PX, _EPOCH_PX = 260, 110


def titles(offered: list[Run]) -> dict[str, str]:
    """Id -> design, data, accuracy, date and name of each run."""
    found = {}
    for run in offered:
        with suppress(UserError):  # deleted meanwhile
            found[run.id] = opens.title(run)
    return found


def with_chosen(found: dict[Any, str], chosen: Any) -> dict[Any, str]:
    """What a link names is always on the list, or the select box could not show it."""
    return {**found, chosen: found.get(chosen, str(chosen))}


def choose_run(state: PageState[Any], name: str, epoch: str) -> None:
    """A select box over the runs that have weights, and their epochs; the names are those of controls."""
    found = titles(networks.offered_runs())
    if not found:
        return
    begun = {epoch: NEWEST}
    listed = with_chosen(found, getattr(state.value, name))
    widgets.choose(state, name, _("Run"), listed, then=lambda: state.change(**begun), width=_RUN_PX)
    choose_epoch(state, epoch, getattr(state.value, name))


def choose_epoch(state: PageState[Any], name: str, run: str) -> None:
    """A select box over the epochs of a run whose weights are kept; nothing where there are none."""
    stored: tuple[int, ...] = ()
    with suppress(UserError):  # said where the network is opened
        stored = runs.get(run).epochs_stored()
    if not stored:
        return
    given = getattr(state.value, name)
    last = given if given == stored[-1] else NEWEST
    found = {last if epoch == stored[-1] else epoch: str(epoch) for epoch in reversed(stored)}
    widgets.choose(state, name, _("After epoch"), with_chosen(found, given), width=_EPOCH_PX)


def newest(design: str) -> str:
    """The id of the newest run of a design that has weights, or of any; "" where there is none."""
    offered = networks.offered_runs()
    for run in offered:
        if run.settings.design == design:
            return run.id
    return offered[0].id if offered else ""
