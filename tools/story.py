"""Record a newcomer's first minutes: a moving picture, and one still of each part. ``make screenshots``."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import CDPSession, Page

from tests.browser.harness import chromium, new_tab, serve, still
from tests.browser.newcomer import Newcomer

SIZE_PX = (1200, 750)
SHOWN_PX = (960, 600)
SHORTEST_MS = 80  # frames that follow closer than that are left out
QUALITY = 70
PAUSE_MS = 450  # after a weight, to look at what it did

POINTER = """
const dot = document.createElement("div");
dot.style.cssText = `position: fixed; z-index: 2147483647; width: 22px; height: 22px; margin: -11px 0 0 -11px;
  border-radius: 50%; border: 3px solid #d6336c; background: #d6336c40; pointer-events: none; left: -40px`;
addEventListener("mousemove", event => {
  if (!dot.isConnected) document.body.append(dot);
  dot.style.left = `${event.clientX}px`;
  dot.style.top = `${event.clientY}px`;
}, { capture: true, passive: true });
"""


@dataclass(frozen=True)
class Frame:
    """What the window showed from a moment on, in seconds."""

    at_s: float
    jpeg: bytes


@dataclass
class Recording:
    """The window's pictures as Chromium paints them, only while it changes."""

    frames: list[Frame] = field(default_factory=list)

    def keep(self, session: CDPSession, event: dict[str, Any]) -> None:
        """One more picture; Chromium sends the next after this answer."""
        self.frames.append(Frame(event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})


@contextmanager
def recorded(page: Page) -> Iterator[Recording]:
    """Record while the block runs."""
    recording = Recording()
    session = page.context.new_cdp_session(page)

    def keep(event: dict[str, Any]) -> None:
        recording.keep(session, event)

    session.on("Page.screencastFrame", keep)
    width_px, height_px = SIZE_PX
    wanted = {"format": "jpeg", "quality": 95, "maxWidth": width_px, "maxHeight": height_px}
    session.send("Page.startScreencast", wanted)
    try:
        yield recording
        page.wait_for_timeout(PAUSE_MS)  # for what was painted last
    finally:
        session.send("Page.stopScreencast")
        session.remove_listener("Page.screencastFrame", keep)
        page.wait_for_timeout(PAUSE_MS)  # answers that are under way arrive before the window closes


def paced(frames: list[Frame], seconds: float) -> list[tuple[bytes, int]]:
    """Pictures with the ms that each stays: what took longer than ``seconds`` runs faster."""
    took_s = frames[-1].at_s - frames[0].at_s
    faster = max(1.0, took_s / seconds)
    kept = [frames[0]]
    for frame in frames[1:]:
        if (frame.at_s - kept[-1].at_s) / faster * 1000 >= SHORTEST_MS:
            kept.append(frame)
    kept[-1] = Frame(kept[-1].at_s, frames[-1].jpeg)
    stays = [round((after.at_s - frame.at_s) / faster * 1000) for frame, after in pairwise(kept)]
    return list(zip([frame.jpeg for frame in kept], [*stays, 1000], strict=True))


TURNED = {(0, 1): -1, (0, 2): -1, (1, 0): 0, (1, 2): 0, (2, 0): 1, (2, 1): 1}


def edit(newcomer: Newcomer) -> None:
    """From vertical edges to horizontal ones, weight by weight."""
    page = newcomer.page
    for (row, column), weight in TURNED.items():
        cell = page.get_by_role("spinbutton", name=f"Weight in row {row}, column {column}", exact=True)
        box = still(cell)
        # As a hand moves it, so that what lies on the way is seen to answer.
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
        cell.click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(str(weight))
        page.keyboard.press("Enter")
        page.wait_for_timeout(PAUSE_MS)


def walk(newcomer: Newcomer) -> None:
    """The picture runs through the network."""
    play = newcomer.page.get_by_role("button", name="Play", exact=True).first
    play.click()
    newcomer.page.get_by_role("button", name="Pause", exact=True).first.wait_for()
    play.wait_for()


@dataclass(frozen=True)
class Act:
    """A part of the story: its name, the lesson, what is done there, and the seconds that it may take."""

    name: str
    lesson: str
    play: Callable[[Newcomer], None]
    seconds: float


def record(acts: tuple[Act, ...], folder: Path) -> list[tuple[bytes, int]]:
    """Play the acts; all as pictures with their ms, the end of each as a file too."""
    shown: list[tuple[bytes, int]] = []
    with serve() as server, chromium() as browser:
        tab = new_tab(browser, server, size_px=SIZE_PX)
        tab.page.add_init_script(POINTER)
        newcomer = Newcomer(tab)
        newcomer.arrive()
        for act in acts:
            newcomer.go(act.lesson)
            with recorded(tab.page) as recording:
                act.play(newcomer)
                tab.wait_idle()
            tab.page.screenshot(path=folder / f"story-{act.name}.png")
            shown += paced(recording.frames, act.seconds)
    return shown


def save(shown: list[tuple[bytes, int]], file: Path) -> None:
    """Write the pictures as one moving WebP that begins anew at its end."""
    opened = (Image.open(BytesIO(jpeg)).convert("RGB") for jpeg, _ in shown)
    first, *others = [picture.resize(SHOWN_PX, Image.Resampling.LANCZOS) for picture in opened]
    stays = [ms for _, ms in shown]
    first.save(file, save_all=True, append_images=others, duration=stays, loop=0, quality=QUALITY, method=4)


ACTS = (
    Act("edit", "Kernels", edit, 7),
    Act("walk", "Feature maps", walk, 8),
    Act("run", "Train", Newcomer.run, 8),
    Act("verdict", "Probe", Newcomer.ask, 6),
)


def take(folder: Path) -> None:
    """Record the story into a folder: ``story.webp``, and a still of each part."""
    save(record(ACTS, folder), folder / "story.webp")
    for file in sorted(folder.glob("story*")):
        print(f"{file} {file.stat().st_size / 1024:.0f} KB")
