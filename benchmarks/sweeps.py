"""A comparison on all cores beside one run after another, and a store of ten thousand runs.

``python -m benchmarks sweeps store``. The data are the class's pictures where they are, else fewer of noise.
"""

import os
import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks import training
from benchmarks.measures import Figure
from benchmarks.train_page import own_home
from convlab.comparison import outcome, sweep
from convlab.comparison.plan import Plan, expected_seconds, planned
from convlab.comparison.presets import PRESETS
from convlab.comparison.sweep import Sweep
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import UserError
from convlab.training import runs, slots, under_way, worker
from convlab.training.queue import Queue
from convlab.training.runs import Run
from convlab.ui.train import run_filters, run_rows
from convlab.ui.train.controls import TrainControls

EPOCHS, THREADS = 3, 2
SHARE = 1 / 1.25  # of the time of one run after another
RUNS, SWEEPS = 10_000, 300
LISTED_S = 1.0
LIVE_S = 0.1  # each second, while one trains


def run(epochs: int = EPOCHS, data: Callable[[], Dataset] | None = None) -> list[Figure]:
    """Eight designs with three seeds; before and after, a third of them in turn with two threads each."""
    with own_home():
        key = shelf.put(_data() if data is None else data())
        preset = PRESETS["in_class"]
        whole = preset.plan(epochs=epochs, data=key, threads=1)
        third = preset.plan("one after another", [0], epochs=epochs, data=key, threads=THREADS)
        told = f"{len(whole.cells)} runs, {slots.cores()} at a time, {shelf.get(key).title}"
        expected = expected_seconds(whole, sweep.slots_for(whole))
        before = _seconds(third, 1)
        took = _seconds(whole, sweep.slots_for(whole))
        behind = _seconds(third, 1)  # the machine may have become busy, or quiet, meanwhile
    after_another = (before + behind) / 2 * len(whole.cells) / len(third.cells)
    told += f"; a third of them in turn {before:.0f} s before and {behind:.0f} s after"
    return [
        Figure("a sweep's time to that of one run after another", took / after_another, "x", SHARE, told),
        Figure("a sweep of eight designs, 3 seeds, 3 epochs", took, "s", None, f"{expected:.0f} s expected"),
    ]


def _data() -> Dataset:
    try:
        return training.data()
    except (UserError, OSError):
        return noise(1000)


def noise(count: int) -> Dataset:
    """Pictures that tell nothing: they cost as much time."""
    generator = torch.Generator().manual_seed(0)

    def split(count: int) -> Split:
        shape = (count, 3, 32, 32)
        images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
        return Split(images, torch.arange(count) % 2)

    return Dataset("Noise", ("a", "b"), split(count), split(count // 5))


def _seconds(plan: Plan, at_once: int) -> float:
    """To the end of the last run, by processes that are warm."""
    queue = Queue(slots=at_once)
    try:
        queue.warm()
        while not all(one.ready for one in queue.workers()):
            time.sleep(0.05)
        found, before = sweep.create(plan), os.environ.get("CONVLAB_SLOTS")
        os.environ["CONVLAB_SLOTS"] = str(at_once)
        try:
            begun = time.perf_counter()
            sweep.begin(found, queue)
            while found.wish() == "go":
                time.sleep(0.1)
            took = time.perf_counter() - begun
        finally:
            del os.environ["CONVLAB_SLOTS"]
            if before is not None:
                os.environ["CONVLAB_SLOTS"] = before
    finally:
        queue.close()
    ended = [len(one.seeds) for one in outcome.measured(found).designs.values()]
    if ended != [len(plan.seeds)] * len(plan.designs):
        raise RuntimeError(f"not all runs came to their end: {ended}")
    return took


def run_store(count: int = RUNS, sweeps: int = SWEEPS) -> list[Figure]:
    """Listing ten thousand runs and three hundred sweeps, the first time and later."""
    with own_home():
        one = fill(count, sweeps)
        began = time.perf_counter()
        found = len(runs.all_runs())
        first = time.perf_counter() - began
        time.sleep(1.1)  # what was written within the last second is read again
        runs.all_runs()
        listed = _median(lambda: [one.status() for one in runs.all_runs()])
        live = _median(under_way.survey)
        rows = run_rows.survey()[0]
        asked = TrainControls(search="net 0.01", only_design="net", sort="val_accuracy")
        filtered = _median(lambda: _page_of(rows, TrainControls()))
        searched = _median(lambda: _page_of(rows, asked))
        shown = _median(lambda: [runs.get(rows[-1][0].id).story(), rows[-1][0].metrics()])
        sweep.all_sweeps()
        all_sweeps, opened = _median(sweep.all_sweeps), _median(one.progress)
    told = f"{found} runs, {sweeps} sweeps; {first:.1f} s the first time"
    return [
        Figure(f"listing {count:,} runs with their states", listed, "s", LISTED_S, told),
        Figure(f"what trains or waits among {count:,} runs", live, "s", LIVE_S),
        Figure(f"a page of the table of {count:,} runs", filtered, "s", LISTED_S, "what differs comes first"),
        Figure("the same, searched and sorted by accuracy", searched, "s", LISTED_S),
        Figure(f"opening one of {count:,} runs", shown, "s", LISTED_S),
        Figure(f"listing {sweeps} sweeps", all_sweeps, "s", LISTED_S),
        Figure("how far a sweep is", opened, "s", LISTED_S, f"{len(one.ids)} runs"),
    ]


def _page_of(rows: list[run_rows.Row], asked: TrainControls) -> list[run_rows.Shown]:
    """What Train shows of past runs: fifty rows, with the columns in which all that were found differ."""
    found, _damaged = run_rows.found(rows, asked)
    return run_rows.rows(found[: run_filters.PER_PAGE], run_rows.columns(found))[0]


def _median(act: Callable[[], object]) -> float:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return median(took)


def fill(count: int, sweeps: int) -> Sweep:
    """A store of so many runs, copies of one that was trained; the last of its sweeps is given."""
    base, per_sweep = {"data": shelf.put(noise(40)), "epochs": 2, "device": "cpu"}, -(-count // sweeps)
    trained: Run | None = None
    left = count
    for number in range(sweeps):
        found = sweep.create(planned(f"sweep {number}", {"net": {"design": "net"}}, base, range(per_sweep)))
        found.set_wish("done")
        for cell, id in list(found.ids.items())[:left]:
            if trained is None:
                worker.train(trained := found.make(cell))
                continue
            folder = trained.folder.with_name(id)
            (folder / "epochs").mkdir(parents=True)
            for name in ("meta.json", "status.json", "environment.json", "metrics.jsonl"):
                (folder / name).write_bytes((trained.folder / name).read_bytes())
            settings = found.plan.settings(*cell).model_dump_json().encode()
            (folder / "settings.json").write_bytes(settings)
        left -= min(left, per_sweep)
    return found
