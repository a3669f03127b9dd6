"""Whose a run is, in words; what is no owner is none."""

import math
import os
import socket
from dataclasses import asdict, replace
from typing import Any

import pytest

from convlab.training import owners

LAB = "0123456789abcdef"


def test_who_has_a_run_is_named() -> None:
    here, terminal = owners.here(LAB), owners.here(owners.TERMINAL)
    assert (here.host, here.pid) == (socket.gethostname(), os.getpid())
    process = f"process {os.getpid()}, since "
    for owner, who in (
        (here, f"Another lab on this computer has this run ({process}"),
        (replace(here, host="elsewhere"), f"Another lab on elsewhere has this run ({process}"),
        (terminal, f"A terminal on this computer has this run ({process}"),
        (replace(terminal, host="elsewhere"), f"A terminal on elsewhere has this run ({process}"),
    ):
        assert str(owner.said()).startswith(who)
    assert str(here.said())[-8:-2].count(":") == 1  # the time of day


@pytest.mark.parametrize("lab", [LAB, owners.TERMINAL])
def test_it_is_read_as_it_was_written(lab: str) -> None:
    owner = owners.here(lab)
    assert owners.parsed(asdict(owner)) == owner


@pytest.mark.parametrize(
    "changes",
    [
        {"lab": "../../etc/passwd"},
        {"lab": LAB + "\n"},
        {"lab": 7},
        {"pid": "x"},
        {"pid": math.inf},
        {"since": "today"},
        {"since": math.nan},
        {"since": 1e300},
        {"host": None},
    ],
)
def test_what_is_no_owner_is_none(changes: dict[str, Any]) -> None:
    assert owners.parsed({**asdict(owners.here(LAB)), **changes}) is None
    assert owners.parsed(None) is None
    assert owners.parsed({}) is None
