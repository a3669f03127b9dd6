"""convlab.programs.running: a run answers, can be left, and a process that died is replaced."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from convlab.errors import UserError
from convlab.programs import host
from convlab.programs.catalogue import PROGRAMS
from convlab.programs.running import Runner

PROGRAM = PROGRAMS["airplanes_and_birds"]


class LeftError(Exception):
    pass


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


def test_it_answers_with_what_the_program_printed(runner: Runner) -> None:
    result = runner.run(PROGRAM)
    assert result.ending == "IndexError"
    assert result.output.startswith("Pictures of each class: [3, 0, 3]\nTraceback")
    assert runner.run(PROGRAM, 0).ending == ""


@pytest.mark.skipif(not host.FORKS, reason="no process can be forked safely here")
def test_a_warm_run_answers_soon(runner: Runner) -> None:
    runner.run(PROGRAM)
    took = min(_seconds(runner) for _ in range(5))
    assert took < 1.0


def _seconds(runner: Runner) -> float:
    began = time.monotonic()
    runner.run(PROGRAM)
    return time.monotonic() - began


def test_whoever_leaves_ends_the_program(runner: Runner) -> None:
    def leave() -> None:
        raise LeftError

    runner.run(PROGRAM)
    assert runner._host
    process = runner._host._process
    os.kill(process.pid, signal.SIGSTOP)  # so that it takes its time
    with pytest.raises(LeftError):
        runner.run(PROGRAM, look=leave)
    assert process.wait(10) == -signal.SIGKILL
    assert runner.run(PROGRAM).ending == "IndexError"  # in another process


def test_a_process_that_dies_is_one_sentence_and_is_replaced(runner: Runner) -> None:
    def kill() -> None:
        assert runner._host
        runner._host._process.kill()

    runner.run(PROGRAM)
    assert runner._host
    os.kill(runner._host._process.pid, signal.SIGSTOP)
    with pytest.raises(UserError, match="has ended"):
        runner.run(PROGRAM, look=kill)
    assert runner.run(PROGRAM).ending == "IndexError"


def test_a_process_that_cannot_begin_is_one_sentence() -> None:
    with pytest.raises(UserError, match="has ended"):
        Runner([sys.executable, "-c", "raise SystemExit(1)"]).run(PROGRAM)


def test_where_no_process_can_be_forked_each_program_has_one_of_its_own() -> None:
    script = "from convlab.programs import host; host.FORKS = False; host.main()"
    runner = Runner([sys.executable, "-c", script])
    try:
        assert [runner.run(PROGRAM, repair).ending for repair in (None, 0)] == ["IndexError", ""]
    finally:
        runner.close()
