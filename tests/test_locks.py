"""The locks hold what the requirements ask for and need, each with its hash; every licence is named."""

import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.sources import ROOT
from tests.test_house import pins
from tools import lock

LOCKS = {path.name: lock.entries(path.read_text()) for path in (lock.RUN, lock.CUDA, lock.DEV)}
RUN, CUDA, DEV = LOCKS.values()


def asked(*names: str) -> dict[str, str]:
    """What these lists of requirements pin."""
    return {name: version for file in names for name, version in pins((ROOT / file).read_text()).items()}


def pinned(entries: lock.Entries) -> dict[str, str]:
    """Name -> version of what a lock installs on this machine."""
    here = [Requirement(entry) for entry in entries]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in here
        if one.marker is None or one.marker.evaluate()
    }


def needed(names: list[str]) -> dict[str, str]:
    """Name -> version of installed packages and of all that they need here."""
    found: dict[str, str] = {}
    left = [Requirement(name) for name in names]
    while left:
        one = left.pop()
        name = canonicalize_name(one.name)
        package = distribution(name)
        found[name] = package.version.partition("+")[0]  # "+cpu": another build of the same
        for inner in map(Requirement, package.requires or []):
            extras = [{"extra": extra} for extra in ("", *one.extras)]
            wanted = inner.marker is None or any(map(inner.marker.evaluate, extras))
            if wanted and (inner.extras or canonicalize_name(inner.name) not in found):
                left.append(inner)
    return found


def test_the_locks_hold_what_the_requirements_pin() -> None:
    """Stale otherwise: run `make lock`."""
    run, every = asked("requirements.txt"), asked("requirements.txt", "requirements-dev.txt")
    assert {name: pinned(RUN | CUDA).get(name) for name in run} == run
    assert {name: pinned(RUN | CUDA | DEV).get(name) for name in every} == every


def test_the_locks_hold_all_that_those_need_and_nothing_else() -> None:
    """Stale otherwise: run `make lock`. What is installed here says what it needs."""
    cuda = pinned(CUDA) if "+" not in distribution("torch").version else {}
    try:
        wanted = needed(list(asked("requirements.txt")))
        tools = needed(list(asked("requirements-dev.txt"))).keys() - wanted.keys()
    except PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed here")
    assert wanted.keys() == pinned(RUN).keys() | cuda.keys()
    assert tools == pinned(DEV).keys()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_the_hashes_of_its_files(name: str) -> None:
    assert LOCKS[name]
    for entry, lines in LOCKS[name].items():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", entry)
        hashes = lines.partition(" \\\n")[2].splitlines()
        assert hashes != []
        assert [
            line for line in hashes if not re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        ] == []


def test_what_is_for_nvidias_gpus_is_apart_and_no_package_is_locked_twice() -> None:
    assert all(map(lock.is_cuda, CUDA))
    assert not any(map(lock.is_cuda, [*RUN, *DEV]))
    assert {lock.name(entry) for entry in RUN} & {lock.name(entry) for entry in DEV} == set()


def test_make_installs_what_the_locks_name_with_hashes_and_looks_for_nothing_more() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installed = re.findall(r"^\t\$\(INSTALL\) (.*)$", makefile, re.MULTILINE)
    assert [line for line in installed if "--no-deps --require-hashes -r " not in line] == [
        "--no-deps --no-build-isolation --editable ."
    ]
    assert all(f"-r {name}" in makefile for name in LOCKS)


def names(rows: list[str]) -> list[str]:
    return sorted(re.findall(r"`([a-z0-9-]+)`", "".join(row.rpartition(" | ")[2] for row in rows)))


def test_every_licence_is_named_and_those_that_are_not_free_stand_apart() -> None:
    text = (ROOT / "LICENSES.md").read_text()
    run, _, dev = text.partition("`make test` and `make check` install more")
    for part, entries in ((run, [*RUN, *CUDA]), (dev, [*DEV])):
        rows = re.findall(r"^\| .+ \|$", part, re.MULTILINE)
        assert names(rows) == sorted({lock.name(entry) for entry in entries})
    not_free = set(names(re.findall(r"^\| \*\*NVIDIA's own, not free.+$", text, re.MULTILINE)))
    assert {lock.name(entry) for entry in CUDA if entry.startswith("nvidia-")} <= not_free


def test_a_lock_is_read_entry_by_entry() -> None:
    one, other = "a==1 \\\n    --hash=sha256:0\n    # via b\n", "b==2 ; x == 'y' \\\n    --hash=sha256:1\n"
    assert lock.entries(f"# made by\n{one}{other}") == {"a==1": one, "b==2 ; x == 'y'": other}
    assert lock.name("b==2 ; x == 'y'") == "b"
    assert lock.is_cuda("nvidia-x==1")
    assert lock.is_cuda("triton==3")
    assert not lock.is_cuda("torch==2")
