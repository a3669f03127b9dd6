"""Pages of other sites in the same browser get nothing: by a name pointed here, in a frame, by asking."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import harness
from tests.browser.harness import Server

# All the ways in which a page may ask a server at `lab` ("" for its own): what it gets to know of each.
ATTEMPTS = """
async (lab) => {
  const told = (name, promise) => Promise.race([
    promise, new Promise(resolve => setTimeout(() => resolve("nothing"), 5000)),
  ]).then(result => [name, result], error => [name, "nothing"]);
  const fetched = (path, options) => fetch(lab + path, options).then(
    answer => answer.ok ? "answer" : "nothing");
  const loaded = (tag, path) => new Promise(resolve => {
    const element = document.createElement(tag);
    element.onload = () => resolve("answer");
    element.onerror = () => resolve("nothing");
    element.src = lab + path;
    document.body.append(element);
  });
  const socket = () => new Promise(resolve => {
    const address = (lab || location.origin).replace("http", "ws") + "/_stcore/stream";
    const one = new WebSocket(address, "streamlit");
    one.onopen = () => { resolve("answer"); one.close(); };
    one.onerror = () => resolve("nothing");
  });
  const octets = { method: "POST", body: "x", headers: { "Content-Type": "application/octet-stream" } };
  return Object.fromEntries(await Promise.all([
    told("read", fetched("/_stcore/host-config")),
    told("ask", fetched("/convolve", octets)),
    told("put", fetched("/_stcore/upload_file/a/b", { method: "PUT", body: "x" })),
    told("picture", loaded("img", "/favicon.png")),
    told("script", loaded("script", "/favicon.png?script")),
    told("socket", socket()),
  ]));
}
"""
NOTHING = dict.fromkeys(("read", "ask", "put", "picture", "script", "socket"), "nothing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Two names lead to this machine, as an attacker's may: one is the lab's own, one is not."""
    with harness.chromium("--host-resolver-rules=MAP *.test 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The lab, which a class knows as lab.test."""
    with harness.serve(harness.ROOT, "--browser.serverAddress=lab.test") as running:
        yield running


@pytest.fixture(scope="module")
def attacker() -> Iterator[str]:
    """The address of another site."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>attacker</title><body>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://attacker.test:{site.server_port}"
        site.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def named(server: Server, name: str) -> str:
    """The lab's address under another name."""
    return server.url.replace("127.0.0.1", name)


def got(page: Page, lab: str = "") -> dict[str, Any]:
    return dict(page.evaluate(ATTEMPTS, lab))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "lab.test"])
def test_the_labs_own_page_gets_what_it_asks_for(name: str, page: Page, server: Server) -> None:
    page.goto(named(server, name))
    page.get_by_test_id("stApp").wait_for()
    found = got(page)
    assert (found["read"], found["picture"], found["socket"]) == ("answer",) * 3


def test_a_page_under_a_name_pointed_here_gets_nothing(page: Page, server: Server) -> None:
    answer = page.goto(named(server, "attacker.test"))
    assert answer is not None
    assert answer.status == 403
    assert "ConvLab does not know itself by this name" in page.inner_text("body")
    assert got(page) == NOTHING


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "lab.test"])
def test_a_page_of_another_site_gets_nothing(name: str, page: Page, server: Server, attacker: str) -> None:
    page.goto(attacker)
    assert got(page, named(server, name)) == NOTHING
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("name", ["127.0.0.1", "lab.test"])
def test_a_frame_of_another_site_shows_nothing(name: str, page: Page, server: Server, attacker: str) -> None:
    page.goto(attacker)
    lab = named(server, name)
    page.set_content(f'<iframe name="lab" src="{lab}" width="800" height="600"></iframe>')
    page.wait_for_timeout(3000)
    assert [frame.locator("[data-testid=stApp]").count() for frame in page.frames] == [0, 0]


def test_a_form_of_another_site_is_refused(page: Page, server: Server, attacker: str) -> None:
    page.goto(attacker)
    page.set_content(f'<form method="post" action="{server.url}/convolve"><input name="a"></form>')
    with page.expect_response("**/convolve") as answered:
        page.evaluate("document.forms[0].submit()")
    assert answered.value.status == 403


def test_a_link_on_another_site_opens_the_lab(page: Page, server: Server, attacker: str) -> None:
    page.goto(attacker)
    page.set_content(f'<a href="{server.url}/kernels?size=32">the lab</a>')
    page.get_by_role("link").click()
    page.get_by_test_id("stApp").wait_for()
    assert "size=32" in page.url


def test_nobody_else_may_steer_a_page(page: Page, server: Server) -> None:
    """Streamlit lets pages of its own cloud send messages to any app; here nobody may."""
    answer = page.request.get(f"{server.url}/_stcore/host-config")
    assert answer.json()["allowedOrigins"] == []
