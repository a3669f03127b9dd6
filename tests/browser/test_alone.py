"""``streamlit run pages/kernels.py``: every page is served by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from convlab.ui.lessons import LESSONS
from tests import sources
from tests.browser import harness


@pytest.mark.parametrize(
    "page", sorted((sources.ROOT / "pages").glob("*.py")), ids=lambda page: str(page.stem)
)
def test_a_page_is_served_by_itself(page: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")  # the command `streamlit` does not look in its folder
    with harness.serve(script=f"pages/{page.name}") as server:
        tab = harness.new_tab(browser, server)
        tab.open()
        expect(tab.page.get_by_role("heading", level=1)).to_have_text(
            LESSONS[page.stem].title, timeout=30_000
        )
        tab.wait_idle()
        assert tab.page.get_by_role("alert").all_inner_texts() == []
        assert tab.errors == []
        assert tab.outside_requests() == []
