"""convlab.ui.cookies: each browser gets one, once, and it tells nothing."""

import asyncio
import re

from starlette.types import Message, Receive, Scope, Send

from convlab.ui import cookies

PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
GIVEN = re.compile(r"convlab_person=([0-9a-f]{32}); HttpOnly; Max-Age=\d+; Path=/; SameSite=Lax")


async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"set-cookie", b"other=1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"page"})


def told(accept: str = PAGE, cookie: bytes = b"", method: str = "GET", kind: str = "http") -> list[str]:
    """The cookies that an answer sets."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    headers = [(b"accept", accept.encode()), *([(b"cookie", cookie)] if cookie else [])]
    scope = {"type": kind, "method": method, "path": "/", "headers": headers}
    asyncio.run(cookies.Cookies(page)(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def given(**request: object) -> list[str]:
    """The secrets that an answer gives; other cookies stay."""
    other, *ours = told(**request)  # type: ignore[arg-type]
    assert other == "other=1"
    return [found[1] for one in ours if (found := GIVEN.fullmatch(one))]


def test_the_first_page_brings_a_secret_that_no_other_browser_has() -> None:
    (one,), (two,) = given(), given()
    assert one != two
    assert cookies.is_secret(one)


def test_who_has_one_keeps_it() -> None:
    assert given(cookie=b"a=1; convlab_person=" + b"0f" * 16) == []


def test_what_belongs_to_a_page_and_what_is_posted_bring_none() -> None:
    assert given(accept="*/*") == []
    assert given(method="POST") == []
    assert given(kind="websocket") == []


def test_a_forged_or_broken_one_is_replaced() -> None:
    for text in (b"", b"x", b"A" * 32, b"a" * 31, b"a" * 33, b'"', b"\xe9", b"a" * 5000, b"a;b\0=="):
        assert len(given(cookie=b"convlab_person=" + text)) == 1


def test_only_texts_of_ours_are_secrets() -> None:
    assert cookies.is_secret("0123456789abcdef" * 2)
    others = ("", "x" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n", None, object())
    assert not any(map(cookies.is_secret, others))
