"""A run is a folder: what was asked for, how far it is, what it measured, its weights.

Nothing else holds its state. Whoever kills any process at any moment finds the folder readable afterwards.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks import about
from convlab.networks.about import About
from convlab.storage import atomic, data_folder, locks, plain_files, torch_files
from convlab.training import making, metrics, network, orders, owners, run_files, snapshots, story
from convlab.training.kinds import is_id
from convlab.training.metrics import Metrics
from convlab.training.owners import Owner
from convlab.training.run_files import MOST_BYTES, UNREAD, Meta, RunFiles, damaged, no_run, runs_folder
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.training.story import Leg, Parent, Story

Weights = Mapping[str, Tensor]
_WAITING, _ANY = TypeAdapter(list[str]), TypeAdapter(Any)

T = TypeVar("T")


@dataclass(frozen=True)
class Run(RunFiles):
    """A run's folder. Every question reads the disk: any process may ask, and write orders.

    Where the folder is gone, every method raises UserError.
    """

    @cached_property
    def settings(self) -> Settings:
        """What was asked for; it never changes. Raises UserError where another version wrote it."""
        return cast(Settings, self.unchanged("settings.json"))

    @property
    def meta(self) -> Meta:
        """What it is called, and where it comes from."""
        return cast(Meta, self.unchanged("meta.json"))

    @property
    def name(self) -> str:
        """Free text, as somebody typed it."""
        return self.meta.name

    @cached_property
    def created(self) -> float:
        """Unix time in seconds."""
        return self.meta.created

    @cached_property
    def parent(self) -> Parent | None:
        """The run that this one was forked from."""
        return self.meta.parent

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, data, device, network; empty until the run has begun (see ``worker``)."""
        begun = os.path.lexists(self.folder / "environment.json") or self.epochs_stored()
        found: dict[str, Any] = self.unchanged("environment.json") if begun else {}
        if begun and not found:
            raise damaged("environment.json")
        return found

    def story(self, told: frozenset[str] = frozenset()) -> Story:
        """What happened to it, and to its parents as far as anybody knows; ``told`` are not asked again."""
        now, outline = self.status(), self._measured(metrics.outline)
        about = (self.id, self.name, self.environment, now.batches_per_epoch)
        leg = Leg(self.settings, *about, outline, now.state)
        before = self._before(told | {self.id})
        return replace(before, legs=(*before.legs, leg))

    def _before(self, told: frozenset[str]) -> Story:
        """The parents' part of its story."""
        start, given = self.folder / "start.safetensors", self.folder / "given.safetensors"
        if self.parent is None:
            meta, begun = self.meta, start if start.exists() else None
            return Story((), begun, meta.file, classes=meta.classes)
        with contextlib.suppress(UserError):  # another version told it
            if (self.folder / "parents.json").exists():
                before = self.parsed("parents.json", story.KIND).story()
                return replace(before, given=given if given.exists() else None)
            if self.parent.run not in told:  # 0.1 left it to the parent to tell
                return get(self.parent.run).story(told).until(self.parent.epoch)
        return Story((), start, "", self.parent)

    @property
    def owner(self) -> Owner | None:
        """Who trains it or waits with it, as long as anybody does; None where nobody wrote it down."""
        with contextlib.suppress(UserError):
            return owners.parsed(self.parsed("owner.json", _ANY))
        return None

    def set_owner(self, owner: Owner) -> None:
        """For who trains the run, and for the queue."""
        atomic.write_json(self.folder / "owner.json", asdict(owner))

    @contextlib.contextmanager
    def claimed(self) -> Iterator[Status | None]:
        """Inside, nobody else begins to train, queue or delete it: its status; None where one trains it."""
        _ = self.meta  # filelock would make the folder of a run that is gone
        with self.guarding("lock", (FileNotFoundError, IsADirectoryError)):
            lock = locks.take(self.folder / "lock")
        if lock is None:
            yield None
            return
        try:
            found = self.status()
            yield found.now("interrupted", found.message) if found.state == "running" else found
        finally:
            lock.release()

    def written(self) -> Status:
        """What its status said when it was written: who wrote it may have died since."""
        return cast(Status, self.unchanged("status.json"))

    def status(self) -> Status:
        """How far it is. "interrupted" is what nobody trains or waits with, though it says so."""
        for _ in range(3):  # it may have ended between two looks
            found = self.written()
            if found.state == "queued" and found.queue:
                place = _place(found.queue, self.id)
                if place is not None:
                    return replace(found, place=place)
            elif found.state != "running" or locks.held(self.folder / "lock"):
                return found
        return found.now("interrupted", found.message)

    def set_status(self, new: Status) -> None:
        """For who trains the run, and for the queue."""
        atomic.write_json(self.folder / "status.json", new.plain())

    def metrics(self, since: int = 0) -> Metrics:
        """What it measured since an earlier ``Metrics.offset``: cheap enough for ten times a second."""
        return self._measured(lambda path: metrics.read(path, since))

    def pause(self) -> None:
        """Save within one batch and let go of the place; ``Queue.resume`` goes on."""
        self._order(wish="pause")

    def stop(self) -> None:
        """Save and end within one batch."""
        self._order(wish="stop")

    def carry_on(self) -> None:
        """Take back orders to pause or stop."""
        self._order(wish="go")

    def last_wish(self) -> str | None:
        """The last order to pause, stop or go on."""
        with self.guarding("control.jsonl"):
            return orders.Inbox(self.folder / "control.jsonl").poll().get("wish")

    def set_lr(self, lr: float) -> None:
        """From the next batch on. Raises UserError for a rate that no run could have."""
        self._order(lr=self.settings.changed(lr=float(lr)).lr)

    def _order(self, **order: str | float) -> None:
        _ = self.meta  # raises UserError where it is gone
        with self.guarding("control.jsonl", (ValueError,)):
            orders.give(self.folder / "control.jsonl", **order)

    def rename(self, name: str) -> None:
        """Raises UserError for an empty or too long name."""
        self._describe(name=run_files.checked_name(name))

    def tag(self, tags: Iterable[str]) -> None:
        """Give it these tags in place of its own. Raises UserError for too many or too long ones."""
        self._describe(tags=run_files.checked_tags(tags))

    def note(self, notes: str) -> None:
        """Give it these notes in place of its own. Raises UserError for too long ones."""
        self._describe(notes=run_files.checked_notes(notes))

    def _describe(self, **told: Any) -> None:
        atomic.write_json(self.folder / "meta.json", asdict(replace(self.meta, **told)))

    def delete(self, waiting: bool = False) -> None:
        """Everything, at once. Raises UserError while it trains, or waits, unless its queue deletes it."""
        with self.claimed() as found:
            if found is None or (found.state == "queued" and not waiting):
                raise UserError(N_("This run is training or waiting: stop it before you delete it."))
            gone = None if atomic.OPEN_STAYS else making.hide(self.folder)
        shutil.rmtree(gone or making.hide(self.folder), ignore_errors=True)

    def epochs_stored(self) -> tuple[int, ...]:
        """The epochs whose weights are kept: 0 (before training) to the last, thinned for large networks."""
        return snapshots.epochs(self.folder / "epochs")

    def weights_at(self, epoch: int) -> dict[str, Tensor]:
        """The state_dict after an epoch, on the CPU. Raises UserError for one that is not kept."""
        stored = self.epochs_stored()
        if epoch not in stored:
            told = N_("The weights of epoch {epoch} are not kept: choose one of {epochs}.")
            raise UserError(told, epoch=epoch, epochs=", ".join(map(str, stored[:20])) or "none yet")
        return snapshots.load(snapshots.epoch_file(self.folder / "epochs", epoch))[0]

    def stamp(self, epoch: int) -> int:
        """Changes with the file of an epoch's weights; 0 where there is none."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return snapshots.epoch_file(self.folder / "epochs", epoch).stat().st_mtime_ns
        return 0

    def network_at(self, epoch: int) -> nn.Module:
        """The network as it was after an epoch, in eval mode."""
        return self._filled(self.weights_at(epoch)).eval()

    def about(self, epoch: int | None = None) -> About:
        """What its network says of itself, after an epoch; all None until the run has begun."""
        told = self.environment
        data = {**told.get("data", {}), "key": self.settings.data}
        return about.read({**told, "data": data, "run": self.id, "epoch": epoch}) if told else About()

    def weights(self) -> Path:
        """The file with the newest weights, the final or the last epoch's; UserError before there are any.

        Its metadata tell what ``about`` does, each as JSON; version 0.1 left out data, run and epoch.
        """
        final, stored = self.folder / "weights.safetensors", self.epochs_stored()
        if final.exists():
            return final
        if not stored:
            raise UserError(N_("This run has no weights yet: wait until it trains."))
        return snapshots.epoch_file(self.folder / "epochs", stored[-1])

    def pt(self) -> bytes:
        """The newest weights as ``torch.save(model.state_dict())`` writes them, and the words of ``weights``.

        What a file of version 0.1 leaves out is filled in.
        """
        tensors, words = snapshots.load(self.weights())
        words |= {"weights": about.fingerprint(tensors)}
        return torch_files.save(self._filled(tensors).state_dict(), self.about().words() | words)

    def _filled(self, weights: Weights) -> nn.Module:
        module = network.build(self.settings, len(self.environment["classes"]))
        try:
            module.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(N_("The weights of this run are not of its network: start it again.")) from error
        return module

    def fork(self, epoch: int, changes: Mapping[str, Any] | None = None, name: str | None = None) -> "Run":
        """A new run from the weights of an epoch, with a fresh optimiser; it waits to be submitted.

        Raises UserError for no such epoch, and for changes of the settings that are bad or of the network.
        """
        settings = self.settings.changed(**(changes or {}))
        if (settings.design, settings.options) != (self.settings.design, self.settings.options):
            raise UserError(N_("A fork keeps its network: start a new run to try another design."))
        before = self.story().until(epoch)
        files = {"parents.json": json.dumps(before.plain()).encode()}
        try:
            if before.given is not None:
                files["given.safetensors"] = before.given.read_bytes()
        except FileNotFoundError as error:  # deleted at this moment
            raise no_run(self.id) from error
        begun = Parent(self.id, epoch), self.weights_at(epoch)
        return create(settings, name or self.name, *begun, files=files)

    def check(self) -> None:
        """Raises UserError where what a list says of it cannot be read."""
        _ = self.settings, self.created, self.environment, self.status()

    def _measured(self, read: Callable[[Path], T]) -> T:
        with self.guarding("metrics.jsonl"):
            return read(self.folder / "metrics.jsonl")


def create(
    settings: Settings,
    name: str | None = None,
    parent: Parent | None = None,
    start: Weights | None = None,
    file: str = "",
    classes: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    id: str | None = None,
) -> Run:
    """A new run; nothing trains it yet (see ``Queue.submit`` and ``worker.train``).

    Its name is 1 to 80 characters, the design's key where there is none; ``start`` is a state_dict in place
    of random weights, ``file`` what its file is called, ``classes`` those that it tells of; ``files`` lie in
    its folder too. ``id``: one of ``new_id`` that was written down before; OSError where it is there already.
    """
    run = Run(id or new_id())
    about = Meta(run_files.checked_name(name or settings.design), time.time(), parent, file, tuple(classes))
    with making.in_the_making(run.id) as folder:
        atomic.write(folder / "settings.json", settings.model_dump_json(indent=1).encode())
        atomic.write_json(folder / "meta.json", asdict(about))
        atomic.write_json(folder / "status.json", Status("stopped", settings.epochs).plain())
        for other, data in (files or {}).items():
            atomic.write(folder / other, data)
        (folder / "epochs").mkdir()
        if start is not None:
            snapshots.save(folder / "start.safetensors", start, {})
        folder.rename(run.folder)  # in one step: a half made run is never seen
        try:
            atomic.sync_folder(run.folder.parent)
        except OSError:
            run.folder.rename(folder)  # nobody is told of it, so it goes
            raise
    return run


def new_id() -> str:
    """A name for a folder that nobody else has: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def get(id: str) -> Run:
    """The run of an id that somebody typed. Raises UserError where there is no such run."""
    if not is_id(id) or not _is_run(runs_folder() / id):
        raise no_run(repr(id)[:40])
    run = Run(id)
    with run.guarding("epochs"):  # what is written there would lie elsewhere
        if not plain_files.is_folder(run.folder / "epochs") and os.path.lexists(run.folder / "epochs"):
            raise ValueError("a link, or no folder")
    return run


