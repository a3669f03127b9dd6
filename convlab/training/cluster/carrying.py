"""Carries a run to a machine that trains it, its orders after it, and what it brings back into its folder."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Protocol

from convlab import __version__
from convlab.datasets import shelf
from convlab.errors import N_, Sentence, UserError
from convlab.storage import locks
from convlab.training.cluster import mirror
from convlab.training.runs import Run
from convlab.training.status import OVER, State

LOOK_S = 0.2  # between looks at a run that trains
TRIES = 3  # machines that may be lost with one run
_WISHES: dict[str | None, State] = {"pause": "paused", "stop": "stopped"}
_LOST = N_("The machines that trained it were lost {count} times: resume it when the cluster is well.")
_VERSION = N_(
    "A machine of the cluster has ConvLab {theirs}, and here is {ours}: install the same version on all."
)
_OTHERS = N_("This run is being trained by another process: watch it on the Train page.")

Leave = Callable[[], State | None]


class Lost(Exception):
    """A machine is gone with what trained on it."""


class Machine(Protocol):
    """A ``Node``, seen from here."""

    def ready(self, patience_s: float) -> bool:
        """Whether it has begun, after so long. Raises Lost."""
        ...

    def call(self, method: str, *arguments: Any) -> Any:
        """One of the node's methods. Raises Lost, and what the method raises."""
        ...

    def end(self) -> None:
        """Give it back."""
        ...


def carry(run: Run, machine: Callable[[], Machine], leave: Leave) -> None:
    """Train a run elsewhere, from where it is to its end; when its machine is lost, on another.

    ``leave`` is asked again and again: the state in which to save and end now, or None. Every way to end is
    in its status afterwards. Raises UserError where another process trains it, or it is over; OSError.
    """
    lock = locks.take(run.folder / "lock")
    if lock is None:
        raise UserError(_OTHERS)
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        if (state := run.status().state) in OVER:
            raise UserError(N_("This run is {state}: it cannot be started again."), state=state)
        try:
            _until_it_is_over(run, machine, leave)
        except UserError as error:
            run.set_status(run.written().now("failed", error.sentence))


def _until_it_is_over(run: Run, machine: Callable[[], Machine], leave: Leave) -> None:
    for _ in range(TRIES):
        with contextlib.suppress(Lost):
            one = machine()
            try:
                _on(run, one, leave)
            except BaseException:  # it would train on for nobody
                one.end()
                raise
            return
    run.set_status(run.written().now("interrupted", Sentence(_LOST, {"count": TRIES})))


def _on(run: Run, machine: Machine, leave: Leave) -> None:
    """On one machine, to the end. Raises Lost; UserError for what cannot be trained there."""
    while not machine.ready(LOOK_S):
        if (state := _WISHES.get(run.last_wish()) or leave()) is not None:
            machine.end()
            run.set_status(run.written().now(state))
            return
    if (theirs := machine.call("version")) != __version__:
        raise UserError(_VERSION, theirs=theirs, ours=__version__)
    digest = shelf.digest(run.settings.data)
    if not machine.call("has", digest):
        machine.call("take", digest, shelf.file(run.settings.data).read_bytes())
    known, over = _size(run), False  # first: whatever is ordered meanwhile is sent again
    machine.call("begin", run.id, *mirror.pack(run.folder))
    while not over:
        if leave() is not None:
            machine.call("leave")
        size, orders = _size(run), None
        if size != known:
            orders, known = (run.folder / mirror.ORDERS).read_bytes(), size
        over, changes = machine.call("look", orders)
        mirror.write(run.folder, mirror.Changes(*changes))
        if not over:
            time.sleep(LOOK_S)


def _size(run: Run) -> int:
    """Of the orders that were given so far."""
    with contextlib.suppress(OSError):
        return (run.folder / mirror.ORDERS).stat().st_size
    return 0
