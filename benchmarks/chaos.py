"""kill -9 at random moments, of the process that trains and of the server: is anything lost?

``python -m benchmarks.chaos`` is such a server: it trains the runs whose ids come from stdin.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from benchmarks.measures import Figure
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import UserError
from convlab.training import metrics, queue, runs, snapshots, worker
from convlab.training.hired import Worker
from convlab.training.queue import Queue
from convlab.training.runs import Run
from convlab.training.settings import Settings
from tests.sources import ROOT

KILLS = 20
EPOCHS = 120
LATEST_S = 2.0  # a kill comes this long after a start, at most
PATIENCE_S = 60.0


@dataclass
class Toll:
    """What killing led to."""

    kills: int = 0
    while_training: int = 0
    lost: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    orphans: int = 0
    finished: int = 0


@contextmanager
def laboratory() -> Iterator[str]:
    """A ConvLab folder that is deleted afterwards; the key of a small data set in it."""
    before = os.environ.get("CONVLAB_HOME")
    with tempfile.TemporaryDirectory(prefix="convlab-chaos-") as folder:
        os.environ["CONVLAB_HOME"] = folder
        try:
            yield shelf.put(Dataset("chaos", ("a", "b"), _noise(96, 0), _noise(32, 1)))
        finally:
            del os.environ["CONVLAB_HOME"]
            if before is not None:
                os.environ["CONVLAB_HOME"] = before


def _noise(count: int, seed: int) -> Split:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(count) % 2)


def create(key: str, epochs: int) -> Run:
    """A run with all that has to be restored: momentum, a moving learning rate, random mirror images."""
    settings = {"data": key, "epochs": epochs, "batch_size": 16, "device": "cpu", "momentum": 0.9}
    return runs.create(Settings.parse({**settings, "schedule": "one_cycle", "flip": True}))


def outcome(run: Run) -> str:
    """Losses and records without wall-clock, and the weights, as text that is equal if all bits are."""
    found = run.metrics()
    records = [metrics.plain(one) for one in found.records]
    for one in records:
        del one["seconds"], one["images_per_s"]
    weights = snapshots.load(run.folder / "weights.safetensors")[0]
    places = [found.epoch.tolist(), found.batch.tolist(), found.loss.tolist()]
    told = [places, records, {name: tensor.tolist() for name, tensor in weights.items()}]
    return json.dumps(told, sort_keys=True)


def look(run: Run, toll: Toll) -> None:
    """After a kill: is the run there, can every file be read, does it say that it was interrupted?"""
    toll.kills += 1
    if run not in runs.all_runs():
        toll.lost.append(run.id)
        return
    try:
        state = run.status().state
        run.metrics()
        for path in run.folder.rglob("*.json"):
            json.loads(path.read_bytes())
        for path in run.folder.rglob("*.safetensors"):
            snapshots.load(path)
    except (UserError, ValueError, OSError) as error:
        toll.unreadable.append(f"{run.id}: {error}")
        return
    if state not in ("interrupted", "finished"):
        toll.wrong_state.append(f"{run.id}: {state}")
    toll.while_training += state == "interrupted"


def compare(run: Run, wanted: str, toll: Toll) -> None:
    """A run that came to its end."""
    toll.finished += 1
    if outcome(run) != wanted:
        toll.unequal.append(run.id)


def wait(reached: Callable[[], object]) -> None:
    """Until it is so. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.005)


def over(run: Run) -> bool:
    """Whether nobody trains it and it does not wait."""
    return run.status().state not in ("running", "queued")


def missed(pool: Queue, one: Worker) -> bool:
    """Whether the queue knows that a worker is dead."""
    return one not in pool.workers()


def reference(key: str, epochs: int) -> str:
    """What a run comes to that nobody disturbs."""
    run = create(key, epochs)
    worker.train(run)
    return outcome(run)


