"""Start the app and open it in Chromium: the one place for browser tests, benchmarks and screenshots.

``python -m tests.browser.harness`` prints the browser that will be used, or says how to get one.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, FloatRect, Locator, Page, WebSocket, sync_playwright

from tests.sources import ROOT as ROOT

HOST = "127.0.0.1"
DESKTOP_PX = (1440, 900)
PHONE_PX = (390, 844)
START_LIMIT_S = 60.0
STILL_LIMIT_S = 30.0

INSIDE_SCHEMES = ("data", "blob", "about")

Scheme = Literal["light", "dark"]

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--no-sandbox",  # Chromium refuses to run as root with it; only our own pages are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",  # a camera that sees a test picture
    "--use-fake-ui-for-media-stream",
)

# Idle: connected, the script has run, nothing waits to be replaced or loaded, all that for `quiet` ms on end.
WAIT_IDLE = """
([quiet, limit]) => new Promise((resolve, reject) => {
  const begin = performance.now();
  let since = null;
  const look = () => {
    const now = performance.now();
    const app = document.querySelector('[data-testid="stApp"]');
    const script = app?.dataset.testScriptState;
    const connection = app?.dataset.testConnectionState;
    const waiting = document.querySelector(
      '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stAppSkeleton"]');
    const loading = [...document.images].some(image => !image.complete && image.loading !== "lazy");
    if (script === "notRunning" && connection === "CONNECTED" && !waiting && !loading) {
      since ??= now;
      if (now - since >= quiet) return resolve();
    } else {
      since = null;
    }
    if (now - begin > limit) {
      const state = { script, connection, waiting: waiting?.outerHTML.slice(0, 200), loading };
      return reject(new Error(`not idle: ${JSON.stringify(state)}`));
    }
    setTimeout(look, 10);
  };
  look();
})
"""

CONTENT_HEIGHT = """
() => Math.ceil(Math.max(0, ...[...document.querySelectorAll(
  '[data-testid="stMain"], [data-testid="stSidebarContent"]')].map(node => node.scrollHeight)))
"""

AXE = """
async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(rule => rule.impact === "serious" || rule.impact === "critical")
  .flatMap(rule => rule.nodes.map(node => ({
    rule: rule.id, impact: rule.impact, target: node.target.flat(9).join(" > "),
    html: node.html, summary: node.failureSummary })))
"""


@dataclass(frozen=True)
class Server:
    """A running Streamlit server: where it answers, its process id, and the file it logs to."""

    url: str
    pid: int
    log: Path


@dataclass(frozen=True)
class Violation:
    """One element that breaks one axe-core rule."""

    rule: str
    impact: str
    target: str
    html: str
    summary: str


@dataclass
class Tab:
    """A browser tab that keeps what it asked for, what it complained of and every websocket message."""

    page: Page
    base_url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sent: list[str | bytes] = field(default_factory=list)
    received: list[str | bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._keep_error)
        self.page.on("websocket", self._keep_frames)

    def open(self, path: str = "/") -> None:
        """Go to a path of the app (with its query) and wait until it is drawn."""
        self.page.goto(self.base_url + path)
        self.wait_idle()

    def wait_idle(self, quiet_ms: int = 200, limit_s: float = 60.0) -> None:
        """Wait until Streamlit has run the script and shown the result, and stays so for ``quiet_ms``."""
        self.page.evaluate(WAIT_IDLE, [quiet_ms, limit_s * 1000])

    def open_list(self, label: str) -> None:
        """Open a select box. Streamlit closes a list as the page scrolls, so the box is in sight before."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        box.scroll_into_view_if_needed()
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        box.click()

    def choose(self, label: str, option: str) -> None:
        """Pick from a select box."""
        self.open_list(label)
        self.page.get_by_role("option", name=option, exact=True).click()

    def outside_requests(self) -> list[str]:
        """Every request or websocket address that was not for the app's own server."""
        home = urlsplit(self.base_url).netloc
        parts = [(url, urlsplit(url)) for url in self.requests]
        return [url for url, part in parts if part.netloc != home and part.scheme not in INSIDE_SCHEMES]

    def show_all(self) -> None:
        """Make the window as high as its content: Streamlit scrolls inside the page, not the page itself."""
        size = self.page.viewport_size or {"width": DESKTOP_PX[0], "height": DESKTOP_PX[1]}
        for _ in range(3):  # a higher window may lay the page out anew
            height_px = max(size["height"], self.page.evaluate(CONTENT_HEIGHT))
            self.page.set_viewport_size({"width": size["width"], "height": height_px})
        self.wait_idle()

    def axe(self) -> list[Violation]:
        """Serious and critical violations that axe-core finds in the whole page, shadow roots too."""
        self.show_all()
        self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        return [Violation(**found) for found in self.page.evaluate(AXE)]

    def _keep_error(self, message: ConsoleMessage) -> None:
        # Opened on a page other than the first, Streamlit's own script tries these below the page's address.
        probe = message.location["url"].endswith(("/_stcore/health", "/_stcore/host-config"))
        if message.type == "error" and not probe:
            self.errors.append(f"{message.text} {message.location['url']}")

    def _keep_frames(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(frame))
        socket.on("framereceived", lambda frame: self.received.append(frame))


