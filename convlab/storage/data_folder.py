"""The one folder in which ConvLab keeps what it makes: data sets and runs."""

import os
from pathlib import Path

import platformdirs

from convlab.errors import N_, UserError


def path() -> Path:
    """``$CONVLAB_HOME``, or the system's place for a user's data; it may not be there yet.

    For an account without a place of its own, a path that cannot be made: who writes there says so.
    """
    chosen = os.environ.get("CONVLAB_HOME")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    try:
        return platformdirs.user_data_path("convlab", appauthor=False)
    except RuntimeError:
        return Path(os.devnull, "convlab")


def folder() -> Path:
    """The same, made on demand, for its owner alone (0700). Raises UserError where it cannot be made."""
    found = path()
    try:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        told = N_("ConvLab cannot make its folder {folder}: set CONVLAB_HOME to one that can be written.")
        raise UserError(told, folder=shown(found)) from error
    return found


def part(name: str) -> Path:
    """A folder in it for who writes there, made on demand; who reads asks ``path``."""
    found = folder() / name
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def shown(place: Path) -> str:
    """A path for a person's eyes: the account's own folder is written ``~``."""
    try:
        return str(Path("~") / place.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or an account without a folder
        return str(place)
