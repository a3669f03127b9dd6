"""The process that trains runs, one after another.

``python -m convlab.training.worker`` says "ready" when PyTorch is warm, takes ids of runs from stdin, a line
each, and says "done" after each. When stdin ends, because its parent did, it saves and goes; on SIGTERM too.
"""

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable

import torch

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import N_, Sentence, UserError
from convlab.storage import disk, locks
from convlab.training import runs
from convlab.training.engine import Diverged, Trainer
from convlab.training.owners import Owner
from convlab.training.runs import Run
from convlab.training.session import Clock, Ended, Session
from convlab.training.settings import Settings
from convlab.training.status import OVER, State

NICE = 5


def train(
    run: Run,
    data: Callable[[str], Dataset] = shelf.get,
    leave: Callable[[], State | None] = lambda: None,
    watch: Callable[[Session], None] = lambda session: None,
    clock: Clock = time.monotonic,
    owner: Owner | None = None,
) -> None:
    """Train a run from where it is to its end; every way to end is in its status afterwards.

    ``leave``, ``watch``, ``clock`` as in ``Session``; ``owner``: who has it from now on, where that is new.
    Raises UserError where another process trains it, or where it is over by now.
    """
    lock = locks.take(run.folder / "lock")
    if lock is None:
        raise UserError(N_("This run is being trained by another process: watch it on the Train page."))
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        session = None
        if (state := run.status().state) in OVER:
            raise UserError(N_("This run is {state}: it cannot be started again."), state=state)
        try:
            if owner is not None:
                run.set_owner(owner)
            run.set_status(run.status().now("running"))
            torch.set_num_threads(run.settings.threads)
            session = Session(run, data(run.settings.data), leave, watch, clock)
            stack.callback(session.log.close)
            session.go()
            session.end("finished", None)
        except Exception as error:
            state, said = _verdict(error)
            with contextlib.suppress(OSError):  # what cannot be written down reads "interrupted" later
                if session is not None and state != "failed":
                    session.end(state, said)
                else:
                    run.set_status(run.status().now(state, said))


def _verdict(error: Exception) -> tuple[State, Sentence | None]:
    """The state that an error leads to, and why. What nobody foresaw goes to the log in full."""
    if isinstance(error, Ended):
        return error.state, error.said
    if isinstance(error, Diverged):
        told = N_("The loss became infinite in epoch {epoch}, batch {batch}, at lr {lr}: try a smaller lr.")
        return "diverged", Sentence(told, {"epoch": error.epoch, "batch": error.batch, "lr": error.lr})
    if isinstance(error, UserError):
        return "failed", error.sentence
    traceback.print_exception(error)
    if isinstance(error, OSError) and (found := disk.explained(error)) is not None:
        return "failed", found.sentence
    told = N_("Training met an error ({kind}): the log of the server has the details.")
    return "failed", Sentence(told, {"kind": type(error).__name__})


def warm_up() -> None:
    """One step, validation and checkpoint: what PyTorch sets up at first use takes a second."""
    pictures = Split(torch.zeros(64, 3, 32, 32, dtype=torch.uint8), torch.arange(64) % 2)
    trainer = Trainer(Settings.parse({"epochs": 1}), Dataset("warm", ("a", "b"), pictures, pictures))
    trainer.step()
    trainer.drain()
    trainer.end_epoch()
    trainer.state()


def main() -> None:
    """Serve stdin."""
    serve(_warm_and_polite, lambda run, leave: train(run, leave=leave))


def _warm_and_polite() -> None:
    warm_up()
    if hasattr(os, "nice"):  # only now: on a busy machine a polite process would take a minute to get warm
        os.nice(NICE)


def serve(
    prepare: Callable[[], None],
    train_one: Callable[[Run, Callable[[], State | None]], None],
    end: Callable[[], None] = lambda: None,
    idle: tuple[float, Callable[[], None]] | None = None,
) -> None:
    """Say "ready" after ``prepare``, train the runs that stdin names, and ``end`` with it or on SIGTERM.

    ``train_one`` is told by its second argument in which state to save and leave now, if so. ``idle``: so
    many seconds after the last run something is done once.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # the pipe to the parent; no library's print
    os.dup2(2, 1)  # can reach it, as stdout is stderr from now on
    orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    gone = threading.Event()

    def leave(*_: object) -> None:
        gone.set()
        orders.put(None)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the server, which gets it too, decides
    threading.Thread(target=_listen, args=(orders, leave), daemon=True).start()
    prepare()
    print("ready", file=answers, flush=True)
    while (line := _next(orders, idle)) is not None and not gone.is_set():
        try:
            train_one(runs.get(line), lambda: "interrupted" if gone.is_set() else None)
        except (UserError, OSError) as error:  # deleted, another process trains it, or the disk refuses
            traceback.print_exception(error)
        with contextlib.suppress(BrokenPipeError):
            print("done", file=answers, flush=True)
    end()
    os._exit(0)  # the thread that reads stdin cannot be woken, and Python would wait for its lock


def _next(
    orders: "queue.SimpleQueue[str | None]", idle: tuple[float, Callable[[], None]] | None
) -> str | None:
    """The next word, however long it takes to come."""
    if idle is not None:
        seconds, act = idle
        with contextlib.suppress(queue.Empty):
            return orders.get(timeout=seconds)
        act()
    return orders.get()


def _listen(orders: "queue.SimpleQueue[str | None]", leave: Callable[[], None]) -> None:
    """Blocked in a read, which costs nothing, until the parent speaks or is gone."""
    for line in sys.stdin:
        orders.put(line.strip())
    leave()


if __name__ == "__main__":
    main()
