"""A visitor without a browser who edits kernels, and checks that each answer is to the own edit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tools.learner import Learner, LearnerError, arriving
from tools.screen import MissingError

LAB = "kernels.lab"


class ClientError(Exception):
    """The server answered with something that a visitor should not see, or not at all."""


def edited_kernel(client: int, revision: int) -> list[list[list[float]]]:
    """A kernel that no other client (0 to 63) sends: its middle is float32 without rounding."""
    return [[[-1.0, 0.0, 1.0], [-1.0, revision % 900 + client / 64, 1.0], [-1.0, 0.0, 1.0]]]


class Client:
    """One session: visits pages, edits the kernel and checks that the answer is to its own edit."""

    def __init__(self, learner: Learner, number: int) -> None:
        self.learner = learner
        self.number = number
        self.revision = 0

    async def visit(self, page: str) -> float:
        """Go to a page of the app ("" is home): seconds until its script has finished."""
        seconds = await self.learner.visit(page)
        self.check()
        return seconds

    def check(self) -> None:
        """Raises ClientError where the page shows an error."""
        if errors := self.learner.screen.errors():
            raise ClientError(f"error on the page: {errors[0]}")

    @property
    def lab(self) -> dict[str, Any]:
        """What the lab was last told."""
        try:
            return self.learner.screen.find(LAB).message()[0]
        except MissingError as error:
            raise ClientError("the page has no lab to edit in") from error

    async def edit(self) -> float:
        """Change the kernel as the component does: seconds until the lab's new picture is here.

        Raises:
            ClientError: an error on the page, or another kernel's picture.
        """
        origin = self.lab["origin"]
        self.revision += 1
        kernel = edited_kernel(self.number, self.revision)
        value = {"revision": self.revision, "origin": origin, "kernel": kernel}
        seconds = await self.learner.send(LAB, "edit", value)
        self.check()
        told = self.lab
        if (told["revision"], told["kernel"], told["error"]) != (self.revision, kernel, ""):
            raise ClientError(
                f"sent edit {self.revision} {kernel}, received {told['kernel']} {told['error']}"
            )
        return seconds

    async def settle(self, seconds: float) -> None:
        """Edit for a while: after its first page a server still imports in the background."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.edit()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def connected(url: str, number: int = 0) -> AsyncIterator[Client]:
    """A new session on the server at ``url``; where it gives no answer, that too is a ClientError."""
    try:
        async with arriving(url) as learner:
            yield Client(learner, number)
    except LearnerError as error:
        raise ClientError(str(error)) from error
