"""``python -m convlab stations --json``: the chapter's path, each station with its answer computed now."""

import argparse

import torch

from convlab.commands import output
from convlab.course import asking, stations
from convlab.course.stations import Station


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    output.add(parser, "print a JSON list of stations")
    add_path(parser)


def add_path(parser: argparse.ArgumentParser) -> None:
    """Declare ``--path``, the choice between the whole path and the short one."""
    parser.add_argument(
        "--path",
        choices=("whole", stations.SHORT),
        default="whole",
        help="the whole path (default) or the short one",
    )


def path_of(given: argparse.Namespace) -> tuple[Station, ...]:
    """The stations of the path that was chosen."""
    return stations.short() if given.path == stations.SHORT else stations.shipped()


def run(given: argparse.Namespace) -> int:
    """Print the path."""
    torch.set_num_threads(1)  # as in the app: the answers' small networks are no faster with more
    entries = [_entry(station) for station in path_of(given)]
    output.show(entries, given.json, lambda: _readable(entries))
    return 0


def _entry(station: Station) -> dict[str, object]:
    found = asking.answer(station)
    return {
        "id": station.id,
        "section": station.section,
        "lesson": station.lesson,
        "link": station.address,
        "question": asking.filled(station.question, found),
        "answer": found.get("answer"),
        "book": station.book,
    }


def _readable(entries: list[dict[str, object]]) -> str:
    """A line for each: where it stands, its answer, and the book's figure where there is one."""
    lines = [["section", "station", "lesson", "answer", "book"]]
    for entry in entries:
        book = "-" if entry["book"] is None else _figure(entry["book"])
        answer = _figure(entry["answer"])
        lines.append([str(entry["section"]), str(entry["id"]), str(entry["lesson"]), answer, book])
    return output.columns(lines) + f"\n\n{len(entries)} stations"


def _figure(value: object) -> str:
    return (
        f"{value:,.6g}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
