"""How runs are put into words: states, times, names, settings."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_
from convlab.networks import designs
from convlab.training import first_layer
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.ui.components.shared.charts import KernelsShown, Lacking
from convlab.ui.words import _, counted, duration, escaped, explain, sentences

STATES = {  # what it is called, how it is coloured; a blank in a state is an underline here
    "queued": (N_("Waiting"), "live"),
    "running": (N_("Training"), "live"),
    "paused": (N_("Paused"), "still"),
    "finished": (N_("Finished"), "good"),
    "lost": (N_("Lost"), "bad"),  # finished, yet
    "guesses": (N_("Finished"), "still"),
    "stopped": (N_("Stopped"), "still"),
    "diverged": (N_("Diverged"), "bad"),
    "timed_out": (N_("Timed out"), "bad"),
    "failed": (N_("Failed"), "bad"),
    "interrupted": (N_("Interrupted"), "still"),
}

# Names of settings as a table shows them; PyTorch's own where PyTorch has one.
LABELS = {
    "design": N_("Network"),
    "data": N_("Data"),
    "epochs": N_("Epochs"),
    "flip": N_("Flip"),
    "shift_px": N_("Shift (px)"),
    "initialisation": N_("Initialisation"),
    "normalisation": N_("Normalisation"),
    "schedule": N_("Schedule"),
    "device": N_("Device"),
    "threads": N_("Threads"),
    "seed": N_("Seed"),
    "optimizer": N_("Optimiser"),
    "unshuffled": N_("Unshuffled"),
    "validate_in_train_mode": N_("Validated in train mode"),
    "deadline_s": N_("Time limit (s)"),
    "shared": N_("One shared block"),
}
WORDS = {  # of values that say too little by themselves
    "initialisation": {
        "pytorch": N_("the design's own"),
        "reset_parameters": N_("PyTorch's default"),
        "xavier": "Xavier",
        "kaiming": "Kaiming",
    },
    "optimizer": {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"},
    "normalisation": {"cifar10": N_("the chapter's mean"), "data": N_("the data's own mean")},
    "schedule": {"constant": N_("constant"), "one_cycle": N_("one cycle")},
}
METRICS = {  # of an epoch's record
    "train_loss": N_("Training loss"),
    "val_loss": N_("Validation loss"),
    "train_accuracy": N_("Training accuracy"),
    "val_accuracy": N_("Validation accuracy"),
}
ERRORS = {  # what accuracies lack of 1
    "accuracy": N_("Error"),
    "train_accuracy": N_("Training error"),
    "val_accuracy": N_("Validation error"),
}
KERNELS_SHOWN, PICTURES_SHOWN = 32, 12


def error_of(accuracy: str) -> Lacking:
    """What an accuracy lacks of 1, one of ``ERRORS``."""
    return Lacking(_(ERRORS[accuracy]), _("1 − accuracy"))


def state(status: Status) -> str:
    """What its state is called."""
    return state_name(_key(status))


def state_name(key: str) -> str:
    """What a state is called."""
    return _(STATES[key.replace(" ", "_")][0])


def tone(status: Status) -> str:
    """How its state is coloured: "live", "good", "bad" or "still"."""
    return STATES[_key(status)][1]


def _key(status: Status) -> str:
    kind = status.outcome.kind if status.state == "finished" and status.outcome is not None else ""
    return kind if kind in STATES else status.state.replace(" ", "_")


def epochs(count: int) -> str:
    """As "1 epoch" or "10 epochs"."""
    return counted(count, _("1 epoch"), _("{count} epochs"))


def gap(last: EpochRecord | None) -> str:
    """Training accuracy less validation accuracy of the newest epoch: how much was learned by heart."""
    return "–" if last is None else signed(last.gap)


def signed(share: float) -> str:
    """A difference of two shares, as "+7.5 points" or "−25.0 points"."""
    return _("{value} points").format(value=f"{100 * share:+.1f}".replace("-", "−"))


def figures(status: Status, lr: float | None = None) -> str:
    """How far a run is, in one line; with its learning rate where that is given and it trains."""
    parts, running = [], status.state == "running"
    if status.state == "queued" and status.place:
        parts.append(_("place {place} in the queue").format(place=status.place))
    if running and status.batches_per_epoch and status.epoch < status.epochs:
        sentence = _("epoch {epoch} of {epochs}, batch {batch} of {batches}")
        progress = {"epoch": status.epoch + 1, "epochs": status.epochs, "batch": status.batch}
        parts.append(sentence.format(**progress, batches=status.batches_per_epoch))
    elif status.batch:
        sentence = _("{epoch} of {epochs} and {batch} of {batches} batches")
        done = {"epoch": status.epoch, "epochs": epochs(status.epochs), "batch": status.batch}
        parts.append(sentence.format(**done, batches=status.batches_per_epoch))
    elif status.batches_per_epoch:
        parts.append(_("{epoch} of {epochs}").format(epoch=status.epoch, epochs=epochs(status.epochs)))
    if running and lr is not None:
        parts.append(f"lr {lr:.4g}")
    if running and status.images_per_s:
        parts.append(_("{count:,} images/s").format(count=round(status.images_per_s)))
    if status.seconds:
        spent = duration(status.seconds)
        parts.append(spent if status.state == "finished" else _("{time} so far").format(time=spent))
    if running and status.seconds_left is not None:
        parts.append(_("about {time} left").format(time=duration(status.seconds_left)))
    return " · ".join(parts)


def advice(status: Status, diagnosed: bool = False) -> str:
    """What happened to a run that has halted, and what to do about it; "" where nothing happened.

    ``diagnosed``: what to do about its learning is said elsewhere.
    """
    said = "" if status.message is None else explain(status.message)
    if status.state == "interrupted" and not said:
        said = _("The program that trained it ended.")
    further = {
        "paused": _("It waits where you paused it: press Resume."),
        "interrupted": _("Nothing up to its last checkpoint is lost: press Resume."),
        "diverged": _("The last finite weights are kept. Start again with a smaller learning rate."),
        "failed": _("What it measured so far is kept. Fix the cause, then press Resume."),
        "stopped": _("You can resume it, or continue from one of its epochs with other settings."),
    }
    if not status.seconds:
        further["stopped"] = _("It has not begun: press Start.")
    if diagnosed:
        further["diverged"] = _("The last finite weights are kept.")
    over = status.state.replace(" ", "_") in ("finished", "timed_out") and not diagnosed
    if over and status.outcome is not None and status.outcome.said:
        said = sentences(said, explain(status.outcome.said))  # who goes on may find back to learning
    return sentences(said, further.get(status.state, ""))


def setting(name: str) -> str:
    """What a setting is called on the screen."""
    return _(LABELS[name]) if name in LABELS else name


def value(name: str, given: Any) -> str:
    """A setting's value as text."""
    if name == "design":
        return _(designs.design(given).title)
    if name == "data":
        return data_title(given)
    if given in (words := WORDS.get(name, {})):
        return _(words[given])
    if isinstance(given, bool):
        return _("on") if given else _("off")
    if isinstance(given, float):
        return f"{given:g}"
    if isinstance(given, tuple):
        return " × ".join(map(str, given))
    return "–" if given is None else str(given)


