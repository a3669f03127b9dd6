"""The page while PyTorch loads: it is there without Streamlit, and goes when the lab has come."""

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, Page, expect

from convlab.ui import opening
from tests.browser import harness


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Server]:
    root = tmp_path_factory.mktemp("app")
    for name in ("app.py", "pages", ".streamlit"):
        (root / name).symlink_to(harness.ROOT / name)
    (root / "loading.py").symlink_to(harness.ROOT / "tests" / "browser" / "apps" / "loading.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(harness.ROOT))
        with harness.serve(root, script="loading.py") as running:
            yield running


@pytest.fixture
def alone(browser: Browser, loading: harness.Server) -> Iterator[Page]:
    """A phone that gets the document and nothing else of Streamlit."""
    page = harness.new_tab(browser, loading, size_px=harness.PHONE_PX).page
    page.emulate_media(reduced_motion="reduce")
    page.route("**/static/**", lambda route: route.abort())
    page.goto(f"{loading.url}/kernels")
    yield page
    page.context.close()


def test_the_browser_convolves_as_pytorch_does(alone: Page) -> None:
    expect(alone.get_by_role("status")).to_contain_text("PyTorch is loading.")
    greys, kernel = torch.tensor(opening.GREYS) / 255, torch.tensor(opening.KERNEL).float()
    expected = F.conv2d(greys[None], kernel[None, None])[0]
    cells = alone.locator("#convlab-opening figure").nth(2).locator("span").all_inner_texts()
    found = torch.tensor([float(text.replace("−", "-")) for text in cells]).reshape(expected.shape)
    assert torch.allclose(found, expected, atol=0.05 + 1e-6)  # to one decimal
    assert alone.locator("#convlab-opening [data-under]").count() == 9 + 1
    expect(alone.locator("#convlab-opening pre")).to_contain_text("= −0.4")
    assert alone.evaluate("document.getElementById('convlab-opening').scrollWidth") <= harness.PHONE_PX[0]


def test_it_goes_when_the_lab_has_come(browser: Browser, loading: harness.Server) -> None:
    tab = harness.new_tab(browser, loading)
    page = tab.page
    page.goto(f"{loading.url}/kernels", wait_until="commit")
    page.locator("#convlab-opening[data-drawn]").wait_for(state="attached")
    tab.wait_idle()
    expect(page.locator("#convlab-opening")).to_have_count(0)
    expect(page.get_by_role("heading", name="Kernels", exact=True)).to_be_visible()
    assert tab.errors == []
    page.context.close()
