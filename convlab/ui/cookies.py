"""A cookie for each browser, which tells nothing else: a page loaded anew finds what was brought there."""

import re
import secrets
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "convlab_person"
_SECRET = re.compile("[0-9a-f]{32}", re.ASCII)
_YEAR_S = 365 * 24 * 3600


def is_secret(text: object) -> bool:
    """Whether a cookie is one of ours; AppTest has objects in their place."""
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


class Cookies:
    """The middleware that gives a browser its cookie, with the first page that it opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on."""

        async def giving(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _new())
            await send(message)

        await self.app(scope, receive, giving if _is_first(scope) else send)


def _is_first(scope: Scope) -> bool:
    """Whether a page is opened, not what belongs to one: that comes in parallel, and would get several."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    jar = sent(headers)
    known = NAME in jar and is_secret(jar[NAME].value)
    return "text/html" in headers.get("accept", "") and not known


def sent(headers: Headers) -> SimpleCookie:
    """The cookies that a browser sent; none where they cannot be read."""
    jar: SimpleCookie = SimpleCookie()
    with suppress(CookieError):
        jar.load(headers.get("cookie", ""))
    return jar


def _new() -> str:
    jar = SimpleCookie({NAME: secrets.token_hex(16)})
    # Lax, not Strict: a link in a message, too, is opened as who one is.
    jar[NAME].update({"path": "/", "max-age": str(_YEAR_S), "httponly": "yes", "samesite": "Lax"})
    return jar[NAME].OutputString()
