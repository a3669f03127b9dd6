"""``python -m convlab compare --list``, ``--rename``, ``--delete``: whole comparisons from a terminal."""

import json
from pathlib import Path

import pytest

from convlab.__main__ import main
from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.comparison.sweep_files import Wish
from convlab.datasets import shelf
from convlab.storage import atomic
from convlab.training import runs
from tests.commands.conftest import said
from tests.comparison.small import plan
from tests.training.small import DATASET, train


@pytest.fixture
def one() -> Sweep:
    """Four runs, one of them done."""
    found = sweeps.create(plan(shelf.put(DATASET)))
    train(found.make(("net", 0)))
    return found


def test_they_are_listed_the_newest_first(one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    later = sweeps.create(plan(one.plan.settings("net", 0).data, seeds=(7,)))
    later.set_wish("go")
    found, _err = said(capsys, "compare", "--list")
    assert [entry["sweep"] for entry in found["sweeps"]] == [later.id, one.id]
    first, second = found["sweeps"]
    assert (first["state"], first["runs"], first["done"]) == ("cut", 2, 0)
    assert (second["state"], second["runs"], second["done"], second["failed"]) == ("paused", 4, 1, 0)
    assert (second["name"], second["designs"], second["seeds"]) == ("small", ["net", "wide"], [0, 1])
    assert second["data"] == sorted(one.plan.data)
    assert main(["compare", "--list"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["sweep", "begun", "state", "runs", "designs", "data", "name"]
    assert [line.split()[0] for line in lines] == [later.id, one.id]
    assert "1 of 4" in lines[1]


@pytest.mark.parametrize("wish", ["stop", "done", "go"])
def test_its_state_is_a_word(wish: Wish, one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    one.set_wish(wish)
    lock = one.take() if wish == "go" else None
    if lock is not None:
        atomic.write_json(one.folder / "owner.json", {"lab": "terminal", "host": "h", "pid": 1, "since": 0.0})
    try:
        found, _err = said(capsys, "compare", "--list")
    finally:
        if lock is not None:
            lock.release()
    assert found["sweeps"][0]["state"] == {"stop": "stopped", "done": "done", "go": "training"}[wish]


def test_none_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "compare", "--list")[0] == {"sweeps": []}
    assert main(["compare", "--list"]) == 0
    assert capsys.readouterr().out == "There is no comparison yet.\n"


def test_one_is_renamed(one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    found, _err = said(capsys, "compare", "--rename", one.id, "two points")
    assert found == {"sweep": one.id, "name": "two points"}
    assert sweeps.get(one.id).name == "two points"
    assert main(["compare", "--rename", one.id, "x" * 81]) == 2
    assert "1 to 80 characters" in capsys.readouterr().err
    assert main(["compare", "--rename", one.id, "again"]) == 0
    assert capsys.readouterr().out == f"{one.id} is called again now.\n"


def test_one_is_deleted_whole(one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    other = runs.create(one.plan.settings("net", 9))
    found, _err = said(capsys, "compare", "--delete", one.id)
    assert found == {"sweep": one.id, "deleted": 1}
    assert (sweeps.all_sweeps(), runs.all_runs()) == ([], [other])
    assert main(["compare", "--delete", one.id]) == 2
    assert "There is no comparison" in capsys.readouterr().err


def test_what_another_process_runs_is_kept(one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    lock = one.take()
    assert lock is not None
    try:
        assert main(["compare", "--delete", one.id]) == 2
    finally:
        lock.release()
    assert "end it there first" in capsys.readouterr().err
    assert sweeps.all_sweeps() == [one]


def test_no_name_speaks_to_the_terminal(one: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    meta = json.loads((one.folder / "meta.json").read_text())
    (one.folder / "meta.json").write_text(json.dumps(meta | {"name": "red\x1b[31m\nblue"}))
    assert main(["compare", "--list"]) == 0
    out = capsys.readouterr().out
    assert "red [31m blue" in out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 2
    assert main(["compare", "--delete", one.id]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--list", "--delete", "0" * 16],
        ["--list", "--designs", "net"],
        ["--rename", "0" * 16, "x", "--epochs", "3"],
        ["--delete", "../../x"],
        ["--rename", "..", "x"],
    ],
)
def test_a_mistake_is_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    assert main(["compare", *words]) == 2
    err = capsys.readouterr().err
    assert "stand alone" in err or "There is no comparison" in err
    assert "Traceback" not in err
    assert (tmp_path / "x").is_dir()
