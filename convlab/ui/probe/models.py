"""Which network is asked: weights that come along, a run at any of its epochs, a checkpoint of one's own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import streamlit as st

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs
from convlab.networks.checkpoints import Match
from convlab.probing import bundled
from convlab.probing.loading import load_probe
from convlab.probing.probe import Probe
from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui.boundary import say
from convlab.ui.feature_maps.opened import adopt
from convlab.ui.probe.controls import CHECKPOINT, NEWEST, NONE, ProbeControls, State
from convlab.ui.words import _, escaped

_FILE = "probe.checkpoint"
MAX_MB = checkpoints.MAX_BYTES // 2**20
SLOTS = {"model": "epoch", "second": "second_epoch"}


@dataclass(frozen=True)
class Model:
    """A network to ask, the same for all who hold it: never changed.

    Attributes:
        identity: SHA-256 of a file, or a run and its epoch: two models with one identity say the same.
        title: plain text of unknown origin.
        match: the design and options that it was built from.
        source: what ``ProbeControls.model`` calls it.
        epoch: of a run; -1 for anything else.
        weights_file: what the learner's own copy of the weights is called.
    """

    identity: str
    probe: Probe = field(compare=False)
    title: str = field(compare=False)
    match: Match = field(compare=False)
    source: str = field(compare=False)
    epoch: int = field(compare=False)
    weights_file: str = field(compare=False)


def choose_model(state: State, slot: str) -> None:
    """A select box over all models, and what the chosen one needs: an epoch.

    Args:
        state: of the page.
        slot: "model", or "second", which may be none.
    """
    titles = _titles(getattr(state.value, slot), slot)
    label = _("Network") if slot == "model" else _("Compare with")

    def newest() -> None:
        state.change(**{SLOTS[slot]: NEWEST})

    st.selectbox(
        label,
        list(titles),
        format_func=lambda key: titles.get(key, key),
        width=235 if slot == "model" else 190,
        **state.bind(slot, then=newest),
    )
    chosen = getattr(state.value, slot)
    if chosen.startswith("run:"):
        _choose_epoch(state, slot, chosen)


def _choose_epoch(state: State, slot: str, chosen: str) -> None:
    try:
        stored = runs.get(chosen.removeprefix("run:")).epochs_stored()
    except UserError:
        return  # said where the network is opened
    if not stored:
        return
    key, control = f"probe.{slot}.epoch_shown", SLOTS[slot]
    given = getattr(state.value, control)
    st.session_state[key] = given if given in stored else stored[-1]

    def changed() -> None:
        epoch = st.session_state[key]
        state.change(**{control: NEWEST if epoch == stored[-1] else epoch})

    st.selectbox(_("After epoch"), stored[::-1], width=110, key=key, on_change=changed)


def _titles(chosen: str, slot: str) -> dict[str, str]:
    """Model -> title. What the link names is always on the list, or the select box could not show it."""
    found = {} if slot == "model" else {NONE: _("nothing")}
    for key in bundled.designs():
        title = _("{design}: comes along").format(design=_(designs.design(key).title))
        found[f"shipped:{key}"] = title
    for run in offered_runs():
        found[f"run:{run.id}"] = _("Run: {name} ({id})").format(name=run.name, id=run.id[:4])
    found[CHECKPOINT] = _("Your own checkpoint")
    return {**found, chosen: found.get(chosen, chosen)}


def offered_runs() -> list[Run]:
    """Runs that have weights, the newest first."""
    found = []
    for run in runs.all_runs():
        try:
            _design = run.settings.design
            if run.epochs_stored() and run.environment:
                found.append(run)
        except UserError:  # deleted meanwhile, or of another version
            continue
    return found[:100]


def uploads(state: State) -> None:
    """Where a checkpoint is asked for, let the learner give it; after a bad one the last good one stays."""
    for slot in SLOTS:
        if getattr(state.value, slot) == CHECKPOINT:
            _upload(slot)


def _upload(slot: str) -> None:
    label = _("Checkpoint (.safetensors or .pt)") if slot == "model" else _("Checkpoint to compare with")
    file = st.file_uploader(
        label,
        type=["safetensors", "pt"],
        max_upload_size=MAX_MB,
        help=_(
            "Weights of one of the chapter's designs, up to {limit} MB. They are read as numbers only."
        ).format(limit=MAX_MB),
        key=f"probe.{slot}.upload",
    )
    mine = f"{_FILE}.{slot}"
    if file is not None and st.session_state.get(f"{mine}.seen") != file.file_id:
        st.session_state[f"{mine}.seen"], st.session_state[f"{mine}.refused"] = file.file_id, None
        try:
            st.session_state[mine] = _of_file(file.getvalue(), file.name)
        except UserError as error:
            st.session_state[f"{mine}.refused"] = error
    refused = st.session_state.get(f"{mine}.refused")
    if refused is not None:
        say(refused, "error")


def _of_file(data: bytes, name: str) -> Model:
    found = load_probe(data)
    adopt(found)  # the Feature maps page opens it too
    short = name[:40] + "…" * (len(name) > 40)
    return Model(found.identity, found.probe, short, found.matches[0], CHECKPOINT, NEWEST, "my_checkpoint.pt")


def open_model(state: State, slot: str) -> Model | None:
    """The model that a control names; None where none is asked for.

    Raises:
        UserError: no such model, or no checkpoint yet.
    """
    if getattr(state.value, slot) == CHECKPOINT:
        found: Model | None = st.session_state.get(f"{_FILE}.{slot}")
        if found is None:
            raise UserError(N_("There is no checkpoint yet: upload one above, or choose another network."))
        return found
    return stored_model(state.value, slot)


def stored_model(controls: ProbeControls, slot: str) -> Model | None:
    """As ``open_model``, of what the lab keeps for everybody: not a checkpoint of one's own."""
    chosen = getattr(controls, slot)
    if chosen == NONE:
        return None
    kind, _sep, key = chosen.partition(":")
    return _shipped(key) if kind == "shipped" else _of_run(runs.get(key), getattr(controls, SLOTS[slot]))


