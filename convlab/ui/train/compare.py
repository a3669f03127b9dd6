"""Several runs compared: their curves overlaid, seeds as a band, the settings in which they differ."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

import streamlit as st

from convlab.training import seeds
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.ui.components.training_curves import curves
from convlab.ui.runs import labels, overlaid
from convlab.ui.runs.history import history
from convlab.ui.train import events
from convlab.ui.words import _, enumerated, escaped

MOST_COLUMNS = 8  # of runs beside each other; more stand below each other
MOST_SAID = 3  # settings in a legend; the table has all of them


def compare(chosen: Sequence[Run]) -> None:
    """Overlaid curves, then a table of what differs; however a table is sorted, each run keeps its colour."""
    chosen = sorted(chosen, key=_age)
    records = {run: history(run).records for run in chosen}
    groups = banded(chosen)
    bands = False
    if len(groups) < len(chosen):
        label = _("Runs that differ only in their seed: mean and spread")
        tip = _(
            "The line is the mean of the finished runs, each seed once; "
            "the band is one standard deviation to either side."
        )
        bands = st.toggle(label, value=True, help=tip, key="train.bands")
    groups = groups if bands else [[run] for run in chosen]
    names = called(groups)
    charts = [overlaid.chart(field, groups, records, names) for field in labels.METRICS]
    reached = max((len(found) and found[-1].epoch for found in records.values()), default=0)
    identity = " ".join(run.id for run in chosen) + f" {bands}"
    curves("train.compare", identity, charts, reached, max(run.settings.epochs for run in chosen))
    if len(chosen) > MOST_COLUMNS:
        _differences(groups, names, records, down=True)
    else:
        _differences([[run] for run in chosen], apart(chosen), records)


def called(groups: Sequence[Sequence[Run]]) -> dict[Run, str]:
    """The first run of each group -> what it is called: a run alone by its name, others by what differs."""
    differing = labels.apart([group[0].settings for group in groups])
    differing.pop("seed", None)
    alone = apart([group[0] for group in groups if len(group) == 1])
    order = sorted((run for group in groups for run in group), key=_age)  # as the table numbers them
    found: dict[Run, str] = {}
    for n, group in enumerate(groups):
        first = group[0]
        if len(group) == 1:
            same = list(alone.values()).count(alone[first]) > 1
            found[first] = f"{order.index(first) + 1}. {alone[first]}" if same else alone[first]
            continue
        title = labels.value("design", first.settings.design)
        here = {name: values[n] for name, values in differing.items() if name != "design"}
        found[first] = enumerated([title, *labels.said(here)])
    return found


def apart(runs: Sequence[Run]) -> dict[Run, str]:
    """Each run by its name, and those that have a name in common by the first settings that differ, too."""
    told = labels.set_apart(runs)
    return {run: enumerated([run.name, *told[run][:MOST_SAID]]) for run in runs}


def _age(run: Run) -> tuple[float, str]:
    return run.created, run.id


def banded(chosen: Sequence[Run]) -> list[list[Run]]:
    """Finished runs that differ only in their seed, together; every other run alone, all in their order."""
    complete = [run for run in chosen if seeds.complete(run.status())]
    groups = seeds.alike(complete) + [[run] for run in chosen if run not in complete]
    return sorted(groups, key=lambda group: chosen.index(group[0]))


def _differences(
    groups: Sequence[Sequence[Run]],
    names: Mapping[Run, str],
    records: Mapping[Run, Sequence[EpochRecord]],
    down: bool = False,
) -> None:
    """What differs, a column for each run or group of runs; ``down``: a row."""
    firsts = [group[0] for group in groups]
    differing = labels.differences([run.settings for run in firsts])
    if any(len(group) > 1 for group in groups):
        differing.pop(labels.setting("seed"), None)
    happened = events.differences([run.story() for run in firsts])
    differing |= {title: list(map(escaped, texts)) for title, texts in happened.items()}
    rows = {name: [v if v == vs[0] else f"**{v}**" for v in vs] for name, vs in differing.items()}
    for field in ("val_accuracy", "train_accuracy"):
        title = _("{measure}, last epoch").format(measure=_(labels.METRICS[field]))
        rows[title] = [_last(group, records, field) for group in groups]
    rows[_("Gap between the two")] = [_gap(group, records) for group in groups]
    columns = zip(*rows.values(), strict=True)
    titles = [escaped(names[run]) for run in firsts]
    st.markdown(_("Settings and events that differ; bold: not the same as in the first run."))
    if down:
        counts = {_("Seeds"): [str(len(group)) for group in groups]} if len(groups) < len(records) else {}
        st.table({_("Runs"): titles, **counts, **rows})
    else:
        numbered = [f"{n}. {title}" for n, title in enumerate(titles, 1)]  # several may be called the same
        st.table({_("Setting"): list(rows), **dict(zip(numbered, map(list, columns), strict=True))})


def _last(group: Sequence[Run], records: Mapping[Run, Sequence[EpochRecord]], field: str) -> str:
    """A share at the last epoch: of several runs the mean, with one standard deviation."""
    ends = [records[run][-1] for run in group if records[run]]
    if not ends:
        return "–"
    shares, epoch = [getattr(one, field) for one in ends], ends[0].epoch
    if len(shares) == 1:
        return _("{share:.1%} (epoch {epoch})").format(share=shares[0], epoch=epoch)
    told = _("{share:.1%} ± {spread:.1%} (epoch {epoch})")
    return told.format(share=mean(shares), spread=stdev(shares), epoch=epoch)


def _gap(group: Sequence[Run], records: Mapping[Run, Sequence[EpochRecord]]) -> str:
    ends = [records[run][-1] for run in group if records[run]]
    return labels.signed(mean(one.gap for one in ends)) if ends else "–"
