"""A machine of a cluster without Ray: a process of its own, which can be killed."""

import os
import sys
import tempfile
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from types import ModuleType
from typing import Any
from unittest.mock import patch

from convlab.training.cluster.carrying import Lost
from convlab.training.cluster.node import Node


class _Manager(BaseManager):
    """Serves one object of another process, each call in a thread."""


_Manager.register("Node", Node)


def _elsewhere(folder: str) -> None:
    os.environ["TMPDIR"], tempfile.tempdir = folder, folder


class LocalMachine:
    """As ``carrying.Machine``."""

    def __init__(self, folder: str) -> None:
        address = "127.0.0.1", 0  # a path may be too long for a socket
        self._manager = _Manager(address, ctx=get_context("spawn"))
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):  # AppTest leaves its page
            self._manager.start(_elsewhere, (folder,))
        self._node: Any = self._manager.Node()  # type: ignore[attr-defined]
        self.calls: list[str] = []

    def ready(self, patience_s: float) -> bool:
        return True

    def call(self, method: str, *arguments: Any) -> Any:
        self.calls.append(method)
        try:
            return getattr(self._node, method)(*arguments)
        except (EOFError, ConnectionError) as error:
            raise Lost from error

    def kill(self) -> None:
        process: Any = self._manager._process  # type: ignore[attr-defined]
        process.kill()
        process.join()

    def end(self) -> None:
        self.kill()
