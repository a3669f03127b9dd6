"""A process that is ready to train and never touched a GPU, which no fork would survive.

For each run's id on stdin it forks a child that trains the run, and says the child's process id.
"""

import os
import signal
import sys

from convlab.training import runs, worker


def main() -> None:
    """Serve stdin."""
    worker.warm_up()  # the environment hides the GPUs
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave at once
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                worker.train(runs.get(line.strip()))
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
