"""What a run was told and what that came to: its settings as they were, then what happened to it."""

from typing import Any

import streamlit as st

from convlab.networks import designs
from convlab.training import story
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.training.story import Leg, Story
from convlab.ui.runs import labels
from convlab.ui.runs.labels import setting
from convlab.ui.train import events
from convlab.ui.words import _, cell, duration, enumerated, escaped


def told(run: Run, status: Status) -> None:
    """A table, and below it a list."""
    line = run.story()
    found = {**as_it_was(line), _("Time"): duration(status.seconds) or "–"}
    st.table({_("Setting"): list(found), _("Value"): list(map(cell, found.values()))})
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in events.told(line)))


def as_it_was(line: Story) -> dict[str, str]:
    """Settings by name, as they were; what was off is left out."""
    leg, asked = line.leg, _chosen(line.leg.settings)
    found = {setting(name): labels.value(name, value) for name, value in asked.items()}
    found["lr"] = events.rate(leg)
    found[setting("epochs")] = _("{done} of {epochs}").format(
        done=story.place(leg.epoch), epochs=asked["epochs"]
    )
    if begun := events.forked(line):
        found[setting("initialisation")] = begun
    return found | (_on_its_machine(leg) if leg.environment else {})


def _on_its_machine(leg: Leg) -> dict[str, str]:
    """What is known once it has begun."""
    about, settings = leg.environment, leg.settings
    mean, std = (", ".join(f"{number:.4f}" for number in about[name]) for name in ("mean", "std"))
    kind, went = labels.value("normalisation", settings.normalisation), enumerated(leg.devices)
    asked = _("{device} (asked for: {asked})").format(device=went, asked=settings.device)
    return {
        setting("data"): str(about["data"]["title"]),
        _("Classes"): enumerated(map(str, about["classes"])),
        _("Batches an epoch"): f"{leg.per_epoch:,}",
        setting("device"): went if went == settings.device else asked,
        setting("normalisation"): _("{kind}: mean {mean}; std {std}").format(kind=kind, mean=mean, std=std),
        "PyTorch": str(about["torch"]),
    }


def _chosen(settings: Settings) -> dict[str, Any]:
    """Settings by name, without those that are off; the design's options with their defaults."""
    design = designs.design(settings.design)
    options = {name: design.default(name) for name in design.options if name != "num_classes"}
    values = {**labels.flat(settings), **options, **settings.options}
    return {name: value for name, value in values.items() if name == "seed" or value not in (0, False, None)}
