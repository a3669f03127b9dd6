"""Another lab with the same folder: ``python -m tests.training.lab`` obeys the words that come from stdin."""

import sys
from collections.abc import Callable
from functools import partial
from threading import Thread

from convlab.training import queue, runs
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.training.small import settings

LOOK_S = 0.05
# Trains nothing, and writes down when it begins and ends: quick to start, and never two at once.
QUICK = """
import json, os, sys, time
home = os.environ["CONVLAB_HOME"]
def note(*words):
    with open(os.path.join(home, "log"), "a") as log:
        log.write(" ".join(words) + "\\n")
print("ready", flush=True)
for line in sys.stdin:
    file = os.path.join(home, "runs", line.strip(), "status.json")
    note("begin", line.strip())
    time.sleep(0.02)
    with open(file) as told:
        status = {**json.load(told), "state": "finished", "queue": None}
    with open(file + "~", "w") as new:
        json.dump(status, new)
    os.replace(file + "~", file)
    note("end", line.strip())
    print("done", flush=True)
"""
COMMAND = [sys.executable, "-c", QUICK]


def begin_from_many_sessions(pool: Queue, count: int) -> list[Run]:
    """As many sessions press Start at once."""
    found: list[Run] = []

    def press(seed: int) -> None:
        make: Callable[[], Run] = partial(runs.create, settings(seed=seed))
        found.extend(pool.begin([make]))

    sessions = [Thread(target=press, args=(seed,)) for seed in range(count)]
    for one in sessions:
        one.start()
    for one in sessions:
        one.join()
    return found


def main() -> None:
    """Say its id, then the ids of the runs that it was told to begin."""
    queue.LOOK_S = LOOK_S
    idle = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    pool = Queue(slots=1, command=idle if "idle" in sys.argv else COMMAND)
    print(pool.id, flush=True)
    for line in sys.stdin:
        print(*(run.id for run in begin_from_many_sessions(pool, int(line))), flush=True)
    pool.close()


if __name__ == "__main__":
    main()
