"""What the disk refuses, in sentences."""

import errno
from pathlib import Path

import pytest

from convlab.errors import UserError
from convlab.storage import disk


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "lab"))
    return tmp_path / "lab"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, r"No room is left in ~/lab \(\d+ MB free\): make some there, then try again\."),
        (errno.EDQUOT, r"This account may keep no more in ~/lab: delete something .*"),
        (errno.EROFS, r"ConvLab may not write into ~/lab: .* set CONVLAB_HOME .*"),
        (errno.EACCES, r"ConvLab may not write into ~/lab: .*"),
        (errno.EIO, r"The disk of ~/lab does not answer as it should: check it, then try again\."),
        (errno.EMFILE, r"Too many files are open on this computer: .*"),
        (errno.ENOLCK, r"~/lab lies on a disk that locks no files: set CONVLAB_HOME .*"),
    ],
)
def test_each_says_where_and_what_to_do(number: int, said: str) -> None:
    with pytest.raises(UserError, match=f"^{said}$"), disk.told():
        raise OSError(number, "secret")


def test_how_much_is_wanted_is_said_where_it_is_known() -> None:
    with (
        pytest.raises(UserError, match=r"^17 MB do not fit into ~/lab \(\d+ MB free\): make room"),
        disk.told(17),
    ):
        raise OSError(errno.ENOSPC, "secret")


def test_another_error_or_another_folder_is_no_matter_of_this_disk(lab_home: Path) -> None:
    for other in (FileNotFoundError(errno.ENOENT, "x"), PermissionError(errno.EACCES, "x", "/srv/lab/file")):
        assert disk.explained(other) is None
        with pytest.raises(type(other)), disk.told():
            raise other
    for own in (lab_home, lab_home / "runs" / "file"):
        assert disk.explained(PermissionError(errno.EACCES, "x", str(own))) is not None


def test_the_log_has_the_detail(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UserError), disk.told():
        raise OSError(errno.EIO, "Input/output error", None)
    assert "Input/output error" in caplog.text
