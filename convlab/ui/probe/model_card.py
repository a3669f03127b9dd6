"""The model card of a bundled network: how it was trained, what it reaches, how to make it again."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from convlab.errors import N_
from convlab.networks import designs
from convlab.probing import bundled
from convlab.training.settings import Settings
from convlab.ui.networks import Model
from convlab.ui.runs import labels
from convlab.ui.words import REMARKS, _, duration, enumerated, escaped, named

DATA = (N_("Sketches: drawn birds and airplanes"), N_("CIFAR-10 birds and airplanes, as JPEG"))
_BEFORE = ("design", "data", "epochs", "seed")  # settings that have a row of their own
_ALWAYS = ("optimizer", "lr", "schedule", "batch_size")  # told even where they are the usual ones


def show(model: Model) -> None:
    """The card line by line, then the commands that train and bundle such a network."""
    st.markdown("\n".join(f"- {named(f'**{name}**', escaped(text))}" for name, text in rows(model).items()))
    st.caption(_("To make it again: train a run, then bundle it under its key."))
    remake = bundled.remake(model.source.partition(":")[2])
    st.code("\n".join(remake), language=None, wrap_lines=True)


def rows(model: Model) -> dict[str, str]:
    """What the card says, in the session's language: label -> plain text."""
    card = model.card
    return {
        labels.setting("design"): _(designs.design(card["design"]).title),
        _("Parameters"): f"{card['parameters']:,}",
        labels.setting("data"): "" if (origin := model.about.data) is None else _(origin.title),
        _("Training pictures"): f"{card['train_pictures']:,}",
        _("Validation pictures"): f"{card['val_pictures']:,}",
        _("Recipe"): enumerated(_recipe(card["settings"]), REMARKS),
        labels.setting("epochs"): str(card["epochs"]),
        labels.setting("seed"): str(card["seed"]),
        _("Time"): duration(card["seconds"]),
        "PyTorch": card["torch"],
        _("Training loss"): enumerated(_losses(card["train_loss"]), REMARKS),
        _("Training accuracy"): f"{card['train_accuracy']:.4f}",
        _("Validation accuracy"): f"{card['val_accuracy']:.4f}",
        _("Validation loss"): f"{card['val_loss']:.4f}",
        _("Right in validation"): enumerated(_right(model.class_names, card["confusion_matrix"]), REMARKS),
        _("SHA-256 of the data"): card["data_sha256"],
    }


def _recipe(given: Mapping[str, Any]) -> list[str]:
    """The settings that are told, by name: "lr: 0.01"; the design's options with them."""
    flat = labels.flat(Settings(**given))
    chosen = {*_ALWAYS, *given, *given.get("options", {})} - {*_BEFORE, "options"}
    return [named(labels.setting(name), labels.value(name, flat[name])) for name in flat if name in chosen]


def _losses(after: Mapping[str, float]) -> list[str]:
    return [named(_("epoch {epoch}").format(epoch=epoch), f"{loss:.4f}") for epoch, loss in after.items()]


def _right(classes: Sequence[str], matrix: Sequence[Sequence[int]]) -> list[str]:
    """For each class how many of its pictures are taken for it."""
    told = _("{right:,} of {all:,}")
    rows = zip(classes, enumerate(matrix), strict=True)
    return [named(name, told.format(right=row[n], all=sum(row))) for name, (n, row) in rows]
