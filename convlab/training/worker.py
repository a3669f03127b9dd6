"""The process that trains runs, one after another.

``python -m convlab.training.worker`` says "ready" when PyTorch is warm, takes ids of runs from stdin, and
says "done ID" after each. Seeds of one design may stand in one line: they train as one network where that is
faster. When stdin ends, because its parent did, it saves and goes; on SIGTERM too.
"""

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import ParamSpec, TextIO

import torch

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.errors import N_, Sentence, UserError
from convlab.storage import disk, locks
from convlab.training import runs, together
from convlab.training.engine import Diverged, Trainer
from convlab.training.owners import Owner
from convlab.training.runs import Run
from convlab.training.session import Clock, Ended, Session
from convlab.training.settings import Settings
from convlab.training.status import OVER, State
from convlab.training.together import Together

NICE = 5

P = ParamSpec("P")
Leave = Callable[[], State | None]
Done = Callable[[Run], None]


def training(
    run: Run,
    data: Callable[[str], Dataset] = shelf.get,
    leave: Leave = lambda: None,
    watch: Callable[[Session], None] = lambda session: None,
    clock: Clock = time.monotonic,
    owner: Owner | None = None,
) -> Generator[Trainer, None, None]:
    """Train a run from where it is to its end, with a stop before each batch, as ``Session.batches``.

    Every way to end is in its status afterwards. ``leave``, ``watch``, ``clock`` as in ``Session``;
    ``owner``: who has it from now on, where that is new. Raises UserError where another process trains it, or
    where it is over by now.
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
            yield from session.batches()
            session.end("finished", None)
        except Exception as error:
            state, said = _verdict(error)
            with contextlib.suppress(OSError):  # what cannot be written down reads "interrupted" later
                if session is not None and state != "failed":
                    session.end(state, said)
                else:
                    run.set_status(run.status().now(state, said))


def _to_the_end(steps: Callable[P, Iterator[object]]) -> Callable[P, None]:
    def whole(*args: P.args, **options: P.kwargs) -> None:
        for _ in steps(*args, **options):
            pass

    return whole


train = _to_the_end(training)  # without a stop


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


def train_together(several: Sequence[Run], leave: Leave, done: Done) -> None:
    """``train`` runs alike but for their seeds: a batch of all is one step; ``done`` is told who ended."""
    under_way = {run: training(run, leave=leave) for run in several}
    one: Together | None = None
    while under_way:
        trainers = []
        for run, steps in list(under_way.items()):
            try:
                trainers.append(next(steps))
            except (StopIteration, UserError, OSError) as ended:
                if not isinstance(ended, StopIteration):
                    traceback.print_exception(ended)
                del under_way[run]
                done(run)
        if len(trainers) > 1:
            try:
                if one is None or one.trainers != tuple(trainers):
                    one = Together(trainers)
                one.begin()
            except RuntimeError as error:  # PyTorch cannot: each says so
                for run, steps in under_way.items():
                    with contextlib.suppress(StopIteration):
                        steps.throw(error)
                    done(run)
                return


def one_by_one(train_one: Callable[[Run, Leave], None]) -> Callable[[Sequence[Run], Leave, Done], None]:
    """What trains runs one after another, for ``serve``."""

    def each(several: Sequence[Run], leave: Leave, done: Done) -> None:
        for run in several:
            try:
                train_one(run, leave)
            except (UserError, OSError) as error:  # deleted, another process trains it, or the disk refuses
                traceback.print_exception(error)
            done(run)

    return each


def _as_is_faster(several: Sequence[Run], leave: Leave, done: Done) -> None:
    """Seeds of one design as one network where that pays, as many at once as the device has room for."""
    at_once = 1
    if len(several) > 1:
        with contextlib.suppress(UserError, OSError):  # each of them says so
            settings = several[0].settings
            found = shelf.get(settings.data)
            count, classes = len(found.train) + len(found.val), len(found.classes)
            room = min(len(several), together.most(settings, classes, count))
            at_once = room if room > 1 and together.pays(settings, classes, room) else 1
    if at_once == 1:
        one_by_one(lambda run, leave: train(run, leave=leave))(several, leave, done)
        return
    for start in range(0, len(several), at_once):
        train_together(several[start : start + at_once], leave, done)


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
    serve(_warm_and_polite, _as_is_faster)


def _warm_and_polite() -> None:
    warm_up()
    if hasattr(os, "nice"):  # only now: on a busy machine a polite process would take a minute to get warm
        os.nice(NICE)


def serve(
    prepare: Callable[[], None],
    train_all: Callable[[Sequence[Run], Leave, Done], None],
    end: Callable[[], None] = lambda: None,
    idle: tuple[float, Callable[[], None]] | None = None,
) -> None:
    """Say "ready" after ``prepare``, train the runs that stdin names, and ``end`` with it or on SIGTERM.

    ``train_all`` gets those of a line, asks in which state to save and leave now, if so, and tells who is
    done. ``idle``: so many seconds after the last run something is done once.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # the pipe to the parent; no library's print
    os.dup2(2, 1)  # can reach it, as stdout is stderr from now on
    orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    gone = threading.Event()

    def leave(*_: object) -> None:
        gone.set()
        orders.put(None)

    def done(run: Run) -> None:
        _tell(answers, f"done {run.id}")

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the server, which gets it too, decides
    threading.Thread(target=_listen, args=(orders, leave), daemon=True).start()
    prepare()
    _tell(answers, "ready")
    while (line := _next(orders, idle)) is not None and not gone.is_set():
        train_all(_found(line, done), lambda: "interrupted" if gone.is_set() else None, done)
    end()
    os._exit(0)  # the thread that reads stdin cannot be woken, and Python would wait for its lock


def _found(line: str, done: Done) -> list[Run]:
    """The runs of a line; one that was deleted or spoilt is done."""
    found = []
    for id in line.split():
        try:
            found.append(runs.get(id))
        except UserError as error:
            traceback.print_exception(error)
            done(Run(id))
    return found


def _tell(parent: TextIO, words: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(words, file=parent, flush=True)


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
