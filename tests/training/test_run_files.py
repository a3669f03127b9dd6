"""convlab.training.run_files: what cannot be read is said in a sentence, what stays as it is is read once."""

import json
from pathlib import Path

import pytest

from convlab.errors import UserError
from convlab.storage import plain_files
from tests.training.small import create


@pytest.mark.parametrize("name", ["meta.json", "settings.json", "status.json"])
def test_a_damaged_file_is_named(name: str) -> None:
    run = create()
    (run.folder / name).write_text("{")
    with pytest.raises(UserError, match=f"^{name} of this run is damaged"):
        run.check()


def test_a_run_that_is_gone_is_not_damaged() -> None:
    run = create()
    run.delete()
    with pytest.raises(UserError, match="There is no run"):
        _ = run.name


def test_what_stays_as_it_is_is_read_once_and_what_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    run, read, names = create(), plain_files.read, list[str]()

    def counted(path: Path, most: int) -> bytes:
        names.append(path.name)
        return read(path, most)

    monkeypatch.setattr(plain_files, "read", counted)
    assert {run.name for _ in range(5)} == {"net"}
    run.rename("other")
    assert {run.name for _ in range(5)} == {"other"}
    assert names == ["meta.json"] * 2
    told = json.loads((run.folder / "meta.json").read_text())
    assert told["name"] == "other"
