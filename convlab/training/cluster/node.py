"""What trains on another machine: one run at a time, in a folder of its own that nobody else reads."""

import os
import shutil
import tempfile
import threading
from pathlib import Path

from convlab import __version__
from convlab.datasets import dataset
from convlab.datasets.dataset import Dataset
from convlab.storage import atomic
from convlab.training import worker
from convlab.training.cluster import mirror
from convlab.training.cluster.mirror import Changes, Source
from convlab.training.run_files import runs_folder
from convlab.training.runs import Run
from convlab.training.status import State


class Node:
    """In a process of its own; every method may be called while it trains."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="convlab-"))
        os.environ["CONVLAB_HOME"] = str(self._home)
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None
        self._run: Run | None = None
        self._source: Source | None = None
        self._data: tuple[str, Dataset] | None = None

    def version(self) -> str:
        """Of ConvLab."""
        return __version__

    def has(self, digest: str) -> bool:
        """Whether it was given this data set before."""
        return self._data is not None and self._data[0] == digest

    def take(self, digest: str, data: bytes) -> None:
        """A prepared data set, as its file holds it. Raises UserError where it is damaged."""
        file = self._home / "data.safetensors"
        atomic.write(file, data)
        self._data = digest, dataset.load(file)
        file.unlink()

    def begin(self, id: str, files: dict[str, bytes], epochs: list[str]) -> None:
        """Train a run from where it is, on the data set that was given."""
        assert self._data is not None
        shutil.rmtree(runs_folder(), ignore_errors=True)
        run, data = Run(id), self._data[1]
        mirror.unpack(run.folder, files, epochs)
        self._run, self._source = run, Source(run.folder)
        self._leaving.clear()

        def leave() -> State | None:
            return "interrupted" if self._leaving.is_set() else None

        train = {"data": lambda _key: data, "leave": leave}
        self._thread = threading.Thread(target=worker.train, args=(run,), kwargs=train, name="convlab-train")
        self._thread.start()

    def look(self, orders: bytes | None) -> tuple[bool, Changes]:
        """Whether it is over, and what is new since the last look; ``orders``: all that were given so far."""
        assert self._thread is not None
        assert self._run is not None
        assert self._source is not None
        if orders is not None:
            atomic.write(self._run.folder / mirror.ORDERS, orders)
        over = not self._thread.is_alive()
        return over, self._source.changes()

    def leave(self) -> None:
        """Save within one batch and end."""
        self._leaving.set()

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._home, ignore_errors=True)
