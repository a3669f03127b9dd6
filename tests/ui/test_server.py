"""convlab.ui.server: its routes, and in which order it loads what the pages need."""

import gc
from importlib import import_module
from types import ModuleType

import pytest
from streamlit import config

from convlab.ui import server
from convlab.ui.lessons import LESSONS


@pytest.mark.parametrize(("base", "wanted"), [("", "/convolve"), ("/lab/", "/lab/convolve")])
def test_a_route_lies_below_the_servers_base(base: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    try:
        assert next(route.path for route in server.routes()) == wanted
        assert server.path("convolve") == ""  # as long as nobody answers
        monkeypatch.setattr(server, "_serving", True)
        assert server.path("convolve") == wanted
    finally:
        config.set_option("server.baseUrlPath", before)


@pytest.mark.parametrize("name", server.ANSWERERS)
def test_who_answers_is_there(name: str) -> None:
    assert callable(import_module(server.ANSWERERS[name][0]).answer)


def test_what_the_first_page_needs_is_loaded_before_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str) -> ModuleType:
        loaded.append(name)
        return server

    monkeypatch.setattr(server, "import_module", load)
    monkeypatch.setattr("convlab.ui.server.time.sleep", lambda seconds: loaded.append(f"{seconds:.0f} s"))
    frozen = gc.get_freeze_count()
    server._load()
    gc.unfreeze()
    early, later = loaded[: loaded.index("10 s")], loaded[loaded.index("10 s") + 1 :]
    assert sorted(early) == sorted(name for lesson in LESSONS.values() for name in lesson.early)
    assert later == [name for lesson in LESSONS.values() for name in lesson.later]
    assert early[-2:] == ["convlab.ui.home", "convlab.ui.thumbnails"]
    assert gc.isenabled()
    assert frozen >= 0
