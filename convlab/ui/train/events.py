"""What happened to a run, in words: for the table, the marks on its curves, and its list of events."""

from collections import defaultdict
from collections.abc import Sequence

from convlab.errors import N_, UserError
from convlab.training import runs, story
from convlab.training.story import Leg, Story
from convlab.ui.components.shared.charts import Mark
from convlab.ui.runs import labels
from convlab.ui.words import _, enumerated, explain

MOST_CHANGES = 3  # of the rate, in a cell of a table
_RESUMED = N_("Resumed")


def told(of: Story) -> list[str]:
    """Where its weights came from and what happened then, a sentence each; plain text."""
    return [explain(said) for said in story.events(of, list(map(name, of.parents)))]


def name(leg: Leg) -> str:
    """What a parent is called today; where it is deleted, what it was called."""
    try:
        return runs.get(leg.run).name
    except UserError:
        return _("{name} (deleted)").format(name=leg.name)


def forked(of: Story) -> str:
    """Where its weights came from that were not random; "" for random ones."""
    return enumerated(explain(said) for said in story.beginning(of, list(map(name, of.parents))))


def rate(leg: Leg) -> str:
    """The learning rate as it went: "0.01 → 1000 at epoch 3.4"."""
    first, parts = f"{leg.settings.lr:g}", []
    if leg.settings.schedule == "one_cycle":
        first = _("{lr} at the peak").format(lr=first)
    for step, lr in leg.changes.items():
        parts.append(_("{lr} at epoch {epoch}").format(lr=f"{lr:g}", epoch=story.place(leg.at(step))))
    if len(parts) > MOST_CHANGES:
        parts = [_("{count} other rates").format(count=len(parts) - 1), parts[-1]]
    return " → ".join([first, *parts])


def differences(several: Sequence[Story]) -> dict[str, list[str]]:
    """What it is called -> what it was for each run, where they differ in what happened to them."""
    found = {
        _("Learning rate as it went"): [rate(one.leg) for one in several],
        _("Begun with"): [forked(one) or _("random weights") for one in several],
        _("Trained on"): [enumerated(one.leg.devices) or "–" for one in several],
        _("Epochs trained"): [story.place(one.leg.epoch) for one in several],
    }
    if not any(one.leg.changes for one in several):  # then it stands among the settings
        found.pop(_("Learning rate as it went"))
    return {title: texts for title, texts in found.items() if len(set(texts)) > 1}


def marks(of: Story) -> list[Mark]:
    """What happened to a run as marks on its curves: a word for each place."""
    leg, words = of.leg, defaultdict[float, list[str]](list)
    if beginning := story.beginning(of, list(map(name, of.parents))):
        words[0.0].append(explain(beginning[0]))
    for place, halt in leg.halts:
        if place:
            words[place].append(_(_RESUMED) if halt.state == "resumed" else labels.state_name(halt.state))
    for step, lr in leg.changes.items():
        words[leg.at(step)].append(_("lr {rate}").format(rate=f"{lr:g}"))
    return [Mark(place, enumerated(dict.fromkeys(words[place]))) for place in sorted(words)]
