"""Files and data sets that are named on the command line."""

import sys
from pathlib import Path

from tqdm import tqdm

from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.networks import checkpoints


def read(path: Path) -> bytes:
    """A file of weights, no further than a checkpoint may reach. Raises UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(checkpoints.MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UserError(
            N_("{path} cannot be read: {reason}."),
            path=repr(str(path))[:200],
            reason=getattr(error, "strerror", None) or "no such file",
        ) from error


def prepared(source: str) -> str:
    """The key of a data set; what takes longer than a second shows a bar on stderr. Raises UserError."""
    with tqdm(desc=Path(source).name[:30], delay=1.0, leave=False, disable=None, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return shelf.prepare(source, progress=progress)