@lru_cache(maxsize=8)
def _shipped(key: str) -> Model:
    found = bundled.weights(key)
    title = designs.design(key).title
    place = f"convlab/weights/{key}.safetensors"
    return Model(found.identity, found.probe, title, found.matches[0], f"shipped:{key}", NEWEST, place)


def _of_run(run: Run, epoch: int) -> Model:
    stored = run.epochs_stored()
    if not stored:
        raise UserError(N_("This run has no weights yet: wait until it trains."))
    return _at_epoch(run, stored[-1] if epoch == NEWEST else epoch)


def newest_of(run: Run) -> Model:
    """A run after the last epoch that is kept. Raises UserError where there is none."""
    return _of_run(run, NEWEST)


@lru_cache(maxsize=32)
def _at_epoch(run: Run, epoch: int) -> Model:
    about: dict[str, Any] = run.environment
    classes = tuple(str(name) for name in about["classes"])
    probe = Probe(run.network_at(epoch), classes, tuple(about["mean"]), tuple(about["std"]))
    settings = run.settings
    options = dict(settings.options)
    if len(classes) != 2:
        options["num_classes"] = len(classes)
    match = Match(settings.design, options)
    file = f"convlab-{run.id}.safetensors"
    return Model(f"{run.id}/{epoch}", probe, run.name, match, f"run:{run.id}", epoch, file)


def title(model: Model) -> str:
    """A model's name as plain text, in the session's language where it is ours."""
    name = _(model.title) if model.source.startswith("shipped:") else model.title
    return name if model.epoch == NEWEST else _("{name}, epoch {epoch}").format(name=name, epoch=model.epoch)


def cards(subject_models: Sequence[Model]) -> None:
    """A line on each network, and the model card of those that come along."""
    with st.container(horizontal=True, vertical_alignment="center", key="probe.cards"):
        for n, model in enumerate(subject_models):
            st.caption(_line(model), width="content")
            told = bundled.card(model.match.design) if model.source.startswith("shipped:") else {}
            if told:
                with st.popover(_("Model card"), icon=":material/id_card:", key=f"probe.card.{n}"):
                    st.code(json.dumps(told, indent=1), language="json", wrap_lines=True)


def _line(model: Model) -> str:
    """What a network is and what it reached, as Markdown."""
    parameters = sum(designs.parameter_counts(model.probe.network))
    parts = [_("**{title}**, {count:,} parameters").format(title=escaped(title(model)), count=parameters)]
    reached = None
    if model.source.startswith("shipped:"):
        reached = bundled.card(model.match.design).get("val_accuracy")
    elif model.source.startswith("run:"):
        run = runs.get(model.source.removeprefix("run:"))
        parts.append(_("trained on {data}").format(data=escaped(run.environment["data"]["title"])))
        record = next((one for one in run.metrics().records if one.epoch == model.epoch), None)
        reached = None if record is None else record.val_accuracy
    else:
        parts.append(_("your file, read as {design}").format(design=model.match.design))
    if reached is not None:
        parts.append(_("validation accuracy {share:.3f}").format(share=reached))
    return "; ".join(parts)
