"""The lab's page in a browser tab: what benchmarks do to it and read from it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator

from tests.browser.harness import Server, Tab, new_tab

SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
SETTLED = ".root[data-drawn-by=torch]"


def open_tab(browser: Browser, server: Server, path: str) -> Tab:
    """A fresh visitor's tab, drawn and idle, with the measuring functions in it."""
    tab = new_tab(browser, server)
    tab.open(path)
    tab.page.add_script_tag(content=SCRIPT)
    return tab


def lab_root(tab: Tab) -> Locator:
    """The lab's outermost element, once PyTorch's picture is in it."""
    tab.page.locator(SETTLED).wait_for()
    return tab.page.locator(".root", has=tab.page.locator(".lab"))


def awaited(tab: Tab) -> Any:
    """What the promise that was armed last gives; an error where nothing comes."""
    late = "new Promise((_, refuse) => setTimeout(refuse, 60000, new Error('nothing came for a minute')))"
    return tab.page.evaluate(f"Promise.race([window.bench, {late}])")
