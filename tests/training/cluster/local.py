"""A worker that hands its runs to a machine as a cluster has them, without Ray."""

import tempfile

from convlab.training import worker
from convlab.training.cluster import carrying
from tests.training.cluster.machines import LocalMachine


def main() -> None:
    """Serve stdin, with one machine from the first run on."""
    machines = list[LocalMachine]()

    def machine() -> LocalMachine:
        if not machines:
            machines.append(LocalMachine(tempfile.gettempdir()))
        return machines[0]

    def end() -> None:
        for one in machines:
            one.call("close")
            one.kill()

    worker.serve(lambda: None, worker.one_by_one(lambda run, leave: carrying.carry(run, machine, leave)), end)


if __name__ == "__main__":
    main()
