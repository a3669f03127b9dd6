"""The one folder in which ConvLab keeps what it makes: data sets and runs."""

import os
from pathlib import Path

import platformdirs

from convlab.errors import N_, UserError


def folder() -> Path:
    """``$CONVLAB_HOME``, or the system's place for a user's data; made on demand, for its owner alone (0700).

    Raises UserError where it cannot be made.
    """
    chosen = os.environ.get("CONVLAB_HOME")
    usual = platformdirs.user_data_path("convlab", appauthor=False)
    path = Path(os.path.expanduser(chosen)).absolute() if chosen else usual
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        told = N_("ConvLab cannot make its folder {folder}: set CONVLAB_HOME to one that can be written.")
        raise UserError(told, folder=shown(path)) from error
    return path


def part(name: str) -> Path:
    """A folder in it, made on demand."""
    path = folder() / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def shown(path: Path) -> str:
    """A path for a person's eyes: the account's own folder is written ``~``."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or an account without a folder
        return str(path)
