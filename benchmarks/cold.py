"""From ``convlab`` to the first picture, the browser's and PyTorch's, and what the first view costs.

``make run`` is ``convlab`` once the packages are there.
"""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Request

from benchmarks.measures import Figure, median_figure
from benchmarks.pages import SETTLED
from tests.browser.harness import chromium, new_tab, serve

STARTS = 5
FIRST = "#convlab-opening[data-drawn]"
BAR_S, TORCH_BAR_S, BAR_MB = 3.0, 5.0, 1.0


@dataclass(frozen=True)
class Start:
    """Seconds to the server's answer, the browser's and PyTorch's picture; MB of the lab and of Streamlit."""

    server_s: float
    first_s: float
    picture_s: float
    own_mb: float
    streamlit_mb: float


def start(browser: Browser) -> Start:
    """A fresh server process and a browser that has nothing of it cached."""
    begin = time.perf_counter()
    with serve(by_command=True) as server:
        server_s = time.perf_counter() - begin
        tab = new_tab(browser, server)
        finished: list[Request] = []
        tab.page.on("requestfinished", lambda request: finished.append(request))
        tab.page.goto(f"{server.url}/kernels", wait_until="commit")
        tab.page.locator(FIRST).or_(tab.page.locator(SETTLED)).first.wait_for()
        first_s = time.perf_counter() - begin
        tab.page.locator(SETTLED).wait_for()
        picture_s = time.perf_counter() - begin
        tab.wait_idle()
        sizes = {request.url: request.sizes()["responseBodySize"] for request in finished}
        streamlit = sum(size for url, size in sizes.items() if _of_streamlit(url))
        own = sum(sizes.values()) - streamlit + sum(len(message) for message in tab.received)
        tab.page.context.close()
    return Start(server_s, first_s, picture_s, own / 1e6, streamlit / 1e6)


def _of_streamlit(url: str) -> bool:
    path = urlsplit(url).path
    return path.startswith(("/static/", "/_stcore/")) or path in ("/", "/kernels")


def run(starts: int = STARTS) -> list[Figure]:
    """The first start is not counted: it brings the files into the disk cache."""
    with chromium() as browser:
        found = [start(browser) for _ in range(starts + 1)][1:]
    first, pictures = [one.first_s for one in found], [one.picture_s for one in found]
    return [
        median_figure("convlab to server ready", [one.server_s for one in found], "s"),
        median_figure("convlab to first picture, the browser's, median", first, "s", BAR_S),
        Figure("convlab to first picture, the browser's, slowest", max(first), "s", BAR_S),
        median_figure("convlab to PyTorch's picture, median", pictures, "s", TORCH_BAR_S),
        Figure("convlab to PyTorch's picture, slowest", max(pictures), "s", TORCH_BAR_S),
        Figure(
            "first view: the lab's own messages and media", max(one.own_mb for one in found), "MB", BAR_MB
        ),
        Figure("first view: Streamlit's own files", max(one.streamlit_mb for one in found), "MB"),
    ]
