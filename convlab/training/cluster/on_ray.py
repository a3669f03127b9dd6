"""The process that hands runs to a Ray cluster, one after another; it obeys the words that a worker obeys.

``python -m convlab.training.cluster.on_ray`` says "ready" when it has joined the cluster; with ``--slots`` it
only says how many runs fit into it at once.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from convlab.training import worker
from convlab.training.cluster import asked, carrying
from convlab.training.cluster.carrying import Leave, Lost
from convlab.training.cluster.node import Node
from convlab.training.runs import Run

IDLE_S = 3.0  # then others may have the machine

_LOCAL = asked.stay_local(asked.address() or "")
import ray  # noqa: E402  only now: it reads that when it is imported

_GONE = (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError, ray.exceptions.NodeDiedError)


class OnRay:
    """A ``Machine`` that Ray chooses: it begins where CPUs, or a part of a GPU, are free."""

    def __init__(self) -> None:
        cpus, gpus = asked.share()
        needs: dict[str, Any] = {"num_cpus": cpus, "num_gpus": gpus, "max_concurrency": 4}
        self._node = ray.remote(Node).options(**needs).remote()
        self._begun = self._node.version.remote()

    def ready(self, patience_s: float) -> bool:
        """As ``Machine``'s."""
        return bool(ray.wait([self._begun], timeout=patience_s)[0])

    def call(self, method: str, *arguments: Any) -> Any:
        """As ``Machine``'s."""
        try:
            return ray.get(getattr(self._node, method).remote(*arguments))
        except _GONE as error:
            self.end()
            raise Lost from error
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error

    def end(self) -> None:
        """Give it back, at once."""
        with contextlib.suppress(*_GONE):
            ray.kill(self._node)


class Places:
    """The machine that this process has, kept from run to run."""

    def __init__(self) -> None:
        self._machine: OnRay | None = None

    def machine(self) -> OnRay:
        """The one that it has, or a new one in place of one that was lost."""
        try:
            if self._machine is not None:
                self._machine.call("version")
                return self._machine
        except Lost:
            pass
        self._machine = OnRay()
        return self._machine

    def end(self) -> None:
        """Give it back, with nothing left there."""
        if self._machine is not None:
            with contextlib.suppress(Lost):
                self._machine.call("close")
            self._machine.end()
        self._machine = None


def join() -> None:
    """Become a part of the cluster. Raises ConnectionError where it does not answer."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    more = {"_node_ip_address": "127.0.0.1"} if _LOCAL else {}
    ray.init(asked.address(), logging_level=logging.ERROR, log_to_driver=False, **more)


def main() -> None:
    """Serve stdin, or say how many runs fit."""
    if "--slots" in sys.argv:
        join()
        print(asked.at_once(ray.cluster_resources()))
        return
    places = Places()
    carry: Callable[[Run, Leave], None] = lambda run, leave: carrying.carry(run, places.machine, leave)  # noqa: E731
    worker.serve(join, worker.one_by_one(carry), places.end, (IDLE_S, places.end))


if __name__ == "__main__":
    main()