def data_title(key: str) -> str:
    """What a data set is called; its key where it is not here."""
    if key in SOURCES:
        return _(SOURCES[key].title)
    entry = shelf.entries().get(key)
    return key if entry is None else entry.title


def flat(settings: Settings) -> dict[str, Any]:
    """Settings by name, the design's options that were chosen behind the design."""
    values = dict(settings)
    return {"design": values.pop("design"), **values.pop("options"), **values}


def differences(several: Sequence[Settings]) -> dict[str, list[str]]:
    """Name of a setting -> its value in each run, in Markdown, for the settings in which they differ."""
    return {
        escaped(setting(name)): [escaped(value(name, one)) for one in given]
        for name, given in apart(several).items()
    }


def apart(several: Sequence[Settings]) -> dict[str, list[Any]]:
    """Name of a setting -> its value in each run, for the settings in which they differ."""
    flattened = [whole(settings) for settings in several]
    names = dict.fromkeys(name for settings in several for name in flat(settings))
    given = {name: [one.get(name) for one in flattened] for name in names}
    return {name: values for name, values in given.items() if any(one != values[0] for one in values)}


def set_apart(several: Sequence[Run]) -> dict[Run, list[str]]:
    """What sets each run apart from those of the same name, as "lr 0.05"."""
    alike: dict[str, list[Run]] = {}
    for run in several:
        alike.setdefault(run.name, []).append(run)
    found: dict[Run, list[str]] = {}
    for same in alike.values():
        differing = apart([run.settings for run in same])
        for n, run in enumerate(same):
            found[run] = said({name: values[n] for name, values in differing.items()})
    return found


def said(settings: Mapping[str, Any]) -> list[str]:
    """Some settings, as "lr 0.05" each; those that a run does not have are left out."""
    return [f"{setting(name)} {value(name, given)}" for name, given in settings.items() if given is not None]


def whole(settings: Settings) -> dict[str, Any]:
    """As ``flat``, with the options that nobody chose."""
    design = designs.design(settings.design)
    return {name: design.default(name) for name in design.options} | flat(settings)


def kernels(weights: Tensor, design: str) -> KernelsShown:
    """First-layer kernels for the browser: bytes on one scale, whose round end so seldom changes."""
    layer = first_layer.name(design)
    pictures = weights.shape[-1] > 8
    some = weights[: PICTURES_SHOWN if pictures else KERNELS_SHOWN]
    end = round_up(float(some.abs().max()))
    places = quantised(some, end)
    told: dict[str, Any] = {"layer": layer, "shown": len(some)}
    told |= zip(("count", "channels", "height", "width"), weights.shape, strict=True)
    words = _("{layer}: {shown} of {count} kernels, {channels} × {height} × {width}")
    heading = _("First-layer weights, {layer}") if pictures else _("First-layer kernels, {layer}")
    if len(some) < len(weights):
        heading = sentences(heading, _("(the first {shown} of {count})"))
    if first_layer.is_fixed(design):
        heading = sentences(heading, _("(fixed: no training changes them)"))
    return KernelsShown(heading.format(**told), words.format(**told), places, end)


def quantised(values: Tensor, end: float) -> Any:
    """Uint8 numpy places of values on a scale of 256 colours from -end to end; NaN is neutral."""
    places = values.nan_to_num(0, math.inf, -math.inf) / end * 127.5 + 127.5
    return places.round().clamp(0, 255).to(torch.uint8).contiguous().numpy()


def round_up(size: float) -> float:
    """The smallest of 1, 1.5, 2, 3, 5, 7, 10... that is not below a size; 1 where it is not above 0."""
    if not (size > 0 and math.isfinite(size)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return next(n * power for n in (1, 1.5, 2, 3, 5, 7, 10) if n * power >= size * (1 - 1e-9))
