"""Whose a run is: several labs, on several computers even, may have one folder of runs."""

import os
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

from convlab.errors import N_, Sentence

TERMINAL = "terminal"  # in place of a lab: ``convlab train``
_LAB = re.compile("[0-9a-f]{16}", re.ASCII)
_SAID = {  # (by a terminal, on this computer)
    (False, True): N_("Another lab on this computer has this run (process {pid}, since {time})."),
    (False, False): N_("Another lab on {host} has this run (process {pid}, since {time})."),
    (True, True): N_("A terminal on this computer has this run (process {pid}, since {time})."),
    (True, False): N_("A terminal on {host} has this run (process {pid}, since {time})."),
}


@dataclass(frozen=True)
class Owner:
    """Who queued a run, or trains it: for people to read. Locks tell who lives, never a process id.

    Attributes:
        lab: the id of its queue, or ``TERMINAL``.
        since: Unix time in seconds.
    """

    lab: str
    host: str
    pid: int
    since: float

    @property
    def here(self) -> bool:
        """Whether it is on this computer."""
        return self.host == socket.gethostname()

    def said(self) -> Sentence:
        """Who it is, seen from another lab."""
        told = _SAID[self.lab == TERMINAL, self.here]
        since = time.strftime("%H:%M", time.localtime(self.since))
        return Sentence(told, {"host": self.host, "pid": self.pid, "time": since})


def here(lab: str) -> Owner:
    """This process, which trains or queues from now on."""
    return Owner(lab, socket.gethostname(), os.getpid(), time.time())


def parsed(values: Any) -> Owner | None:
    """What was written as JSON; None for anything else."""
    try:
        found = Owner(values["lab"], values["host"][:80], int(values["pid"]), float(values["since"]))
        time.localtime(found.since)
    except (TypeError, ValueError, LookupError, OverflowError, OSError):
        return None
    known = isinstance(found.host, str) and isinstance(found.lab, str)
    return found if known and (found.lab == TERMINAL or _LAB.fullmatch(found.lab)) else None
