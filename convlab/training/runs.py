"""A run is a folder: what was asked for, how far it is, what it measured, its weights.

Nothing else holds its state. Whoever kills any process at any moment finds the folder readable afterwards.
"""

import io
import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, locks
from convlab.training import metrics, network, orders, snapshots, status
from convlab.training.metrics import Metrics
from convlab.training.settings import Settings
from convlab.training.status import Status

NAME_LENGTH = 80
Weights = Mapping[str, Tensor]
_NO_RUN = N_("There is no run {id}: it was deleted, or never was here.")
_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class Parent:
    """Where a fork began."""

    run: str
    epoch: int


@dataclass(frozen=True)
class Run:
    """A run's folder. Every question reads the disk: any process may ask, and write orders.

    Where the folder is gone, every method raises UserError.
    """

    id: str

    @cached_property
    def folder(self) -> Path:
        """Where everything lies."""
        return _shelf() / self.id

    @cached_property
    def settings(self) -> Settings:
        """What was asked for; it never changes. Raises UserError where another version wrote it."""
        return Settings.parse(self._json("settings.json"))

    @property
    def name(self) -> str:
        """Free text, as somebody typed it."""
        return str(self._json("meta.json")["name"])

    @cached_property
    def created(self) -> float:
        """Unix time in seconds."""
        return float(self._json("meta.json")["created"])

    @cached_property
    def parent(self) -> Parent | None:
        """The run that this one was forked from."""
        found = self._json("meta.json")["parent"]
        return None if found is None else Parent(**found)

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, data, device, network; empty until the run has begun (see ``worker``)."""
        return self._json("environment.json") if (self.folder / "environment.json").exists() else {}

    def status(self) -> Status:
        """How far it is. "interrupted" is what nobody trains or waits with, though it says so."""
        for _ in range(3):  # it may have ended between two looks
            found = status.parsed(self._json("status.json"))
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
        return metrics.read(self.folder / "metrics.jsonl", since)

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
        return orders.Inbox(self.folder / "control.jsonl").poll().get("wish")

    def set_lr(self, lr: float) -> None:
        """From the next batch on. Raises UserError for a rate that no run could have."""
        self._order(lr=self.settings.changed(lr=float(lr)).lr)

    def _order(self, **order: str | float) -> None:
        self._json("meta.json")
        orders.give(self.folder / "control.jsonl", **order)

    def rename(self, name: str) -> None:
        """Raises UserError for an empty or too long name."""
        atomic.write_json(self.folder / "meta.json", {**self._json("meta.json"), "name": checked_name(name)})

    def delete(self) -> None:
        """Everything, at once. Raises UserError while it trains or waits."""
        held = locks.take(self.folder / "lock") if self.status().state != "queued" else None
        if held is None:
            raise UserError(N_("This run is training or waiting: stop it before you delete it."))
        gone = self.folder.with_name(f".gone-{self.id}")
        self.folder.rename(gone)  # in one step: a half deleted run is never seen
        held.release()
        shutil.rmtree(gone, ignore_errors=True)

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

    def network_at(self, epoch: int) -> nn.Module:
        """The network as it was after an epoch, in eval mode."""
        weights = self.weights_at(epoch)
        module = network.build(self.settings, len(self.environment["classes"]))
        module.load_state_dict(weights)
        return module.eval()

    def weights(self) -> Path:
        """The file with the newest weights, the final or the last epoch's; UserError before there are any.

        Its metadata tell design, options, classes, mean and std, each as JSON.
        """
        final, stored = self.folder / "weights.safetensors", self.epochs_stored()
        if final.exists():
            return final
        if not stored:
            raise UserError(N_("This run has no weights yet: wait until it trains."))
        return snapshots.epoch_file(self.folder / "epochs", stored[-1])

    def pt(self) -> bytes:
        """The newest weights as ``torch.save(model.state_dict())`` writes them."""
        file = io.BytesIO()
        torch.save(snapshots.load(self.weights())[0], file)
        return file.getvalue()

    def fork(self, epoch: int, changes: Mapping[str, Any] | None = None, name: str | None = None) -> "Run":
        """A new run from the weights of an epoch, with a fresh optimiser; it waits to be submitted.

        Raises UserError for no such epoch, and for changes of the settings that are bad or of the network.
        """
        settings = self.settings.changed(**(changes or {}))
        if (settings.design, settings.options) != (self.settings.design, self.settings.options):
            raise UserError(N_("A fork keeps its network: start a new run to try another design."))
        return create(settings, name or self.name, Parent(self.id, epoch), self.weights_at(epoch))

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            raise UserError(_NO_RUN, id=self.id) from error
        return found


def create(
    settings: Settings, name: str | None = None, parent: Parent | None = None, start: Weights | None = None
) -> Run:
    """A new run; nothing trains it yet (see ``Queue.submit`` and ``worker.train``).

    Args:
        name: 1 to 80 characters of free text; the design's key where there is none.
        start: a state_dict to begin with, in place of random weights.
    """
    run = Run(secrets.token_hex(8))
    folder = _shelf() / f".new-{run.id}"
    folder.mkdir(mode=0o700)
    about = {"name": checked_name(name or settings.design), "created": time.time()}
    about["parent"] = None if parent is None else asdict(parent)
    atomic.write(folder / "settings.json", settings.model_dump_json(indent=1).encode())
    atomic.write_json(folder / "meta.json", about)
    atomic.write_json(folder / "status.json", Status("stopped", settings.epochs).plain())
    (folder / "epochs").mkdir()
    if start is not None:
        snapshots.save(folder / "start.safetensors", start, {})
    folder.rename(run.folder)  # in one step: a half made run is never seen
    return run


def get(id: str) -> Run:
    """The run of an id that somebody typed. Raises UserError where there is no such run."""
    if isinstance(id, str) and _ID.fullmatch(id) and _is_run(_shelf() / id):
        return Run(id)
    raise UserError(_NO_RUN, id=repr(id)[:40])


def all_runs() -> list[Run]:
    """Every run, the newest first."""
    found = [Run(path.name) for path in _shelf().iterdir() if _ID.fullmatch(path.name) and _is_run(path)]
    return sorted(found, key=lambda run: run.created, reverse=True)


def _is_run(folder: Path) -> bool:
    return not folder.is_symlink() and (folder / "meta.json").is_file()


def _shelf() -> Path:
    return data_folder.part("runs")


def checked_name(name: str) -> str:
    """The name itself. Raises UserError for an empty or too long one."""
    if not name.strip() or len(name) > NAME_LENGTH:
        raise UserError(N_("A run's name has 1 to {limit} characters: choose another."), limit=NAME_LENGTH)
    return name


def queue_folder() -> Path:
    """Where living queues show themselves: ID.lock is held, ID.json lists who waits."""
    return data_folder.part("queues")


def _place(queue: str, id: str) -> int | None:
    """A run's place in a queue, 0 where it waits no more; None where the queue is dead."""
    if not _ID.fullmatch(queue) or not locks.held(queue_folder() / f"{queue}.lock"):
        return None
    waiting: list[str] = json.loads((queue_folder() / f"{queue}.json").read_bytes())
    return waiting.index(id) + 1 if id in waiting else 0
