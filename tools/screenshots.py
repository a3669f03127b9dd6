"""Drive the app and take the README's pictures into docs/: ``make screenshots``."""

import argparse
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from PIL import Image, ImageChops, ImageStat

from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, Tab, chromium, new_tab, serve
from tests.sources import ROOT

SIZES_PX = {"desktop": DESKTOP_PX, "phone": PHONE_PX}
# A palette file is a third of the size; beyond this difference (of 255, root mean square) it can be seen.
PALETTE_ERROR = 2.5


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page and query to open, and what to do there before it is taken."""

    name: str
    path: str
    action: Callable[[Tab], None] | None = None


SHOTS = (
    Shot("home", "/"),
    Shot("kernels", "/kernels"),
)


def take(tab: Tab, shot: Shot, whole: bool) -> bytes:
    """The picture as a small PNG file; ``whole`` shows what is below the window too."""
    tab.open(shot.path)
    if shot.action:
        shot.action(tab)
        tab.wait_idle()
    if whole:
        tab.show_all()
    tab.page.evaluate("document.fonts.ready.then(() => null)")
    return small_png(Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB"))


def small_png(image: Image.Image) -> bytes:
    """An RGB picture as a PNG file, with a palette where nobody sees the difference."""
    palette = image.quantize(256)
    errors = ImageStat.Stat(ImageChops.difference(image, palette.convert("RGB"))).rms
    file = io.BytesIO()
    (palette if max(errors) <= PALETTE_ERROR else image).save(file, "PNG", optimize=True)
    return file.getvalue()


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
                    file.write_bytes(take(tab, shot, options.whole))
                    print(f"{file} {file.stat().st_size / 1024:.0f} KB")
                    tab.page.context.close()


if __name__ == "__main__":
    main()