def find_browser() -> str:
    """Path of the Chromium or Chrome to drive; RuntimeError says how to get one."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise RuntimeError(
        "No Chromium or Chrome found. Debian: sudo apt-get install chromium. macOS: install Google Chrome."
    )


@contextmanager
def serve(
    root: Path = ROOT, *options: str, script: str = "serve.py", base: str = "", by_command: bool = False
) -> Iterator[Server]:
    """Run ``root/script`` as ``make run`` does, on a free port, with a home and temporary folder of its own.

    ``options`` are further arguments of ``streamlit run``; ``base`` is a path such as "/lab" in front of all
    addresses; ``by_command`` starts ``convlab``, which leads there. RuntimeError holds the log where it
    does not start.
    """
    with tempfile.TemporaryDirectory(prefix="convlab-server-", ignore_cleanup_errors=True) as scratch:
        home, log, port = Path(scratch) / "home", Path(scratch) / "server.log", _free_port()
        home.mkdir()
        where = [f"--server.address={HOST}", f"--server.port={port}", "--server.headless=true"]
        where += [f"--server.baseUrlPath={base}"] if base else []
        convlab = ["convlab", "--no-browser", "--port", str(port), "--"]
        command = convlab if by_command else ["streamlit", "run", script]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *command, *where, *options],
                cwd=root,
                env={**inherited, "HOME": str(home), "TMPDIR": scratch, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until_healthy(process, port, base, log)
            yield Server(f"http://{HOST}:{port}{base}", process.pid, log)
        finally:
            _stop(process)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A headless browser, closed at the end; ``flags`` are further ones of its command line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def new_tab(
    browser: Browser, server: Server, *, size_px: tuple[int, int] = DESKTOP_PX, scheme: Scheme = "light"
) -> Tab:
    """An empty tab with cookies and storage of its own; narrow ones are phones: they have touch."""
    width_px, height_px = size_px
    phone = width_px < 700
    context = browser.new_context(
        viewport={"width": width_px, "height": height_px},
        color_scheme=scheme,
        has_touch=phone,
        is_mobile=phone,
    )
    return Tab(context.new_page(), server.url)


def still(element: Locator) -> FloatRect:
    """Where an element is, once two looks at it, a tenth of a second apart, agree; within half a minute."""
    box, before = element.bounding_box(), None
    deadline = time.monotonic() + STILL_LIMIT_S
    while box is None or box != before:
        assert time.monotonic() < deadline, f"{element} is not in sight, or moves on: {box}"
        element.page.wait_for_timeout(100)
        box, before = element.bounding_box(), box
    return box


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_healthy(
    process: "subprocess.Popen[Any]", port: int, base: str = "", log: Path | None = None
) -> None:
    """Return as soon as a server answers; RuntimeError holds the log if it does not start."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        if _is_healthy(port, base):
            return
        time.sleep(0.05)
    raise RuntimeError(f"The app did not start; its log:\n{log.read_text(errors='replace') if log else ''}")


def _is_healthy(port: int, base: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", f"{base}/_stcore/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[Any]") -> None:
    """End the server and whatever it started (they share its process group)."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
            process.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    try:
        print(f"Browser: {find_browser()}")
    except RuntimeError as error:
        sys.exit(str(error))
