"""convlab.ui.startup: what is done once before the first page."""

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
import torch

from convlab.ui import startup
from tests.ui.driver import open_page


@pytest.fixture
def fresh() -> Iterator[None]:
    """As in a server that has shown no page yet."""
    startup.prepare.clear()
    startup.set_aside.clear()
    gc.unfreeze()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@pytest.mark.usefixtures("fresh")
def test_the_first_page_freezes_what_imports_made() -> None:
    assert gc.get_freeze_count() == 0
    open_page()
    assert gc.get_freeze_count() > 100_000  # torch alone brings more
    with ThreadPoolExecutor(1) as another_session:  # PyTorch counts by thread: the next one asks anew
        assert another_session.submit(torch.get_num_threads).result() == 1


@pytest.mark.usefixtures("fresh")
def test_it_is_done_once() -> None:
    open_page()
    gc.unfreeze()
    open_page()
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("fresh")
def test_each_page_settles_after_its_first_run() -> None:
    open_page()
    gc.unfreeze()
    open_page("pages/kernels.py")
    assert gc.get_freeze_count() > 100_000


@pytest.mark.usefixtures("fresh")
def test_what_a_part_of_a_page_imports_later_is_set_aside_too(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("pages/modules.py")
    gc.unfreeze()
    monkeypatch.setitem(sys.modules, "imported_later", ModuleType("imported_later"))
    app.segmented_control(key="modules.experiment").set_value("maths").run()
    assert gc.get_freeze_count() > 100_000


@pytest.mark.usefixtures("fresh")
def test_what_a_session_leaves_behind_is_still_collected() -> None:
    startup.prepare()
    loop: list[object] = []
    loop.append(loop)
    del loop
    assert gc.collect() > 0
