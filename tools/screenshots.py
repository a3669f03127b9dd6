"""Drive the app and take the README's pictures into docs/: ``make screenshots``."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, Tab, chromium, new_tab, serve
from tests.sources import ROOT

SIZES_PX = {"desktop": DESKTOP_PX, "phone": PHONE_PX}


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page and query to open, and what to do there before it is taken."""

    name: str
    path: str
    action: Callable[[Tab], None] | None = None


SHOTS = (
    Shot("home", "/"),
    Shot("kernels", "/kernels"),
    Shot("feature_maps", "/feature_maps?layer=conv2&channel=3"),
)


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
    with serve() as server, chromium() as browser:
        for shot in SHOTS:
            for device, size_px in SIZES_PX.items():
                for scheme in get_args(Scheme):
                    tab = new_tab(browser, server, size_px=size_px, scheme=scheme)
                    file = options.to / f"{shot.name}-{device}-{scheme}.png"
                    take(tab, shot, file, options.whole)
                    print(f"{file} {file.stat().st_size / 1024:.0f} KB")
                    tab.page.context.close()


if __name__ == "__main__":
    main()
