"""What is left after ``benchmarks.two_labs``: is every run there, whole, and as if nothing had happened?"""

import contextlib
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import torch

from benchmarks.chaos import outcome
from convlab.errors import UserError
from convlab.training import queue, runs, snapshots, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON

LIVE = ("queued", "running")
PATIENCE_S = 60.0  # for a worker to notice that its lab is dead, save and go
MOST_RESUMED = 12  # runs that are trained to their end and compared


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes(home: Path) -> dict[int, str]:
    """Process id -> command of all that have this ConvLab folder, but this one."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            ours = f"CONVLAB_HOME={home}\0".encode() in (folder / "environ").read_bytes()
            if ours and pid != os.getpid() and alive(pid):
                found[pid] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return found


def workers(home: Path) -> list[int]:
    """The processes that train."""
    return [pid for pid, command in processes(home).items() if "convlab.training.worker" in command]


def fitting() -> dict[str, list[str]]:
    """What can be done -> the ids of the runs that it can be done with at this moment."""
    states = {}
    for run in runs.all_runs():
        with contextlib.suppress(UserError):  # deleted at this moment
            states[run.id] = run.status().state
    over = [id for id, state in states.items() if state not in LIVE]
    return {
        "start": [""],
        "pause": [id for id, state in states.items() if state == "running"],
        "resume": [id for id, state in states.items() if state in GOES_ON],
        "stop": [id for id, state in states.items() if state in LIVE],
        "fork": [id for id in over if runs.Run(id).epochs_stored()],
        "rename": [*states],
        "delete": over,
    }


def twice(home: Path) -> list[str]:
    """Runs whose metrics two processes have open."""
    writers: Counter[str] = Counter()
    for pid in workers(home):
        opened = set()
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                place = os.readlink(link)
            except OSError:
                continue
            if place.startswith(str(home)) and place.endswith("/metrics.jsonl"):
                opened.add(Path(place).parent.name)
        writers.update(opened)
    return [run for run, count in writers.items() if count > 1]


def found(home: Path, expected: set[str], link: str) -> list[str]:
    """All that is wrong, once every lab is closed."""
    wrong = list(_orphans(home))
    lab = queue.Queue(slots=1)  # as the next lab begins: it sweeps
    lab.close()
    there, others = runs.survey()
    wrong += [f"{name} cannot be read as a run" for name in others]
    wrong += [f"lost: {id}" for id in expected - {run.id for run in there}]
    for run in there:
        wrong += _whole(run)
    wrong += _leftovers(home)
    return [*wrong, *_resumed(there, link)]


def _orphans(home: Path) -> Iterator[str]:
    deadline = time.monotonic() + PATIENCE_S
    while (left := processes(home)) and time.monotonic() < deadline:
        time.sleep(0.2)
    yield from (f"process {pid} is left: {command}" for pid, command in left.items())


def _whole(run: Run) -> Iterator[str]:
    """Every file can be read, and every epoch that ended has its line."""
    try:
        now, records = run.status(), run.metrics().records
        run.story()
        for path in run.folder.rglob("*.json"):
            json.loads(path.read_bytes())
        for path in run.folder.rglob("*.safetensors"):
            snapshots.load(path)
    except (UserError, ValueError, OSError, LookupError) as error:
        yield f"{run.id} cannot be read: {type(error).__name__} {error}"
        return
    epochs = [record.epoch for record in records]
    if epochs != list(range(1, len(epochs) + 1)) or len(epochs) < now.epoch:
        yield f"{run.id}: {now.state} after epoch {now.epoch}, lines of {len(epochs)} epochs"
    if now.state in LIVE:
        yield f"{run.id} is {now.state}, and no lab lives"


def _leftovers(home: Path) -> Iterator[str]:
    """Half made and half deleted runs; a file that a killed writer left goes when it is old."""
    for pattern in (".new-*", ".gone-*"):
        yield from (f"left over: {path.relative_to(home)}" for path in home.rglob(pattern))


def _resumed(there: list[Run], link: str) -> Iterator[str]:
    """Runs of known settings, trained to their end, are equal to ones that nobody disturbed."""
    torch.set_num_threads(1)
    wanted: dict[int, str] = {}
    told = Counter[str]()
    for run in _alike(there, link)[:MOST_RESUMED]:
        try:
            if run.status().state in GOES_ON:
                told["resumed"] += 1
                run.carry_on()
                worker.train(run)
            if (state := run.status()).state != "finished":
                yield f"{run.id} ends as {state.state}: {state.message}"
                continue
            seed = run.settings.seed
            if seed not in wanted:
                fresh = runs.create(run.settings)
                worker.train(fresh)
                wanted[seed] = outcome(fresh)
            told["compared"] += 1
            if outcome(run) != wanted[seed]:
                yield f"{run.id} differs from a run that nobody disturbed"
        except (UserError, OSError) as error:
            yield f"{run.id} cannot be resumed: {error}"
    print(
        f"of the runs that are left {told['resumed']} were resumed, {told['compared']} compared bit for bit"
    )


def _alike(there: list[Run], link: str) -> list[Run]:
    """Those that began from the link itself, the interrupted ones first."""
    asked = dict(parse_qsl(link))
    alike = [
        run
        for run in there
        if run.parent is None and all(_text(run.settings, name) == text for name, text in asked.items())
    ]
    return sorted(alike, key=lambda run: run.status().state == "finished")


def _text(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return (
        f"{value:d}" if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def tracebacks(log: str) -> list[str]:
    """The last lines of all tracebacks, but of what a full disk led to."""
    ends = re.findall(r"^Traceback .*\n(?:[ \t].*\n|\n)+(\S.*)$", log, re.MULTILINE)
    return [f"in the log: {end}" for end in ends if "No space left" not in end]
