"""Drive the app and take the README's pictures into docs/: ``make screenshots``."""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from convlab.__main__ import main as terminal
from convlab.training import runs
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, Tab, chromium, new_tab, serve
from tests.sources import ROOT

SIZES_PX = {"desktop": DESKTOP_PX, "phone": PHONE_PX}
PROJECTOR_PX = {"present": (1920, 1080)}


@dataclass(frozen=True)
class Shot:
    """One picture: its name, page and query, what to do there before it is taken, its sizes."""

    name: str
    path: str
    action: Callable[[Tab], None] | None = None
    sizes_px: Mapping[str, tuple[int, int]] = field(default_factory=lambda: SIZES_PX)


SHOTS = (
    Shot("home", "/"),
    Shot("kernels", "/kernels"),
    Shot("kernels", "/kernels?present=1", sizes_px=PROJECTOR_PX),
    Shot("feature_maps", "/feature_maps?layer=conv2&channel=3"),
    Shot("feature_maps", "/feature_maps?layer=conv2&channel=3&present=1", sizes_px=PROJECTOR_PX),
    Shot("probe", "/probe?model=shipped:net_fast"),
)


def trained() -> Shot:
    """The Train page with a run that was trained a moment ago."""
    terminal(["train", "--recipe", "fast", "--data", "sketches"])
    return Shot("train", f"/train?run={runs.all_runs()[0].id}")


def take(tab: Tab, shot: Shot, file: Path, whole: bool) -> None:
    """Write the picture; ``whole`` shows what is below the window too."""
    tab.open(shot.path)
    if shot.action:
        shot.action(tab)
        tab.wait_idle()
    if whole:
        tab.show_all()
    tab.page.evaluate("document.fonts.ready.then(() => null)")
    # In all its colours: a palette of 256 halves the file, but the colour scales then show steps.
    tab.page.screenshot(path=file)


def main() -> None:
    """Take every shot on a desktop and a phone, in light and dark."""
    parser = argparse.ArgumentParser(description="Take the README's pictures.")
    parser.add_argument("--to", type=Path, default=ROOT / "docs", help="folder to write to (default: docs)")
    parser.add_argument("--whole", action="store_true", help="the whole page, not one window of it")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["CONVLAB_HOME"] = home
        take_all(options.to, options.whole)


def take_all(folder: Path, whole: bool) -> None:
    """Every page, device and scheme."""
    shots = (*SHOTS, trained())
    with serve() as server, chromium() as browser:
        for shot in shots:
            for device, size_px in shot.sizes_px.items():
                for scheme in get_args(Scheme):
                    tab = new_tab(browser, server, size_px=size_px, scheme=scheme)
                    file = folder / f"{shot.name}-{device}-{scheme}.png"
                    take(tab, shot, file, whole)
                    print(f"{file} {file.stat().st_size / 1024:.0f} KB")
                    tab.page.context.close()


if __name__ == "__main__":
    main()
