"""CIFAR-10 found, forged and downloaded, with small files and a server of our own."""

import contextlib
import gzip
import hashlib
import io
import os
import pickle
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from convlab.datasets import cifar10, dataset
from convlab.errors import UserError

PER_BATCH = 20


class Payload:
    """What it is made into when it is unpickled: a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def small_cifar() -> dict[str, bytes]:
    """CIFAR-10's files with 20 noise pictures each; labels 0 to 9 in turns."""
    random = np.random.default_rng(0)
    names = [name for name, _ in (*CIFAR10.train_list, *CIFAR10.test_list)]
    labels = [i % 10 for i in range(PER_BATCH)]
    batches = {
        name: pickle.dumps(
            {"data": random.integers(0, 256, (PER_BATCH, 3072), dtype=np.uint8), "labels": labels}
        )
        for name in names
    }
    return batches | {"batches.meta": pickle.dumps({"label_names": list("abcdefghij")})}


def archived(files: dict[str, bytes]) -> bytes:
    """A tar.gz, the same bytes each time: no clock in its header."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{cifar10.BATCHES}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(file.getvalue(), mtime=0)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Small files that torchvision takes for the originals; ConvLab's folder is an empty one."""
    made = small_cifar()
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5(made[name])] for name, _ in CIFAR10.train_list])
    monkeypatch.setattr(CIFAR10, "test_list", [[name, md5(made[name])] for name, _ in CIFAR10.test_list])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": md5(made["batches.meta"])})
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archived(made)))
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "home").mkdir()
    return made


@pytest.fixture
def archive(files: dict[str, bytes]) -> bytes:
    return archived(files)


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    (folder / cifar10.BATCHES).mkdir(parents=True)
    for name, content in files.items():
        (folder / cifar10.BATCHES / name).write_bytes(content)
    return folder


