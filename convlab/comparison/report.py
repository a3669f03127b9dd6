"""A comparison as one HTML file that opens anywhere, with no network: figures, numbers, how to repeat it."""

import base64
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import convlab
from convlab.chapter import published
from convlab.chapter.published import FIGURE_8_13
from convlab.comparison import drawing, exports
from convlab.comparison.drawing import Bar
from convlab.comparison.markup import Markup, element, joined, table
from convlab.comparison.outcome import Comparison, Measure, Outcome
from convlab.comparison.statistics import Pair, interval
from convlab.comparison.sweep_files import SweepFiles
from convlab.errors import N_, Sentence
from convlab.training.settings import Settings

_STYLE = Path(__file__).with_name("report.css")
_NO_NETWORK = "default-src 'none'; style-src 'unsafe-inline'"  # and no script, whatever stands in a name
_CURVES: dict[Measure, str] = {
    "train_loss": N_("Training loss"),
    "val_loss": N_("Validation loss"),
    "train_accuracy": N_("Training accuracy"),
    "val_accuracy": N_("Validation accuracy"),
}
_LAST = N_(
    "All numbers are of the last epoch, never of the best: whoever picks the best of many epochs flatters "
    "every design. Lines are 95% intervals of the mean by Student's t, circles single seeds; one seed has no "
    "interval."
)
_BOOK = N_("Dashed behind: the book's figure 8.13, one run each, after 100 epochs on CIFAR-10.")
_HOW = N_(
    "Differences are in percentage points of validation accuracy, by seed where two designs have two seeds "
    "in common, else by Welch's test. Each interval is a 95% interval by itself; p is corrected by Holm for "
    "the number of pairs ({count}), so that chance calls any of them real in at most 5 of 100 comparisons. "
    "Real: p below 0.05. Within the noise: the interval lies within one point to either side of none. Else "
    "there are too few seeds to tell: with so many more it would be told four times of five, if the true "
    "difference and spread are those measured here."
)
_BANDS = N_("Lines are means over the seeds, bands their 95% intervals, cut at the edge of the picture.")

Say = Callable[[str], str]


@dataclass(frozen=True)
class About:
    """What a report says of a comparison beside its numbers.

    Attributes:
        name: free text.
        created: Unix time.
        settings: of each design, by its label; the seed says nothing.
        command: what does it again, from a terminal.
    """

    name: str
    created: float
    settings: Mapping[str, Settings]
    command: str


def of_sweep(chosen: SweepFiles, command: str) -> About:
    """What a sweep's report says of it."""
    settings = {label: chosen.plan.settings(label, 0) for label in chosen.plan.designs}
    return About(chosen.name, chosen.created, settings, command)


def page(about: About, found: Comparison, say: Say = str, language: str = "en") -> str:
    """The whole file. ``say`` translates into the language. Raises UserError where a run is gone."""
    parts = [
        _top(about, found, say),
        _figure(about, found, say),
        _pairs(found.pairs, say),
        _curves(found, say),
        _left_out(found, say),
        _settings(about.settings, say),
        _environment(found, say),
        _again(about, found, say),
    ]
    head = element(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_NO_NETWORK}">'),
        element("title", about.name),
        element("style", Markup(_STYLE.read_text(encoding="utf-8"))),
    )
    whole = element("html", head, element("body", element("main", *parts)), lang=language)
    return f"<!doctype html>\n{whole}"


def _section(title: str, *parts: str) -> Markup:
    return element("section", element("h2", title), *parts)


def _note(text: str) -> Markup:
    return element("p", text, class_="note")


def _top(about: About, found: Comparison, say: Say) -> Markup:
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(about.created))
    seeds = sum(len(one.ends) for one in found.designs.values())
    told = say(N_("{designs} designs, {runs} finished runs; begun {when} UTC; ConvLab {version}."))
    values = {"designs": len(found.designs), "runs": seeds, "when": when, "version": convlab.__version__}
    return joined(element("h1", about.name), element("p", told.format(**values)))


def _figure(about: About, found: Comparison, say: Say) -> Markup:
    title = say(N_("Accuracy after the last epoch"))
    rows = {label: _bars(one, about.settings.get(label)) for label, one in found.designs.items()}
    book = any(bar.book is not None for both in rows.values() for bar in both)
    key = [("train", say(N_("training"))), ("val", say(N_("validation")))]
    key += [("book", say(N_("the book, on CIFAR-10")))] if book else []
    drawn = element("div", drawing.bars(rows, title), class_="wide", tabindex=0)
    head = [N_("Design"), N_("Seeds"), N_("Training"), N_("Validation"), N_("95% interval")]
    head += [N_("Gap"), N_("Parameters"), N_("Seconds")]
    numbers = table([say(one) for one in head], [_row(*one, say) for one in found.designs.items()])
    notes = [_note(say(_LAST)), *([_note(say(_BOOK))] if book else [])]
    return _section(title, _key(key), drawn, *notes, numbers)


def _bars(one: Outcome, settings: Settings | None) -> tuple[Bar, Bar]:
    row = None if settings is None else published.row_of(settings.design, settings.l2)
    book = (None, None) if row is None else FIGURE_8_13[row]
    train = interval(one.train_accuracy) if one.ends else None
    return Bar(train, one.train_accuracy, book[0]), Bar(one.interval, one.val_accuracy, book[1])


