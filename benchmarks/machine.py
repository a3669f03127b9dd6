"""The machine that measures, and what a server process uses of it. Linux only: read from /proc."""

import os
import platform
from pathlib import Path

QUIET_LOAD = 1.0  # a 1-minute load average above this means that others were at work


def description() -> str:
    """Cores, processor and versions, in one line."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{len(os.sched_getaffinity(0))} cores of {processor}, Python {platform.python_version()}"


def load_average() -> float:
    """The 1-minute load average."""
    return os.getloadavg()[0]


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB (10^6 bytes)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """Processor time that a process and all its threads have used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")