def kill_trainers(kills: int, epochs: int, seed: int = 0) -> Toll:
    """Kill the process that trains a run, again and again."""
    toll, chance = Toll(), random.Random(seed)
    with laboratory() as key:
        wanted = reference(key, epochs)
        pool = Queue(slots=2)  # one is warm while the other starts
        try:
            run = create(key, epochs)
            pool.warm()
            while toll.kills < kills:
                wait(lambda: any(one.ready for one in pool.workers()))
                pool.submit(run)
                time.sleep(chance.uniform(0, LATEST_S))
                for one in pool.workers():
                    if run in one.runs:
                        one.process.kill()
                        wait(partial(missed, pool, one))
                look(run, toll)
                if run.status().state == "finished":
                    compare(run, wanted, toll)
                    run = create(key, epochs)
            pool.submit(run)
            wait(partial(over, run))
            compare(run, wanted, toll)
        finally:
            pool.close()
    return toll


class Server:
    """A process that holds a queue with one worker."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._worker: int | None = None

    def submit(self, *ids: str) -> None:
        """As soon as its worker is warm."""
        assert self._process.stdin
        assert self._process.stdout
        self._worker = self._worker or int(self._process.stdout.readline())
        for id in ids:
            self._process.stdin.write(f"{id}\n")
            assert self._process.stdout.readline() == "submitted\n"

    def kill(self) -> bool:
        """With SIGKILL; whether its worker went too."""
        self._process.kill()
        self._process.wait()
        try:
            wait(lambda: not Path(f"/proc/{self._worker}").exists())
        except TimeoutError:
            os.kill(self._worker or 0, signal.SIGKILL)
            return False
        return True


def kill_servers(kills: int, epochs: int, seed: int = 0) -> Toll:
    """Kill the server of one run that trains and one that waits, again and again."""
    toll, chance = Toll(), random.Random(seed)
    with laboratory() as key:
        wanted = reference(key, epochs)
        pair = [create(key, epochs), create(key, epochs)]
        servers = [Server()]
        for number in range(kills):
            servers += [Server()] if number + 1 < kills else []  # the next one warms up meanwhile
            server = servers.pop(0)
            server.submit(*(run.id for run in pair))
            time.sleep(chance.uniform(0, LATEST_S))
            toll.orphans += not server.kill()
            look(pair[0], toll)
            look(pair[1], toll)
            toll.kills -= 1  # it was one kill
            for place, run in enumerate(pair):
                if run.status().state == "finished":
                    compare(run, wanted, toll)
                    pair[place] = create(key, epochs)
        for run in pair:
            worker.train(run)
            compare(run, wanted, toll)
    return toll


def figures(who: str, toll: Toll) -> list[Figure]:
    """Nothing may be lost, unreadable, wrongly labelled or unequal."""
    told = f"{toll.kills} kills, {toll.while_training} left a run interrupted, {toll.finished} ran to the end"
    found = {
        "lost": toll.lost,
        "unreadable": toll.unreadable,
        "in a wrong state": toll.wrong_state,
        "not equal after all": toll.unequal,
    }
    return [
        Figure(f"kill -9 of the {who}: runs {what}", len(which), "runs", 0, "; ".join(which) or told)
        for what, which in found.items()
    ] + [Figure(f"kill -9 of the {who}: processes left alone", toll.orphans, "processes", 0, told)]


def run(kills: int = KILLS, epochs: int = EPOCHS) -> list[Figure]:
    """Both, one after the other."""
    torch.set_num_threads(1)
    return [
        *figures("trainer", kill_trainers(kills, epochs)),
        *figures("server", kill_servers(kills, epochs)),
    ]


def serve() -> None:
    """Say the worker's process id when it is warm, then take ids."""
    pool = queue.shared()
    pool.warm()
    wait(lambda: pool.workers()[0].ready)
    print(pool.workers()[0].process.pid, flush=True)
    for line in sys.stdin:
        pool.submit(runs.get(line.strip()))
        print("submitted", flush=True)


if __name__ == "__main__":
    serve()
