"""The runs that train, wait or are paused, of all labs and terminals, without reading all the others."""

import os
from contextlib import suppress

from convlab.errors import UserError
from convlab.training import run_files, runs
from convlab.training.run_files import Seen
from convlab.training.runs import Run
from convlab.training.status import LIVE, Status

Row = tuple[Run, Status]

# Of a run that neither trained nor waited: when its status was written, and what it says where it is paused.
_RESTS: dict[str, tuple[Seen, Row | None]] = {}


def survey() -> list[Row]:
    """Each that can be read, with its status, in no order.

    Of the others only the date of one file is asked.
    """
    found, rests = list[Row](), dict[str, tuple[Seen, Row | None]]()
    folder = run_files.runs_folder()
    for entry in os.scandir(folder) if folder.is_dir() else ():
        with suppress(UserError, OSError):  # no run, or deleted meanwhile
            seen = run_files.seen_at(f"{entry.path}/status.json")
            before, paused = _RESTS.get(entry.path, (None, None))
            settled = before == seen
            if not settled:
                run = runs.get(entry.name)
                status = run.status()
                if status.state in LIVE:
                    found.append((run, status))
                    continue
                paused = (run, status) if status.state == "paused" else None
                # Or who trained it has died, perhaps only for this look.
                settled = run.written().state not in LIVE and run_files.settled(max(seen[:2]))
            if paused is not None:
                found.append(paused)
            if settled:
                rests[entry.path] = seen, paused
    _RESTS.clear()
    _RESTS.update(rests)
    return found
