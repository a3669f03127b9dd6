"""The app, served once; a browser for each test file; tabs that are closed after each test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import harness
from tests.browser.mounted import Mounted

OpenTab = Callable[..., harness.Tab]


@pytest.fixture(scope="session")
def app_server() -> Iterator[harness.Server]:
    with harness.serve() as server:
        yield server


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Server]:
    """The app where nobody has used it yet: its folder is empty, no sketch is drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("fresh_home")))
        with harness.serve() as running:
            yield running


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[harness.Server]:
    """The small app that a test file names in ``APP``, of one component, under the theme of the real one."""
    root = tmp_path_factory.mktemp("app")
    (root / "app.py").symlink_to(harness.ROOT / "tests" / "browser" / "apps" / request.module.APP)
    (root / ".streamlit").symlink_to(harness.ROOT / ".streamlit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(harness.ROOT))
        with harness.serve(root, script="app.py") as running:
            yield running


# Not for the whole session: while it is open, Playwright keeps an event loop running in the main thread,
# and asyncio.run() in any later test would fail.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with harness.chromium() as browser:
        yield browser


@pytest.fixture
def open_tab(browser: Browser, app_server: harness.Server) -> Iterator[OpenTab]:
    """``open_tab(path="/", size_px=DESKTOP_PX, scheme="light")``: a fresh visitor's tab, drawn and idle."""

    def open_tab(
        path: str = "/", *, size_px: tuple[int, int] = harness.DESKTOP_PX, scheme: harness.Scheme = "light"
    ) -> harness.Tab:
        tab = harness.new_tab(browser, app_server, size_px=size_px, scheme=scheme)
        tab.open(path)
        return tab

    yield open_tab
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, browser: Browser, app_server: harness.Server) -> Mounted:
    """One tab for the tests of a file, as its ``Lab``; each opens a link, which is a new session."""
    page: Mounted = request.module.Lab(harness.new_tab(browser, app_server))
    return page
