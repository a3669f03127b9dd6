"""Drive the app and take the README's pictures into docs/: ``make screenshots``."""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from convlab.__main__ import main as terminal
from convlab.course import stations
from convlab.training import runs
from convlab.ui import words
from convlab.ui.words import _
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, Tab, chromium, new_tab, serve
from tests.sources import ROOT
from tools import story

SIZES_PX = {"desktop": DESKTOP_PX, "phone": PHONE_PX}
PROJECTOR_PX = {"present": (1920, 1080)}


@dataclass(frozen=True)
class Shot:
    """One picture: its name, page and query, what to do there before it is taken, its sizes and schemes."""

    name: str
    path: str
    action: Callable[[Tab], None] | None = None
    sizes_px: Mapping[str, tuple[int, int]] = field(default_factory=lambda: SIZES_PX)
    schemes: tuple[Scheme, ...] = get_args(Scheme)


def answered(tab: Tab) -> None:
    """Guess at a station."""
    tab.page.locator(".st-key-course-guess").get_by_role("textbox").fill("1.2")
    tab.page.get_by_role("button", name=_("Answer"), exact=True).click()
    tab.page.locator(".st-key-course-answer").wait_for()


def ran(tab: Tab) -> None:
    """Predict what a program comes to, and run it."""
    tab.page.locator(".st-key-programs-guess label").nth(2).click()
    tab.page.get_by_role("button", name=_("Run it")).click()
    tab.page.locator(".st-key-programs-line").wait_for()


DESKTOP: dict[str, Any] = {"sizes_px": {"desktop": DESKTOP_PX}, "schemes": ("light",)}
STATION = next(one for one in stations.shipped() if one.id == "one-output-pixel")

SHOTS = (
    Shot("home", "/"),
    Shot("kernels", "/kernels"),
    Shot("kernels", "/kernels?present=1", sizes_px=PROJECTOR_PX),
    Shot("feature_maps", "/feature_maps?layer=conv2&channel=3"),
    Shot("feature_maps", "/feature_maps?layer=conv2&channel=3&present=1", sizes_px=PROJECTOR_PX),
    Shot("probe", "/probe?model=shipped:net_fast"),
    Shot("station", STATION.address, answered, **DESKTOP),
    Shot("modules", "/modules", **DESKTOP),
    Shot("programs", "/programs?program=verdict_of_net", ran, **DESKTOP),
)


def trained() -> Shot:
    """The Train page with a run that was trained a moment ago."""
    terminal(["train", "--recipe", "fast", "--data", "sketches"])
    return Shot("train", f"/train?run={runs.all_runs()[0].id}")


def take(tab: Tab, shot: Shot, file: Path, whole: bool) -> None:
    """Write the picture; ``whole`` shows what is below the window too."""
    more = "&" if "?" in shot.path else "?"
    tab.open(f"{shot.path}{more}{words.IN_LINK}={words.language()}")
    if shot.action:
        shot.action(tab)
        tab.wait_idle()
    if whole:
        tab.show_all()
    tab.page.evaluate("document.fonts.ready.then(() => null)")
    # In all its colours: a palette of 256 halves the file, but the colour scales then show steps.
    tab.page.screenshot(path=file)


def main() -> None:
    """Take every shot on a desktop and a phone, in light and dark; in another language on a desktop alone."""
    parser = argparse.ArgumentParser(description="Take the README's pictures.")
    parser.add_argument("--to", type=Path, help="folder to write to (default: docs, docs/zh for Chinese)")
    parser.add_argument("--language", choices=words.languages(), default=words.DEFAULT_LANGUAGE)
    parser.add_argument("--whole", action="store_true", help="the whole page, not one window of it")
    parser.add_argument("names", nargs="*", help="those of these names alone, such as station (default: all)")
    options = parser.parse_args()
    language = options.language
    docs = ROOT / "docs"
    folder = options.to or (docs if language == words.DEFAULT_LANGUAGE else docs / language)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, words.speaking(language):
        os.environ["CONVLAB_HOME"] = home
        take_all(folder, options.whole, options.names)


def take_all(folder: Path, whole: bool, names: Sequence[str]) -> None:
    """Every page, device and scheme; those of some names alone where any are given."""
    shots = [shot for shot in SHOTS if not names or shot.name in names]
    if not names or "story" in names:
        story.take(folder)  # first: it begins where nothing has been trained yet
    if not names or "train" in names:
        shots.append(trained())
    if words.language() != words.DEFAULT_LANGUAGE:
        shots = [replace(shot, **DESKTOP) for shot in shots if "desktop" in shot.sizes_px]
    with serve() as server, chromium() as browser:
        for shot in shots:
            for device, size_px in shot.sizes_px.items():
                for scheme in shot.schemes:
                    tab = new_tab(browser, server, size_px=size_px, scheme=scheme)
                    file = folder / f"{shot.name}-{device}-{scheme}.png"
                    take(tab, shot, file, whole)
                    print(f"{file} {file.stat().st_size / 1024:.0f} KB")
                    tab.page.context.close()


if __name__ == "__main__":
    main()
