"""``python -m benchmarks [NAME ...] [--json FILE]``: run the benchmarks and print one table."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import (
    chaos,
    cold,
    dragging,
    edit,
    following,
    garbage,
    gpu,
    layers,
    load,
    machine,
    modules,
    network,
    pointing,
    probe,
    sketches,
    soak,
    stations,
    sweeps,
    train_page,
    training,
)
from benchmarks.measures import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "edit": edit.run,
    "dragging": dragging.run,
    "pointing": pointing.run,
    "following": following.run,
    "layers": layers.run,
    "network": network.run,
    "modules": modules.run,
    "probe": probe.run,
    "stations": stations.run,
    "train_page": train_page.run,
    "load": load.run,
    "soak": soak.run,
    "garbage": garbage.run,
    "cold": cold.run,
    "training": training.run,
    "book": training.run_book,
    "gpu": gpu.run,
    "sketches": sketches.run,
    "chaos": chaos.run,
    "sweeps": sweeps.run,
    "store": sweeps.run_store,
}
ROW = "{:<70} {:>18}  {:>9}  {:<6}  {}"


def row(figure: Figure) -> str:
    """One line of the table."""
    bar = "" if figure.bar is None else f"<= {figure.bar:.4g}"
    return ROW.format(
        figure.name, f"{figure.value:.4g} {figure.unit}", bar, figure.verdict, figure.detail
    ).rstrip()


def measured(name: str, run: Callable[[], list[Figure]]) -> dict[str, Any]:
    """Run one benchmark and print its rows; how busy the machine was before it, and the figures."""
    busy = machine.load_average()
    warning = (
        f"  LOAD AVERAGE {busy:.1f}: the machine is busy, do not trust these"
        if busy > machine.QUIET_LOAD
        else ""
    )
    print(f"\n{name}{warning}", flush=True)
    figures = run()
    print(*map(row, figures), sep="\n", flush=True)
    return {"benchmark": name, "load_average": busy, "figures": [figure.as_json() for figure in figures]}


def main(arguments: list[str] | None = None) -> int:
    """1 if a bar was missed, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure how fast the lab answers."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    print(machine.description())
    print(ROW.format("", "figure", "bar", "", "spread").rstrip())
    results = [measured(name, BENCHMARKS[name]) for name in options.names or BENCHMARKS]
    if options.json:
        taken = datetime.now(UTC).isoformat(timespec="seconds")
        report = {"machine": machine.description(), "taken": taken, "results": results}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(any(one["verdict"] == "MISSED" for result in results for one in result["figures"]))


if __name__ == "__main__":
    sys.exit(main())
