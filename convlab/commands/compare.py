"""``python -m convlab compare --designs net,net_width``: which difference between designs is real?"""

import argparse
import contextlib
import shlex
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm import tqdm

from convlab.commands import ending, inputs, numbers, output, settings, sweeps
from convlab.comparison import exports, outcome, plan, presets, report, sweep
from convlab.comparison.outcome import Comparison
from convlab.comparison.plan import Plan
from convlab.comparison.presets import FIGURE, PRESETS
from convlab.comparison.report import About
from convlab.comparison.sweep import Progress, Sweep
from convlab.errors import N_, UserError
from convlab.networks import designs
from convlab.training import recipes
from convlab.training.queue import Queue
from convlab.training.settings import Settings

_ELSEWHERE = ("design", "options", "data", "seed")  # settings that have their own way of being said
_NO_PART = ("run", "report", "curves", "events", "json")  # of what makes the numbers
_LOOK_S = 0.2
_QUIET_S = 10.0  # between lines of progress where stderr is no terminal
_SEEDS = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options: what to compare, and every setting that all share."""
    rows = ", ".join(dict.fromkeys([*FIGURE, *designs.DESIGNS]))
    about = f"separated by commas, of {rows}; each as in the book: {_deepest()}"
    parser.add_argument("--designs", metavar="NAMES", help=about)
    parser.add_argument("--preset", choices=list(PRESETS), help="a comparison that is ready to run")
    parser.add_argument(
        "--seeds", type=numbers.whole, metavar="N", help=f"so many runs of each (default: {_SEEDS})"
    )
    parser.add_argument("--data", help="a zip, a folder, a source, or a key, as for train")
    settings.add(parser, _ELSEWHERE)
    parser.add_argument("--name", help="free text, 80 characters at most")
    parser.add_argument("--resume", metavar="SWEEP", help="go on with one that was stopped or cut")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all of it as one HTML file")
    parser.add_argument("--curves", type=Path, metavar="FILE", help="write every epoch of every run as CSV")
    parser.add_argument("--events", type=Path, metavar="FOLDER", help="write TensorBoard's event files")
    sweeps.add(parser)
    output.add(parser)
    parser.epilog = (
        "CONVLAB_SLOTS says how many runs train at once; else it is the number of cores. "
        "CONVLAB_RAY_ADDRESS names a Ray cluster to train on."
    )


def run(given: argparse.Namespace) -> int:
    """Train all to the end, or until Ctrl-C, which saves. Raises UserError for bad input."""
    if sweeps.asked(given):
        return sweeps.run(given)
    chosen = sweep.get(given.resume) if _resumed(given) else _created(given)
    with contextlib.closing(Queue()) as queue, ending.noticed() as ended, contextlib.closing(_Bar()) as bar:
        chosen.resume(queue)
        while _goes_on(chosen):
            bar.show(chosen.progress())
            if ended():
                chosen.pause()
            time.sleep(_LOOK_S)
        found = chosen.progress()
        bar.show(found)
    _explain(chosen, found)
    result = outcome.measured(chosen)
    _write(given, chosen, result)
    output.show(result.plain(), given.json, lambda: _readable(result))
    return 2 if found.failed else 0


def _write(given: argparse.Namespace, chosen: Sweep, result: Comparison) -> None:
    """The files that were asked for."""
    if given.report:
        output.write(given.report, report.page(_about(given, chosen), result).encode())
    if given.curves:
        output.write(given.curves, exports.curves_csv(result).encode())
    if given.events:
        try:
            exports.write_events(result, given.events)
        except OSError as error:
            told = N_("{file} cannot be written: {reason}.")
            raise UserError(told, file=str(given.events)[:200], reason=str(error.strerror)) from error


def _about(given: argparse.Namespace, chosen: Sweep) -> About:
    """What the report says beside the numbers; where it went on with another, no options are known."""
    options = ["--resume", chosen.id]
    if not given.resume:
        known = {name: value for name, value in vars(given).items() if name not in _NO_PART}
        options = [part for name, value in known.items() for part in _option(name, value)]
    command = shlex.join(["python", "-m", "convlab", "compare", *options])
    return report.of_sweep(chosen, command)


def _option(name: str, value: Any) -> list[str]:
    """An option as it is typed; nothing where it was not said."""
    if value is None or value is False:
        return []
    flag = f"--{name.replace('_', '-')}"
    return [flag] if value is True else [flag, str(value)]


def _goes_on(chosen: Sweep) -> bool:
    """Whether any run trains, or is still to begin."""
    return chosen.wish() == "go" or chosen.owner is not None or chosen.progress().running > 0


def _resumed(given: argparse.Namespace) -> bool:
    others = (given.designs, given.preset, given.seeds, given.data, given.recipe, given.name)
    if given.resume and (settings.said(given, _ELSEWHERE) or any(one is not None for one in others)):
        raise UserError(N_("--resume goes on with the comparison's own settings: leave the others out."))
    return bool(given.resume)


def _created(given: argparse.Namespace) -> Sweep:
    wanted = _plan(given)
    plan.check(wanted)
    slots = sweep.slots_for(wanted)
    seconds = plan.expected_seconds(wanted, slots)
    made = sweep.create(wanted)
    count = f"{len(wanted.cells)} runs ({len(wanted.designs)} designs, {len(wanted.seeds)} seeds)"
    told = f"{count}, {slots} at a time: about {_duration(seconds)}, from measured steps."
    print(f"Comparison {made.id}: {told}", file=sys.stderr)
    return made


def _plan(given: argparse.Namespace) -> Plan:
    """What was asked for. Raises UserError."""
    if bool(given.designs) == bool(given.preset):
        raise UserError(N_("Say what to compare: either --designs net,net_width or --preset NAME."))
    seeds = None if given.seeds is None else range(_checked_count(given.seeds))
    base = _recipe(given.recipe) | settings.said(given, _ELSEWHERE)
    if given.preset:
        preset = PRESETS[given.preset]
        data = given.data or preset.base.get("data", _default("data"))
        return preset.plan(given.name, seeds, **base, data=inputs.prepared(data))
    keys = [key.strip() for key in given.designs.split(",")]
    if twice := [key for key, count in Counter(keys).items() if count > 1]:
        raise UserError(N_("{design} is named twice: name each design once."), design=twice[0])
    told = {key: presets.of_the_book(key) for key in keys}
    told = {key: {name: own[name] for name in own if name not in base} for key, own in told.items()}
    base |= {"data": inputs.prepared(given.data or _default("data"))}
    return plan.planned(given.name or ", ".join(keys)[:80], told, base, seeds or range(_SEEDS))


def _checked_count(count: int) -> int:
    if not 1 <= count <= plan.MOST_RUNS:
        raise UserError(N_("--seeds is how many: give a number from 1 to {most}."), most=plan.MOST_RUNS)
    return count


def _recipe(name: str | None) -> dict[str, Any]:
    """What all share of a recipe; the book's is each design's own."""
    if name in (None, "book"):
        return {}
    told = presets.differing(recipes.RECIPES[str(name)].settings)
    return {name: value for name, value in told.items() if name not in ("design", "options")}


def _default(name: str) -> Any:
    return Settings.model_fields[name].default


def _deepest() -> str:
    """How the one design that is not as its class builds it by default is to be understood."""
    told = presets.of_the_book("net_res_deep")
    return (
        f"net_res_deep has {told['options']['n_blocks']} blocks that share their weights, and lr {told['lr']}"
    )


class _Bar:
    """How far the whole is, on stderr."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def show(self, found: Progress) -> None:
        """Runs that are done, and the time that is left."""
        total = found.done + found.running + found.waiting + found.failed
        if self._bar is None:
            every_s = 0.1 if sys.stderr.isatty() else _QUIET_S
            line = "{l_bar}{bar}| {desc}"
            form = line.replace("{l_bar}", "{percentage:3.0f}%|")
            self._bar = tqdm(
                total=total, bar_format=form, mininterval=every_s, maxinterval=every_s, miniters=0
            )
        parts = [f"{found.done} of {total} runs", f"{found.running} in training"]
        parts += [f"{found.failed} failed"] if found.failed else []
        parts += [f"about {_duration(found.seconds_left)} left"] if not found.over else []
        self._bar.set_description_str(", ".join(parts), refresh=False)
        self._bar.update(found.share * total - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()


def _duration(seconds: float) -> str:
    """As people say it: 40 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
    )


def _explain(chosen: Sweep, found: Progress) -> None:
    """On stderr: what ended early and why, and how to go on."""
    for (label, seed), one in chosen.runs().items():
        status = one.status()
        if status.state not in ("finished", "stopped", "paused"):
            why = status.message or "it was cut"
            print(f"{label}, seed {seed} ({status.state}): {why}", file=sys.stderr)
    if found.waiting:
        again = f"python -m convlab compare --resume {chosen.id}"
        print(f"Saved, with {found.done} runs done. Go on with: {again}", file=sys.stderr)


def _readable(result: Comparison) -> str:
    """A table of the designs, and every two of them in words. The last epoch counts, never the best."""
    lines = [["design", "seeds", "training", "validation", "95% interval", "parameters", "seconds"]]
    for label, one in result.designs.items():
        found = one.interval
        mean = "-" if found is None else f"{found.mean:.4f}"
        ends = "-" if found is None or found.ends is None else "{:.4f} to {:.4f}".format(*found.ends)
        train = f"{sum(one.train_accuracy) / len(one.seeds):.4f}" if one.seeds else "-"
        count = "-" if one.parameters is None else f"{one.parameters:,}"
        seconds = "-" if one.seconds is None else f"{one.seconds:.1f}"
        lines.append([label, str(len(one.seeds)), train, mean, ends, count, seconds])
    pairs = [f"{pair.a} and {pair.b}: {pair.difference.said()}" for pair in result.pairs]
    last = "Accuracies are of the last epoch, never of the best."
    return "\n".join([output.columns(lines), "", *pairs, *([""] if pairs else []), last])
