"""Where ConvLab keeps its files."""

import pwd
import stat
from pathlib import Path

import platformdirs
import pytest

from convlab.errors import UserError
from convlab.storage import data_folder


def test_the_folder_is_the_one_that_is_set_and_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "a" / "lab"))
    assert data_folder.folder() == tmp_path / "a" / "lab"
    assert stat.S_IMODE(data_folder.folder().stat().st_mode) == 0o700
    (data_folder.folder() / "kept").write_text("x")
    assert (data_folder.folder() / "kept").read_text() == "x"


@pytest.mark.parametrize("unset", [True, False])
def test_else_it_is_the_systems_place(unset: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("CONVLAB_HOME", raising=False) if unset else monkeypatch.setenv("CONVLAB_HOME", "")
    assert data_folder.folder() == platformdirs.user_data_path("convlab", appauthor=False)
    assert data_folder.folder().is_relative_to(tmp_path)


def test_a_relative_folder_does_not_move_with_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVLAB_HOME", "lab")
    assert data_folder.folder() == tmp_path / "lab"


def test_a_tilde_is_the_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CONVLAB_HOME", "~/lab")
    assert data_folder.folder() == tmp_path / "lab"
    assert data_folder.shown(data_folder.folder()) == "~/lab"
    assert data_folder.shown(Path("/srv/lab")) == "/srv/lab"


def test_a_folder_that_cannot_be_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="set CONVLAB_HOME"):
        data_folder.folder()


def test_an_account_without_a_place_of_its_own_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise KeyError("uid not found")

    for name in ("HOME", "CONVLAB_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert not data_folder.path().exists()
    with pytest.raises(UserError, match="set CONVLAB_HOME to one that can be written"):
        data_folder.folder()