def expected(files: dict[str, bytes], names: list[str]) -> tuple[torch.Tensor, list[int]]:
    """Airplanes (0 -> 0) and birds (2 -> 1) in the files' order, straight from the pickles."""
    images, labels = [], []
    for name in names:
        batch = pickle.loads(files[name])
        for row, label in zip(batch["data"], batch["labels"], strict=True):
            if label in (0, 2):
                images.append(torch.from_numpy(row).reshape(3, 32, 32))
                labels.append(label // 2)
    return torch.stack(images), labels


def check(found: dataset.Dataset | None, files: dict[str, bytes]) -> None:
    assert found is not None
    assert found.classes == ("airplane", "bird")
    assert dataset.counts(found) == ((10, 2), (10, 2))
    for split, names in (
        (found.train, [f"data_batch_{i}" for i in range(1, 6)]),
        (found.val, ["test_batch"]),
    ):
        images, labels = expected(files, names)
        assert torch.equal(split.images, images)
        assert split.labels.tolist() == labels


def test_what_torchvision_says_of_the_archive() -> None:
    assert CIFAR10.filename == cifar10.ARCHIVE
    assert CIFAR10.base_folder == cifar10.BATCHES
    assert CIFAR10.url.startswith("https://")


@pytest.mark.parametrize("inside", [False, True])
def test_the_batches_are_found(inside: bool, files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpacked(files, tmp_path / "user")
    folder = folder / cifar10.BATCHES if inside else folder
    assert cifar10.holds(folder)
    check(cifar10.find(folder), files)


@pytest.mark.parametrize("direct", [False, True])
def test_the_archive_is_found_and_unpacks_nothing_beside_it(
    direct: bool, files: dict[str, bytes], archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = tmp_path / "user"
    user.mkdir()
    (user / cifar10.ARCHIVE).write_bytes(archive)
    folder = user / cifar10.ARCHIVE if direct else user
    assert cifar10.holds(folder)
    check(cifar10.find(folder), files)
    assert os.listdir(user) == [cifar10.ARCHIVE]


def test_elsewhere_nothing_is_found(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none", tmp_path / cifar10.BATCHES):
        assert not cifar10.holds(folder)
        with pytest.raises(UserError, match="not here yet: download it, or put"):
            cifar10.find(folder)


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_5", "test_batch", "batches.meta"])
def test_a_forged_batch_is_refused_before_it_is_opened(
    name: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    bait = tmp_path / "opened"
    forged = pickle.dumps({"data": Payload(bait), "labels": []})
    folder = unpacked(files | {name: forged}, tmp_path / "user")
    with pytest.raises(UserError, match="not the original ones"):
        cifar10.find(folder)
    assert not bait.exists()
    pickle.loads(forged)
    assert bait.exists()  # it would have bitten


def test_a_forged_archive_is_refused_before_it_is_opened(files: dict[str, bytes], tmp_path: Path) -> None:
    bait = tmp_path / "opened"
    forged = files | {"data_batch_1": pickle.dumps(Payload(bait))}
    (tmp_path / cifar10.ARCHIVE).write_bytes(archived(forged))
    with pytest.raises(UserError, match="not the original file"):
        cifar10.find(tmp_path)
    assert not bait.exists()


def test_a_batch_that_is_missing_or_a_folder_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpacked(files, tmp_path / "user")
    (folder / cifar10.BATCHES / "data_batch_3").unlink()
    with pytest.raises(UserError, match=r"not complete .* get cifar-10-python.tar.gz again"):
        cifar10.find(folder)
    (folder / cifar10.BATCHES / "data_batch_3").mkdir()
    with pytest.raises(UserError, match="not complete"):
        cifar10.find(folder)


@pytest.mark.parametrize("harm", ["archive", "batches"])
def test_what_lies_here_and_is_not_the_original_is_fetched_anew(
    harm: str, files: dict[str, bytes], archive: bytes, serve: Callable[["Answer"], None], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    if harm == "archive":
        (home / cifar10.ARCHIVE).write_bytes(archive[:-1])
    else:
        unpacked(files, home)
        (home / cifar10.BATCHES / "data_batch_3").write_bytes(b"?")
    with pytest.raises(UserError, match="not the original"):
        cifar10.find()
    serve(sends(archive))
    check(cifar10.download(), files)


Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], None]]:
    """Have the archive's address answer so."""
    servers = []

    def start(answer: Answer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{server.server_port}/{cifar10.ARCHIVE}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sends(data: bytes, claimed: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if claimed != -1:
            handler.send_header("Content-Length", str(len(data) if claimed is None else claimed))
        handler.end_headers()
        with contextlib.suppress(ConnectionError):  # the other side hangs up, as some tests want
            handler.wfile.write(data)

    return answer


def refuse_download(message: str, tmp_path: Path, **options: Any) -> None:
    with pytest.raises(UserError, match=message):
        cifar10.download(**options)
    assert os.listdir(tmp_path / "home") == []


@pytest.mark.parametrize("claimed", [None, -1])
def test_a_download_tells_how_far_it_is_and_stays(
    claimed: int | None,
    files: dict[str, bytes],
    archive: bytes,
    serve: Callable[[Answer], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve(sends(archive, claimed))
    monkeypatch.setattr(cifar10, "_CHUNK", 10_000)
    monkeypatch.setattr(cifar10, "_PROGRESS_EVERY_S", 0)
    told: list[tuple[int, int]] = []
    check(cifar10.download(lambda done, total: told.append((done, total))), files)
    done = [now[0] for now in told]
    assert done == [*range(10_000, len(archive), 10_000), len(archive), len(archive)]
    assert {now[1] for now in told} == {len(archive) if claimed is None else cifar10.ARCHIVE_BYTES}
    assert os.listdir(tmp_path / "home") == [cifar10.ARCHIVE]
    assert (tmp_path / "home" / cifar10.ARCHIVE).read_bytes() == archive
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:1/")
    check(cifar10.download(), files)  # it is there: nobody is asked


def test_batches_that_are_there_are_not_fetched(files: dict[str, bytes], tmp_path: Path) -> None:
    unpacked(files, tmp_path / "home")
    check(cifar10.download(), files)


def test_an_archive_that_went_bad_is_fetched_again(
    files: dict[str, bytes], archive: bytes, serve: Callable[[Answer], None], tmp_path: Path
) -> None:
    (tmp_path / "home" / cifar10.ARCHIVE).write_bytes(archive[:-5])
    serve(sends(archive))
    check(cifar10.download(), files)


def test_a_cut_connection_leaves_nothing(
    archive: bytes, serve: Callable[[Answer], None], tmp_path: Path
) -> None:
    serve(sends(archive[:50_000], claimed=len(archive)))
    refuse_download(r"cut after 0 of 0 MB.*try again, or put cifar-10-python.tar.gz into ", tmp_path)


def test_other_bytes_leave_nothing(archive: bytes, serve: Callable[[Answer], None], tmp_path: Path) -> None:
    serve(sends(archive[:-1] + b"?"))
    refuse_download("not the original file .* try again, or put cifar-10-python.tar.gz into", tmp_path)


@pytest.mark.parametrize("claimed", [None, -1, 5])
def test_endless_bytes_are_not_taken(
    claimed: int | None,
    archive: bytes,
    serve: Callable[[Answer], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", 200_000)
    taken = []
    serve(sends(bytes(5_000_000), claimed))
    refuse_download("not the original", tmp_path, progress=lambda done, *_: taken.append(done))
    assert max(taken) <= 200_000 + cifar10._CHUNK


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_refusing_server_is_named(
    status: int, archive: bytes, serve: Callable[[Answer], None], tmp_path: Path
) -> None:
    serve(lambda handler: handler.send_error(status))
    refuse_download(f"answered {status}: try again later, or put", tmp_path)


def test_no_network(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("http://127.0.0.1:1/x.tar.gz", "http://host.invalid/x.tar.gz"):
        monkeypatch.setattr(CIFAR10, "url", url)
        refuse_download("No connection .* try again, or put cifar-10-python.tar.gz into", tmp_path)


def test_a_silent_server_is_given_up(
    archive: bytes, serve: Callable[[Answer], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        sends(archive[:10], claimed=len(archive))(handler)
        done.wait(5)

    monkeypatch.setattr(cifar10, "_PATIENCE_S", 0.2)
    serve(stall)
    refuse_download("No connection", tmp_path)
    done.set()


def test_nonsense_for_an_answer(
    files: dict[str, bytes], serve: Callable[[Answer], None], tmp_path: Path
) -> None:
    def babble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")

    serve(babble)
    refuse_download("No connection", tmp_path)


def test_a_cancelled_download_leaves_nothing(
    archive: bytes, serve: Callable[[Answer], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar10, "_CHUNK", 10_000)
    monkeypatch.setattr(cifar10, "_PROGRESS_EVERY_S", 0)
    taken: list[int] = []
    serve(sends(archive))
    refuse_download(
        "cancelled and nothing of it is kept",
        tmp_path,
        progress=lambda done, *_: taken.append(done),
        cancelled=lambda: len(taken) == 3,
    )
    assert taken == [10_000, 20_000, 30_000]


def test_a_full_disk_is_told_apart(
    archive: bytes, serve: Callable[[Answer], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    serve(sends(archive))
    monkeypatch.setattr(os, "write", full)
    refuse_download("170 MB do not fit into .*: make room there", tmp_path)
