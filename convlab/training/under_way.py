"""The runs that train or wait, of all labs and terminals, without a look into the folders of all others."""

import os
from contextlib import suppress

from convlab.errors import UserError
from convlab.training import run_files, runs
from convlab.training.run_files import Seen
from convlab.training.runs import Run
from convlab.training.status import LIVE, Status

_RESTS: dict[str, Seen] = {}  # of a run that did neither, when its status was written


def survey() -> list[tuple[Run, Status]]:
    """Each that can be read, with its status, in no order.

    Of the others only the date of one file is asked.
    """
    found, rests = [], {}
    folder = run_files.runs_folder()
    for entry in os.scandir(folder) if folder.is_dir() else ():
        with suppress(UserError, OSError):  # no run, or deleted meanwhile
            seen = run_files.seen_at(f"{entry.path}/status.json")
            if _RESTS.get(entry.path) != seen:
                run = runs.get(entry.name)
                status = run.status()
                if status.state in LIVE:
                    found.append((run, status))
                    continue
                if run.written().state in LIVE or not run_files.settled(max(seen[:2])):
                    continue  # who trained it has died, perhaps only for this look
            rests[entry.path] = seen
    _RESTS.clear()
    _RESTS.update(rests)
    return found