def _row(label: str, one: Outcome, say: Say) -> list[str]:
    found = one.interval
    if found is None:
        return [label, say(N_("none finished")), *6 * ["–"]]
    ends = "–" if found.ends is None else "{:.1%} – {:.1%}".format(*found.ends)
    accuracies = [f"{fmean(one.train_accuracy):.1%}", f"{found.mean:.1%}", ends]
    count = "–" if one.parameters is None else f"{one.parameters:,}"
    return [
        label,
        ", ".join(map(str, one.seeds)),
        *accuracies,
        _points(fmean(one.gap)),
        count,
        f"{one.seconds:.1f}",
    ]


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _key(entries: Iterable[tuple[str, str]], curves: bool = False) -> Markup:
    """What the colours mean."""
    found = []
    for look, name in entries:
        line = element("line", x1=0, y1=7, x2=26, y2=7, class_=f"curve {look}")
        square = element("rect", x=1, y=1, width=24, height=12, class_=look)
        drawn = element("svg", line if curves else square, viewBox="0 0 26 14", aria_hidden="true")
        found.append(element("li", drawn, name))
    return element("ul", *found, class_="key")


def _pairs(pairs: Sequence[Pair], say: Say) -> Markup:
    if not pairs:
        return Markup()
    order = {"real": 0, "few": 1, "noise": 2}
    ranked = sorted(pairs, key=lambda one: (order[one.difference.verdict], -abs(one.difference.mean)))
    head = [
        N_("Designs"),
        N_("Difference"),
        N_("95% interval"),
        N_("p, corrected"),
        N_("Seeds"),
        N_("Verdict"),
    ]
    rows = [_pair(one, say) for one in ranked]
    return _section(
        say(N_("Which differences are real?")),
        table([say(one) for one in head], rows),
        _note(say(_HOW).format(count=len(pairs))),
    )


def _pair(pair: Pair, say: Say) -> list[str]:
    found = pair.difference
    ends = (
        "–" if found.low is None or found.high is None else f"{_points(found.low)} to {_points(found.high)}"
    )
    p = "–" if found.p is None else f"{found.p:.2g}" if found.p >= 1e-4 else "< 0.0001"
    names = say(N_("{a} less {b}")).format(a=pair.a, b=pair.b)
    return [names, _points(found.mean), ends, p, str(found.count), _said(found.said(), say)]


def _said(sentence: Sentence, say: Say) -> str:
    return say(sentence.template).format(**sentence.values)


def _curves(found: Comparison, say: Say) -> Markup:
    names = [label for label, one in found.designs.items() if one.runs]
    if not names:
        return Markup()
    key = _key(((drawing.look(number), name) for number, name in enumerate(names)), curves=True)
    drawn = []
    for measure, title in _CURVES.items():
        lines = {name: found.designs[name].curve(measure) for name in names}
        picture = element("div", drawing.curves(lines, say(title)), class_="wide", tabindex=0)
        drawn += [element("h3", say(title)), picture]
    return _section(say(N_("Epoch by epoch")), key, _note(say(_BANDS)), *drawn)


def _left_out(found: Comparison, say: Say) -> Markup:
    told = say(N_("{design}, seed {seed}: {reason}"))
    rows = [
        element("li", told.format(design=label, seed=left.seed, reason=_said(left.reason, say)))
        for label, one in found.designs.items()
        for left in one.left_out
    ]
    return _section(say(N_("Runs that are not counted")), element("ul", *rows)) if rows else Markup()


def _settings(designs: Mapping[str, Settings], say: Say) -> Markup:
    """Those that all share in one table, the others by design."""
    told = {label: settings.model_dump(mode="json", exclude={"seed"}) for label, settings in designs.items()}
    names = list(next(iter(told.values()), {}))
    shared = [name for name in names if len({json.dumps(one[name]) for one in told.values()}) == 1]
    apart = [name for name in names if name not in shared]
    rows = [[label, *(_value(one[name]) for name in apart)] for label, one in told.items()]
    own = table([say(N_("Design")), *apart], rows) if apart else Markup()
    first = next(iter(told.values()), {})
    all_of_them = table(
        [say(N_("Setting")), say(N_("Of all designs"))], [[name, _value(first[name])] for name in shared]
    )
    return _section(say(N_("Settings")), own, all_of_them)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _environment(found: Comparison, say: Say) -> Markup:
    """Where it was trained, and on what: whatever the runs tell, each answer once."""
    told: dict[str, dict[str, None]] = {}
    for one in found.designs.values():
        for run in one.runs.values():
            for name, value in _facts(run.environment):
                told.setdefault(name, {})[value] = None
    if not told:
        return Markup()
    rows = [[name, "; ".join(values)] for name, values in told.items()]
    return _section(say(N_("Machine and data")), table([say(N_("What")), say(N_("Value"))], rows))


def _facts(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    data = environment.get("data", {})
    names = ("python", "torch", "machine", "device", "threads")
    told = [(name, environment.get(name)) for name in names]
    told += [(f"data {name}", data.get(name)) for name in ("key", "title", "digest")]
    return [(name, str(value)) for name, value in told if value is not None]


def _again(about: About, found: Comparison, say: Say) -> Markup:
    kinds = [
        ("curves.csv", "text/csv", exports.curves_csv(found), N_("All epochs of all runs (CSV)")),
        ("comparison.json", "application/json", json.dumps(found.plain()), N_("All numbers (JSON)")),
    ]
    links = []
    for name, kind, text, title in kinds:
        href = f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"
        links.append(element("li", element("a", say(title), href=href, download=name)))
    return _section(say(N_("Do it again")), element("pre", about.command), element("ul", *links))
