"""Birds and airplanes of CIFAR-10, through torchvision, which compares every file's MD5 before it is opened.

A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; chapter 7 of the book.
"""

import hashlib
import ssl
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import torch

from convlab.datasets.dataset import Dataset, Split
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder

TITLE = "CIFAR-10 birds and airplanes"
CLASSES = ("airplane", "bird")
BATCHES = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_BYTES = 170_498_071

Progress = Callable[[int, int, float], None]  # bytes done, bytes in all, bytes per second
Cancelled = Callable[[], bool]

_OF_CIFAR = (0, 2)  # the labels of CLASSES among CIFAR-10's ten
_CHUNK = 2**16
_PATIENCE_S = 15.0  # without a byte
_PROGRESS_EVERY_S = 0.1


def holds(folder: Path) -> bool:
    """Whether ``find`` would find something: a cheap look at names alone."""
    return _batches(folder) is not None or _archive(folder) is not None


def find(folder: Path) -> Dataset | None:
    """The data set in a folder that somebody has, or None. 10,000 pictures to train on, 2,000 to validate.

    Args:
        folder: it holds ``cifar-10-batches-py`` or ``cifar-10-python.tar.gz``; or the path of one of these.

    Raises:
        UserError: files are missing or differ from the originals; nothing in them was opened.
    """
    batches, archive = _batches(folder), _archive(folder)
    if batches is not None:
        return _read(batches.parent)
    return None if archive is None else _read_archive(archive)


def download(progress: Progress | None = None, cancelled: Cancelled | None = None) -> Dataset:
    """Fetch torchvision's archive into ConvLab's folder, where it stays; or use what is there already.

    Args:
        progress: told about ten times a second.
        cancelled: asked as often as bytes come; a silent server is given up after 15 s.

    Raises:
        UserError: the download failed or was cancelled; nothing of it is kept.
    """
    folder = data_folder.folder()
    if _batches(folder) is not None:
        return _read(folder)
    target = folder / ARCHIVE
    atomic.sweep(folder)
    if not target.is_file() or _md5(target) != _torchvision().tgz_md5:
        _fetch(target, progress or (lambda *_: None), cancelled or (lambda: False))
    return _read_archive(target)


def _torchvision() -> Any:
    """torchvision's class. It takes a second to import: only who has to do with CIFAR-10 waits for it."""
    from torchvision.datasets import CIFAR10

    return CIFAR10


def _batches(folder: Path) -> Path | None:
    path = folder if folder.name == BATCHES else folder / BATCHES
    return path.absolute() if path.is_dir() else None


def _archive(folder: Path) -> Path | None:
    path = folder if folder.name == ARCHIVE else folder / ARCHIVE
    return path if path.is_file() else None


def _read(root: Path) -> Dataset:
    try:
        train, val = (_chosen(_torchvision()(str(root), train=part)) for part in (True, False))
    except (RuntimeError, OSError) as error:  # RuntimeError: an MD5 differs
        raise UserError(
            N_(
                "The files in {folder} are not complete or not the original ones: please get {archive} again."
            ),
            folder=BATCHES,
            archive=ARCHIVE,
        ) from error
    return Dataset(TITLE, CLASSES, train, val)


def _chosen(cifar: Any) -> Split:
    """Birds and airplanes only, in CIFAR-10's order."""
    labels = torch.tensor(cifar.targets)
    chosen = torch.isin(labels, torch.tensor(_OF_CIFAR))
    images = torch.from_numpy(cifar.data)[chosen].permute(0, 3, 1, 2).contiguous()  # (N, C, H, W)
    return Split(images, (labels[chosen] == _OF_CIFAR[1]).to(torch.int64))


def _read_archive(archive: Path) -> Dataset:
    """The archive's files go to a temporary folder, for torchvision reads no archive."""
    cifar = _torchvision()
    wanted = [name for name, _ in (*cifar.train_list, *cifar.test_list)] + [cifar.meta["filename"]]
    try:
        if _md5(archive) != cifar.tgz_md5:
            raise _not_original()
        with tempfile.TemporaryDirectory(prefix="convlab-") as folder, tarfile.open(archive) as tar:
            (Path(folder) / BATCHES).mkdir()
            for name in wanted:
                member = tar.extractfile(f"{BATCHES}/{name}")
                (Path(folder) / BATCHES / name).write_bytes(member.read() if member else b"")
            return _read(Path(folder))
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        raise UserError(
            N_("{archive} cannot be unpacked: it takes 200 MB of free room for a moment."), archive=ARCHIVE
        ) from error


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _not_original() -> UserError:
    return UserError(
        N_("{archive} is not the original file (its MD5 differs): please download it again."), archive=ARCHIVE
    )


def _fetch(target: Path, progress: Progress, cancelled: Cancelled) -> None:
    cifar = _torchvision()
    opener = urllib.request.build_opener()  # reads the proxy settings of now
    try:
        with opener.open(cifar.url, timeout=_PATIENCE_S) as response, atomic.replacing(target) as put:
            if _copy(response, put, progress, cancelled) != cifar.tgz_md5:
                raise UserError(
                    N_(
                        "What came is not the original file (its MD5 differs), and was thrown away: try "
                        "again, or put {archive} into {folder} yourself."
                    ),
                    archive=ARCHIVE,
                    folder=_folder(),
                )
    except HTTPError as error:
        raise UserError(
            N_(
                "The server of CIFAR-10 answered {status}: try again later, "
                "or put {archive} into {folder} yourself."
            ),
            archive=ARCHIVE,
            folder=_folder(),
            status=error.code,
        ) from error
    except (URLError, TimeoutError, ConnectionError, ssl.SSLError, HTTPException) as error:
        raise UserError(
            N_(
                "No connection to the server of CIFAR-10: try again, or put {archive} into {folder} yourself."
            ),
            archive=ARCHIVE,
            folder=_folder(),
        ) from error
    except OSError as error:
        raise UserError(
            N_("The download cannot be kept in {folder}: make {size} MB of room, then start it again."),
            folder=_folder(),
            size=round(ARCHIVE_BYTES / 1e6),
        ) from error


def _copy(
    response: HTTPResponse, put: Callable[[bytes], None], progress: Progress, cancelled: Cancelled
) -> str:
    """Everything that comes goes where ``put`` puts it. Returns its MD5."""
    total = response.length or ARCHIVE_BYTES
    digest = hashlib.md5(usedforsecurity=False)
    done, begun, told = 0, time.monotonic(), 0.0
    while not cancelled():
        chunk = response.read(_CHUNK)
        done += len(chunk)
        now = time.monotonic()
        if now - told >= _PROGRESS_EVERY_S or not chunk:
            progress(done, total, done / max(now - begun, 1e-3))
            told = now
        if done > ARCHIVE_BYTES:
            raise UserError(
                N_(
                    "What came is not the original file (its MD5 differs), and was thrown away: try "
                    "again, or put {archive} into {folder} yourself."
                ),
                archive=ARCHIVE,
                folder=_folder(),
            )
        if not chunk:
            if response.length:
                raise UserError(
                    N_(
                        "The download was cut after {done} of {total} MB, and nothing of it is kept: try "
                        "again, or put {archive} into {folder} yourself."
                    ),
                    archive=ARCHIVE,
                    folder=_folder(),
                    done=round(done / 1e6),
                    total=round(total / 1e6),
                )
            return digest.hexdigest()
        put(chunk)
        digest.update(chunk)
    raise UserError(N_("The download was cancelled and nothing of it is kept: start it again when you like."))


def _folder() -> str:
    return data_folder.shown(data_folder.folder())
