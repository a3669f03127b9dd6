"""What the tests of the tables share: each program is run as it is, and with every repair."""

import re
from collections.abc import Iterable

from convlab.programs.program import Program
from convlab.programs.running import runner


def cases(programs: Iterable[Program]) -> list[tuple[Program, int | None]]:
    """Each program as it is (None), and with each of its repairs."""
    return [(program, repair) for program in programs for repair in (None, *range(len(program.repairs)))]


def name(value: object) -> str:
    """Of a case, for pytest."""
    return value.name if isinstance(value, Program) else "as_it_is" if value is None else f"repair_{value}"


def output(program: Program, repair: int | None) -> str:
    """What it prints, with the name of its error in front, less what an error adds."""
    result = runner().run(program, repair)
    assert result.ending is not None, result.output
    return f"{result.ending}: {result.output}" if result.ending else result.output


def check(program: Program, repair: int | None) -> None:
    """It comes to what the table says, and only the right repair gives what the right repair gives."""
    assert program.line or program.ending == "right"
    found = output(program, repair)
    kind = re.match(r"(\w+Error): ", found)
    if repair is None:
        assert (kind[1] if kind else "runs") == (
            program.ending if program.ending.endswith("Error") else "runs"
        ), found
    if repair == 0:
        assert kind is None, found
        assert "nan" not in found
    elif program.repairs:
        assert found != output(program, 0)
    if repair:
        assert program.repairs[repair].otherwise
        assert program.is_there(program.line)


def numbers(program: Program, repair: int | None) -> list[float]:
    """All numbers that it prints."""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\bnan\b", output(program, repair))]
