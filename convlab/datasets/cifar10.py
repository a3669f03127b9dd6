"""Birds and airplanes of CIFAR-10, through torchvision, which compares every file's MD5 before it is opened.

A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; chapter 7 of the book.
"""

import contextlib
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
from convlab.storage import atomic, data_folder, disk

TITLE = "CIFAR-10 birds and airplanes"
CLASSES = ("airplane", "bird")
BATCHES = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_BYTES = 170_498_071
AS_JPEG = "3fe29f00471a9af0c621c48b235611d390effb88041091cb07b6b7ccfdd36012"  # the digest of a zip of them

Progress = Callable[[int, int], None]  # bytes done, bytes in all
Cancelled = Callable[[], bool]
Put = Callable[[bytes], None]

_OF_CIFAR = (0, 2)  # the labels of CLASSES among CIFAR-10's ten
_CHUNK = 2**16
_PATIENCE_S = 15.0  # without a byte
_PROGRESS_EVERY_S = 0.1


def holds(folder: Path | None = None) -> bool:
    """Whether ``find`` would find something: a cheap look at names alone."""
    batches, archive = _places(folder)
    return batches.is_dir() or archive.is_file()


def find(folder: Path | None = None) -> Dataset:
    """The data set in a folder that somebody has: 10,000 pictures to train on, 2,000 to validate.

    The folder holds ``cifar-10-batches-py`` or ``cifar-10-python.tar.gz``, or is the path of one of these;
    None: ConvLab's own. Raises UserError where it is not there, or files are missing or differ from the
    originals: none was opened then.
    """
    batches, archive = _places(folder)
    if batches.is_dir():
        return _read(batches.absolute().parent)
    if archive.is_file():
        return _read_archive(archive)
    raise _refused(N_("CIFAR-10 is not here yet: download it, or put {archive} into {folder}."))


def download(progress: Progress = lambda *_: None, cancelled: Cancelled = lambda: False) -> Dataset:
    """Fetch torchvision's archive into ConvLab's folder, where it stays; or use what is there already.

    Progress is told about ten times a second, ``cancelled`` asked as often as bytes come; a silent server is
    given up after 15 s. Raises UserError where the download failed or was cancelled; nothing of it is kept.
    """
    folder = data_folder.folder()
    with contextlib.suppress(UserError):  # incomplete or changed: the archive is fetched
        if (folder / BATCHES).is_dir():
            return _read(folder)
    target = folder / ARCHIVE
    atomic.sweep(folder)
    if not target.is_file() or _md5(target) != _torchvision().tgz_md5:
        _fetch(target, progress, cancelled)
    return _read_archive(target)


def _torchvision() -> Any:
    """torchvision's class. It takes a second to import: only who has to do with CIFAR-10 waits for it."""
    from torchvision.datasets import CIFAR10

    return CIFAR10


def _places(folder: Path | None) -> list[Path]:
    """Where the files would lie, and where the archive of them."""
    folder = folder or data_folder.path()
    return [folder if folder.name == name else folder / name for name in (BATCHES, ARCHIVE)]


def _read(root: Path) -> Dataset:
    try:
        train, val = (_chosen(_torchvision()(str(root), train=part)) for part in (True, False))
    except (RuntimeError, OSError) as error:  # RuntimeError: an MD5 differs
        template = N_(
            "The files in {batches} are not complete or not the original ones: please get {archive} again."
        )
        raise _refused(template) from error
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
    changed = N_("{archive} is not the original file (its MD5 differs): please download it again.")
    try:
        if _md5(archive) != cifar.tgz_md5:
            raise _refused(changed)
        with tempfile.TemporaryDirectory(prefix="convlab-") as folder, tarfile.open(archive) as tar:
            (Path(folder) / BATCHES).mkdir()
            for name in wanted:
                member = tar.extractfile(f"{BATCHES}/{name}")
                (Path(folder) / BATCHES / name).write_bytes(member.read() if member else b"")
            return _read(Path(folder))
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        template = N_("{archive} cannot be unpacked: it takes 200 MB of free room for a moment.")
        raise _refused(template) from error


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _fetch(target: Path, progress: Progress, cancelled: Cancelled) -> None:
    opener = urllib.request.build_opener()  # reads the proxy settings of now
    answers = N_(
        "The server of CIFAR-10 answered {status}: try again later, or put {archive} into {folder} yourself."
    )
    silent = N_(
        "No connection to the server of CIFAR-10: try again, or put {archive} into {folder} yourself."
    )
    url = _torchvision().url
    try:
        with opener.open(url, timeout=_PATIENCE_S) as response, atomic.replacing(target) as put:
            _copy(response, put, progress, cancelled)
    except HTTPError as error:
        raise _refused(answers, status=error.code) from error
    except (URLError, TimeoutError, ConnectionError, ssl.SSLError, HTTPException) as error:
        raise _refused(silent) from error
    except OSError as error:
        raise disk.explained(error, round(ARCHIVE_BYTES / 1e6)) or _refused(silent) from error


def _copy(response: HTTPResponse, put: Put, progress: Progress, cancelled: Cancelled) -> None:
    """Everything that comes goes where ``put`` puts it. Raises UserError where that is not the archive."""
    total = response.length or ARCHIVE_BYTES
    digest = hashlib.md5(usedforsecurity=False)
    done, told = 0, 0.0
    while not cancelled():
        chunk = response.read(_CHUNK)
        done += len(chunk)
        if not chunk or time.monotonic() - told >= _PROGRESS_EVERY_S:
            progress(done, total)
            told = time.monotonic()
        if not chunk or done > ARCHIVE_BYTES:
            break
        put(chunk)
        digest.update(chunk)
    else:
        template = N_("The download was cancelled and nothing of it is kept: start it again when you like.")
        raise _refused(template)
    if not chunk and response.length:
        template = N_(
            "The download was cut after {done} of {total} MB, and nothing of it is kept: try again, "
            "or put {archive} into {folder} yourself."
        )
        raise _refused(template, done=round(done / 1e6), total=round(total / 1e6))
    if digest.hexdigest() != _torchvision().tgz_md5:
        template = N_(
            "What came is not the original file (its MD5 differs), and was thrown away: try again, "
            "or put {archive} into {folder} yourself."
        )
        raise _refused(template)


def _refused(template: str, **values: object) -> UserError:
    """A sentence that may name the archive, the folder of its files and the one to put it into."""
    folder = data_folder.shown(data_folder.path())
    return UserError(template, archive=ARCHIVE, batches=BATCHES, folder=folder, **values)
