"""Servers to measure: the lab itself, or a small app in a folder of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.harness import Server, serve
from tests.sources import ROOT

SETTLE_S = 10.0  # so long after its first page the lab's server still imports in the background
APPS = Path(__file__).parent / "apps"


@contextmanager
def small_app(file: str, lab_settings: bool) -> Iterator[Server]:
    """Serve ``apps/FILE``, under the lab's settings or Streamlit's own."""
    with tempfile.TemporaryDirectory(prefix="convlab-bench-") as folder, python_path(ROOT):
        (Path(folder) / "app.py").symlink_to(APPS / file)
        if lab_settings:
            (Path(folder) / ".streamlit").symlink_to(ROOT / ".streamlit")
        with serve(Path(folder), script="app.py") as server:
            yield server


@contextmanager
def python_path(folder: Path) -> Iterator[None]:
    """Servers started meanwhile look here for modules first."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
