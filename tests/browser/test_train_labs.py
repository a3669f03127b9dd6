"""Two labs with one folder, in a browser: a run of the other lab says whose it is before it is stopped."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from convlab.training import runs
from tests.browser import harness
from tests.few import few_sketches
from tests.training.test_labs import begun, elsewhere

WAIT_MS = 60_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    return tmp_path


def test_another_labs_run_is_watched_and_asked_about_and_stopped(browser: Browser, home: Path) -> None:
    with elsewhere("idle") as lab, harness.serve() as server:
        (run,) = begun(lab, 1)
        tab = harness.new_tab(browser, server)
        tab.page.goto(f"{server.url}/train?run={run.id}")
        said = tab.page.get_by_text(f"Another lab on this computer has this run (process {lab.pid}, since ")
        expect(said).to_have_count(1, timeout=WAIT_MS)
        main = tab.page.get_by_test_id("stMainBlockContainer")  # Streamlit has a Stop of its own above
        main.get_by_role("button", name="Stop", exact=True).click()
        sure = tab.page.get_by_role("button", name="Stop it all the same", exact=True)
        expect(sure).to_be_visible(timeout=WAIT_MS)
        tab.page.wait_for_timeout(1000)  # the panel is drawn anew five times a second
        expect(said).to_have_count(2)
        sure.click()
        expect(tab.page.locator(".root .state")).to_have_text("Stopped", timeout=WAIT_MS)
        assert runs.get(run.id).status().state == "stopped"
        assert (tab.errors, tab.outside_requests()) == ([], [])
