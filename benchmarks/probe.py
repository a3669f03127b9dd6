"""The Probe page: from a dropped picture to its verdict, from a mistake to why; surgery on 2,000 pictures."""

import io
import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
import torch
from PIL import Image

from benchmarks.edit import presses
from benchmarks.measures import Figure, median_figure, to_ms
from benchmarks.pages import awaited, open_tab
from benchmarks.served import SETTLE_S, small_app
from convlab.probing import bundled, surgery
from convlab.probing.evaluation import evaluate
from tests.browser.harness import Tab, chromium, serve

DROPS, WARM_UP = 20, 3
DROP_TIMES, PRESS_TIMES = 1.2, 3.0  # at most so many times an empty page's round trip
SURGERIES, PICTURES, SURGERY_S = 7, 2000, 1.0
SIZE_PX = (640, 480)
WHY = ".root:has(.whys)"  # what holds the map that explains


def photo(seed: int) -> bytes:
    """A JPEG as a telephone's thumbnail, none like another."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(SIZE_PX, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


def drops(tab: Tab) -> Callable[[], float]:
    """A function that gives the page a picture and tells the ms until its verdict is painted."""
    lab = tab.page.locator(".root", has=tab.page.locator("canvas.crop"))
    lab.locator(".answer").wait_for()
    count = 0

    def drop() -> float:
        nonlocal count
        count += 1
        lab.evaluate("root => armVerdict(root)")
        file = {"name": f"{count}.jpg", "mimeType": "image/jpeg", "buffer": photo(count)}
        tab.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        took = float(awaited(tab))
        tab.wait_idle()  # the explanation follows the verdict
        return took

    return drop


def mistakes(tab: Tab) -> Callable[[], float]:
    """A function that presses a mistake of the network's and tells the ms until it is explained on screen."""
    lab = tab.page.locator(".root", has=tab.page.locator("canvas.crop"))
    wall, why = tab.page.locator(".wall").first, tab.page.locator(WHY)
    places = itertools.cycle(range(wall.locator("button").count()))
    wall.locator("button").nth(next(places)).click()  # the link shows the wall first, this one the lab
    tab.wait_idle()

    def press() -> float:
        button = wall.locator("button").nth(next(places))
        button.scroll_into_view_if_needed()
        lab.evaluate("(root, why) => armExplained(root, why)", why.element_handle())
        button.click()
        took = float(awaited(tab))
        tab.wait_idle()
        return took

    return press


def operated() -> list[float]:
    """Seconds that a kernel's silencing takes until the accuracy on 2,000 pictures is known, one thread."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (PICTURES, 3, 32, 32), dtype=torch.uint8, generator=generator)
    labels = torch.arange(PICTURES) % 2
    probe, threads, times = bundled.weights("net").probe, torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        for channel in range(SURGERIES + 1):
            start = time.perf_counter()
            evaluate(surgery.edited(probe, "conv1", channel, None, 0.0), pictures, labels)
            times.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return times[1:]


def run(count: int = DROPS, settle_s: float = SETTLE_S) -> list[Figure]:
    """The empty pages and the Probe page take turns."""
    plain, trips, verdicts, reasons = list[float](), list[float](), list[float](), list[float]()
    with ExitStack() as stack:
        default = stack.enter_context(small_app("empty.py", lab_settings=False))
        own = stack.enter_context(small_app("empty.py", lab_settings=True))
        lab = stack.enter_context(serve())
        browser = stack.enter_context(chromium())
        press_default, press = (presses(open_tab(browser, server, "/")) for server in (default, own))
        drop = drops(open_tab(browser, lab, "/probe?picture=upload"))
        explain = mistakes(open_tab(browser, lab, "/probe?experiment=mistakes"))
        browser.contexts[0].pages[0].wait_for_timeout(1000 * settle_s)
        for number in range(-WARM_UP, count):
            found = press_default(), press(), drop(), explain()
            if number >= 0:
                for samples, ms in zip((plain, trips, verdicts, reasons), found, strict=True):
                    samples.append(ms)
    defaults = median_figure("empty page, Streamlit's own settings, key to text", plain, "ms")
    empty = median_figure("empty page, the lab's settings, key to text", trips, "ms")
    verdict = median_figure("Probe, picture dropped to verdict", verdicts, "ms")
    cut = median_figure(
        f"surgery, {PICTURES} pictures, one thread", to_ms(operated()), "ms", 1000 * SURGERY_S
    )
    why = median_figure("Probe, a mistake pressed to verdict and map", reasons, "ms")
    times = [
        _times("Probe, dropped to verdict", verdict, empty, DROP_TIMES),
        _times("Probe, mistake to why", why, empty, PRESS_TIMES),
    ]
    return [defaults, empty, verdict, why, *times, cut]


def _times(name: str, figure: Figure, empty: Figure, most: float) -> Figure:
    return Figure(f"{name}: median", figure.value / empty.value, "x", most, f"of {empty.name}")
