"""What all tests share: workers, one thread for torch, no deadline for hypothesis, the class's data."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import hypothesis
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.few import few_sketches
from tests.sources import ROOT

# Tests in a real browser, those that start and kill real processes, and those of whole pages, beside which
# threads and runs of an earlier page may still be at work: a busy machine fails one by chance.
# They are run again, at most twice, and the summary names each that needed it. No other test is.
RUN_AGAIN = (
    "tests/browser/",
    "tests/commands/test_compare.py",
    "tests/commands/test_train.py",
    "tests/pages/",
    "tests/comparison/test_seeds_together.py",
    "tests/programs/test_host.py",
    "tests/programs/test_running.py",
    "tests/storage/test_atomic.py",
    "tests/storage/test_locks.py",
    "tests/test_chaos_at_two_labs.py",
    "tests/test_hostile_uploads.py",
    "tests/test_main.py",
    "tests/test_serve.py",
    "tests/training/cluster/",
    "tests/training/test_chaos.py",
    "tests/training/test_disk_faults.py",
    "tests/training/test_labs.py",
    "tests/training/test_making.py",
    "tests/training/test_queue.py",
    "tests/training/test_worker.py",
)
RERUNS = 2

TIMEOUT_S = 60  # for a run of a page on a busy machine: Streamlit's own 3 s are too few there

torch.set_num_threads(1)

for _make in (AppTest.from_file, AppTest.from_function, AppTest.from_string):
    cast(Any, _make).__func__.__kwdefaults__["default_timeout"] = TIMEOUT_S

hypothesis.settings.register_profile("convlab", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.register_profile("fuzz", deadline=None, print_blob=True)  # many; see tests/fuzz/bounds.py
hypothesis.settings.load_profile("convlab")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For ``-n auto``: one more than there are cores, since a test in a browser waits half of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of ``RUN_AGAIN`` run again where they fail."""
    for item in items:
        if item.nodeid.startswith(RUN_AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=RERUNS))


@pytest.fixture(scope="session", autouse=True)
def convlab_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """ConvLab's folder for tests that choose none, with few sketches, so that nobody waits for them."""
    folder = tmp_path_factory.mktemp("convlab_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(folder))
        few_sketches()
        yield folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the book's checkpoint and pictures: $CONVLAB_SHARED, or shared/ beside the project."""
    folder = Path(os.environ.get("CONVLAB_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: it holds the book's weights and pictures (set CONVLAB_SHARED)")
    return folder