def all_runs() -> list[Run]:
    """Every run that can be read, the newest first."""
    return survey()[0]


def survey() -> tuple[list[Run], list[str]]:
    """Every run, the newest first; and the names, of unknown origin, of folders among them that are none.

    These are damaged, or another version's or another user's.
    """
    found, others, known = [], [], {}
    for path in os.scandir(runs_folder()) if runs_folder().is_dir() else ():
        stamp = run_files.stamp(path.path)
        kept, run = _KNOWN.get(path.path, (None, None))
        try:
            if run is None or stamp is None or kept != stamp:
                run = get(path.name)
                run.check()
            known[path.path] = stamp, run
            found.append((run.created, run.id, run))
        except UserError:
            hidden = path.name.startswith(".")  # as one is that is being made or deleted
            if not hidden and (path.is_symlink() or path.is_dir()):
                others.append(path.name)
    for gone in _KNOWN.keys() - known.keys():
        _KNOWN.pop(gone, None)
    _KNOWN.update(known)
    return [run for *_, run in sorted(found, key=lambda one: one[:2], reverse=True)], sorted(others)


_KNOWN: dict[str, tuple[run_files.Stamp | None, Run]] = {}  # what the last survey found to be in order


def _is_run(folder: Path) -> bool:
    try:
        return plain_files.is_folder(folder) and os.path.isfile(folder / "meta.json")
    except OSError:  # another user's
        return False


def queue_folder() -> Path:
    """Where living queues show themselves: ID.lock is held, ID.json lists who waits."""
    return data_folder.path() / "queues"


def _place(queue: str, id: str) -> int | None:
    """A run's place in a queue, 0 where it waits no more; None where the queue is dead."""
    if not locks.held(queue_folder() / f"{queue}.lock"):
        return None
    try:
        waiting = plain_files.parsed(queue_folder() / f"{queue}.json", _WAITING, MOST_BYTES)
    except UNREAD:  # it closed at this moment
        return None
    return waiting.index(id) + 1 if id in waiting else 0
