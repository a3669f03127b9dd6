"""Whole comparisons from a terminal: listed, called otherwise, deleted."""

import argparse
import contextlib
import time
from typing import Any

from convlab.commands import output
from convlab.comparison import sweep
from convlab.comparison.sweep import Sweep
from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.networks.class_names import one_line

_AWAY = "sweep_list", "rename", "delete"
_ALONE = N_("--list, --rename and --delete stand alone: leave the others out.")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare what is done with comparisons that are there."""
    parser.add_argument(
        "--list", action="store_true", dest="sweep_list", help="the comparisons that there are"
    )
    parser.add_argument(
        "--rename", nargs=2, metavar=("SWEEP", "NAME"), help="call one otherwise, in 80 characters at most"
    )
    parser.add_argument("--delete", metavar="SWEEP", help="delete one for good, with all of its runs")


def asked(given: argparse.Namespace) -> bool:
    """Whether anything of this was asked for, and nothing else. Raises UserError where both were."""
    said = {name for name, value in vars(given).items() if value not in (None, False)} - {"json", "run"}
    away = said.intersection(_AWAY)
    if away and len(said) > 1:
        raise UserError(_ALONE)
    return bool(away)


def run(given: argparse.Namespace) -> int:
    """Do it, and say what was done. Raises UserError."""
    if given.sweep_list:
        entries = _entries()
        output.show({"sweeps": entries}, given.json, lambda: _readable(entries))
        return 0
    if given.rename:
        id, name = given.rename
        chosen = sweep.get(id)
        chosen.rename(name)
        output.show({"sweep": id, "name": name}, given.json, lambda: f"{id} is called {_shown(name)} now.")
        return 0
    chosen = sweep.get(given.delete)
    name, runs = chosen.name, len(chosen.runs())
    chosen.delete()
    told = f"{_shown(name)} is deleted, and its {'1 run' if runs == 1 else f'{runs} runs'}."
    output.show({"sweep": chosen.id, "deleted": runs}, given.json, lambda: told)
    return 0


def _entries() -> list[dict[str, Any]]:
    """For JSON, the newest first."""
    found = []
    for one in sweep.all_sweeps():
        with contextlib.suppress(UserError):  # deleted at this moment
            found.append(_entry(one))
    return found


def _entry(one: Sweep) -> dict[str, Any]:
    progress = one.progress()
    return {
        "sweep": one.id,
        "name": one.name,
        "created": one.created,
        "state": _state(one),
        "designs": list(one.plan.designs),
        "seeds": list(one.plan.seeds),
        "data": sorted(one.plan.data),
        "runs": len(one.plan.cells),
        "done": progress.done,
        "failed": progress.failed,
        "seconds_left": progress.seconds_left,
    }


def _state(one: Sweep) -> str:
    """ "done", "training", "paused", "stopped", or "cut": what trained it was killed."""
    wish = one.wish()
    if wish == "go":
        return "cut" if one.owner is None else "training"
    return {"pause": "paused", "stop": "stopped", "done": "done"}[wish]


def _readable(entries: list[dict[str, Any]]) -> str:
    if not entries:
        return "There is no comparison yet."
    lines = [["sweep", "begun", "state", "runs", "designs", "data", "name"]]
    for entry in entries:
        begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry["created"]))
        state, runs = entry["state"], f"{entry['done']} of {entry['runs']}"
        data = ", ".join(map(_title, entry["data"]))
        lines.append(
            [entry["sweep"], begun, state, runs, str(len(entry["designs"])), data, _shown(entry["name"])]
        )
    return output.columns(lines)


def _title(key: str) -> str:
    header = shelf.entries().get(key)
    return key if header is None else _shown(header.title)


def _shown(text: str) -> str:
    """Free text of anybody's: a terminal obeys some characters."""
    return one_line(text, None) or "-"
