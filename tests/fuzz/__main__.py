"""Fuzzing for as long as one likes: the tests of this folder again and again, each time with other examples.

``make fuzz MINUTES=60``, or ``python -m tests.fuzz --minutes 60 tests/fuzz/test_links.py``. It ends at the
first failure, whose example hypothesis keeps: the next run of the tests begins with it.
"""

import argparse
import subprocess
import sys
import time

from tests.fuzz.bounds import PROFILE
from tests.sources import ROOT


def main() -> int:
    """Run them until the time is over; 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long, at least one round (10)")
    parser.add_argument("tests", nargs="*", default=["tests/fuzz"], help="which of them (all)")
    options = parser.parse_args()
    end, rounds = time.monotonic() + 60 * options.minutes, 0
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "auto", f"--hypothesis-profile={PROFILE}"]
    while rounds == 0 or time.monotonic() < end:
        if code := subprocess.run(
            [*command, "--timeout=3600", *options.tests], cwd=ROOT, check=False
        ).returncode:
            return code
        rounds += 1
    print(f"{rounds} rounds without a failure")
    return 0


if __name__ == "__main__":
    sys.exit(main())
