"""Sweep folders that another version, another user or a broken disk left: the rest of the lab works on."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convlab.comparison import outcome, plan
from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.training import runs
from tests.comparison.small import plan as small
from tests.fuzz.bounds import answered, fuzzed, within
from tests.fuzz.run_folder_edits import MARKUP, RAW, VALUES, Edit, put, put_raw
from tests.training.small import DATASET, train

JSON_FILES = ("plan.json", "runs.json", "costs.json", "meta.json", "wish.json", "owner.json")
PLACES: list[tuple[str, tuple[Any, ...]]] = [
    ("meta.json", ("name",)), ("meta.json", ("created",)), ("costs.json", ("net",)),
    ("plan.json", ("name",)), ("plan.json", ("designs",)), ("plan.json", ("designs", "net")),
    ("plan.json", ("designs", "net", "design")), ("plan.json", ("base",)), ("plan.json", ("base", "epochs")),
    ("plan.json", ("base", "data")), ("plan.json", ("seeds",)), ("plan.json", ("seeds", 0)),
    ("runs.json", ("net",)), ("runs.json", ("net", "0")), ("runs.json", ("wide", "1")),
    ("owner.json", ("slots",)), ("owner.json", ("lab",)),
]  # fmt: skip


def _file(name: str, text: str) -> Edit:
    return lambda folder: (folder / name).write_text(text)


def _instead(name: str, other: Callable[[Path], object]) -> Edit:
    def edit(folder: Path) -> None:
        (folder / name).unlink()
        other(folder / name)

    return edit


def _elsewhere(folder: Path) -> None:
    other = folder.parent.parent / "elsewhere"
    folder.rename(other)
    folder.symlink_to(other)


SHAPES: dict[str, Edit] = {
    "a million seeds": put("plan.json", ("seeds",), list(range(10**6))),
    "a million designs": put("plan.json", ("designs",), {f"d{n}": {} for n in range(10**6)}),
    "a label with markup": put("plan.json", ("designs",), {MARKUP: {"design": "net"}}),
    "a label of a million letters": put("plan.json", ("designs",), {"n" * 10**6: {}}),
    "a run that is a path": put("runs.json", ("net", "0"), "../../outside"),
    "the same run twice": lambda folder: put("runs.json", ("net", "0"), Sweep(folder.name).ids["net", 1])(
        folder
    ),
    "more slots than anybody has": put("owner.json", ("slots",), 10**9),
    "a name with markup": put("meta.json", ("name",), MARKUP),
    "a sparse plan of 8 GB": lambda folder: os.truncate(folder / "plan.json", 8 * 2**30),
    "a folder that lies elsewhere": _elsewhere,
    "a lock that lies elsewhere": lambda folder: (folder / "lock").symlink_to(folder.parents[2] / "outside"),
    "a lock that is a folder": lambda folder: (folder / "lock").mkdir(),
    "a lock that is a pipe": lambda folder: os.mkfifo(folder / "lock"),
    **{f"{name} of brackets": _file(name, "[" * 10**6) for name in JSON_FILES},
    **{f"{name} a pipe": _instead(name, os.mkfifo) for name in JSON_FILES},
    **{f"{name} a folder": _instead(name, Path.mkdir) for name in JSON_FILES},
    **{f"{name} a device": _instead(name, lambda path: path.symlink_to("/dev/zero")) for name in JSON_FILES},
    **{f"{name} missing": _instead(name, lambda path: None) for name in JSON_FILES},
    **{f"{name} empty": _file(name, "") for name in JSON_FILES},
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """A folder with two honest sweeps, a run of each, and their ids."""
    home = tmp_path_factory.mktemp("honest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(home))
        found = [sweeps.create(small(shelf.put(DATASET))) for _ in range(2)]
        for one in found:
            (one.folder / "owner.json").write_text(
                '{"lab": "0123456789abcdef", "host": "a", "pid": 1, "since": 1, "slots": 2}'
            )
            train(one.make(("net", 0)))
        yield home, found[0].id, found[1].id


@pytest.fixture
def edited(
    honest: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Edit], Sweep]:
    """Edit a copy of the second, and give what it was."""

    def edit(how: Edit) -> Sweep:
        home, _other, id = honest
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        shutil.copytree(home, tmp_path / "home")
        monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
        (tmp_path / "outside").write_text("mine")
        _ = (found := Sweep(id)).ids  # as they were
        how(tmp_path / "home" / "sweeps" / id)
        return found

    return edit


def tried(edited: Callable[[Edit], Sweep], how: Edit, other: str) -> None:
    """What pages and commands read: the other sweep is there, and this one, or a sentence."""
    sweep = edited(how)
    outside = sweep.folder.parents[2] / "outside"
    before = {run.id for run in runs.all_runs()}
    with within(seconds=10):
        listed = [one.id for one in sweeps.all_sweeps()]
        assert other in listed
        assert set(listed) <= {other, sweep.id}
        found = answered(lambda: sweeps.get(sweep.id))
        if not isinstance(found, UserError):
            for ask in (found.check, found.progress, found.runs, lambda: found.owner, found.wish):
                answered(ask)
            answered(lambda: outcome.measured(found).plain())
            answered(lambda: plan.check(found.plan))
            answered(lambda: found.rename("another"))
            answered(found.stop)
    if not isinstance(found, UserError):
        answered(found.delete)
    assert outside.read_text() == "mine"
    gone = before - {run.id for run in runs.all_runs()}
    assert gone <= set(sweep.ids.values())


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_one_edited_folder_leaves_the_rest_as_it_is(
    edited: Callable[[Edit], Sweep], honest: tuple[Path, str, str], name: str
) -> None:
    tried(edited, SHAPES[name], honest[1])


@fuzzed(20)
@given(st.sampled_from(PLACES), st.sampled_from([*VALUES, ...]), st.sampled_from([None, *RAW.values()]))
@example(("runs.json", ("net", "0")), "0" * 16, None)
def test_any_value_at_any_place(
    edited: Callable[[Edit], Sweep],
    honest: tuple[Path, str, str],
    spot: tuple[str, tuple[Any, ...]],
    value: Any,
    raw: str | None,
) -> None:
    tried(edited, put(*spot, value) if raw is None else put_raw(*spot, raw), honest[1])
