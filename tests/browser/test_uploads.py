"""Uploads as a browser sends them: what is shown as the limit goes through, and what is larger is told."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from convlab.pictures import images
from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.test_probe import WAIT_MS, agree, drop, open_page, picture, root, tab

__all__ = ["tab"]  # the fixture


@pytest.fixture(scope="module")
def phone_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of two classes as a phone's: 38 MB together."""
    path, random = tmp_path_factory.mktemp("phone") / "phone.zip", np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(4):
            file = io.BytesIO()
            pixels = random.integers(0, 256, (1780, 1780, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(file, "BMP")
            archive.writestr(f"{'ab'[number % 2]}/{number}.bmp", file.getvalue())
    assert 37_500_000 < path.stat().st_size < 39_000_000
    return path


def test_a_class_of_phone_pictures_goes_through(open_tab: OpenTab, phone_zip: Path) -> None:
    tab = open_tab("/train?data=upload&experiment=data")
    uploader = tab.page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("200MB per file")
    uploader.locator("input").set_input_files(phone_zip)
    expect(tab.page.get_by_text("2 pictures to train on, 2 to validate on")).to_be_visible(timeout=60_000)
    assert tab.errors == []


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/train?data=upload", 200), ("/probe?picture=upload", 40), ("/kernels?picture=upload", 40)],
)
def test_what_is_too_large_is_told_with_its_size_and_the_limit(
    path: str, limit: int, open_tab: OpenTab, tmp_path: Path
) -> None:
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.truncate(limit * 1_000_000 + 600_000)
    tab = open_tab(path)
    uploader = tab.page.get_by_test_id("stFileUploader").first
    expect(uploader).to_contain_text(f"{limit}MB per file")
    uploader.locator("input").set_input_files(large)
    sentence = uploader.get_by_text(f"File must be {limit}.0MB or smaller.")
    expect(sentence).to_be_visible()
    box = sentence.bounding_box()
    assert box is not None
    assert box["width"] > 100  # not for screen readers alone
    expect(uploader.get_by_text(f"{limit}.6MB")).to_be_visible()
    assert tab.errors == []


# Sends a file of 201 MiB past the uploader, as a browser without that check would.
SNEAK = """async ([url, headers]) => {
  const form = new FormData();
  form.append("large.png", new Blob([new Uint8Array(201 * 2 ** 20)]), "large.png");
  return (await fetch(url, { method: "PUT", body: form, headers })).status;
}"""


def test_what_slips_past_the_uploader_is_refused_and_the_limit_is_named(tab: Tab, tmp_path: Path) -> None:
    open_page(tab, "?picture=upload")
    (tmp_path / "large.png").write_bytes(bytes(42 * 2**20))
    tab.page.locator("input[type=file]").first.set_input_files(tmp_path / "large.png")
    uploader = tab.page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("File must be 40.0MB or smaller", timeout=WAIT_MS)
    with tab.page.expect_request("**/_stcore/upload_file/**") as upload:
        drop(tab, ("good.png", picture(4)))
    expect(root(tab)).to_have_attribute("data-told", re.compile(r"^(?!photo)"), timeout=WAIT_MS)
    agree(tab, images.load(picture(4)))
    headers = {name: text for name, text in upload.value.headers.items() if "token" in name}
    assert tab.page.evaluate(SNEAK, [upload.value.url, headers]) == 413
    tab.errors.clear()  # the browser has complained of the 413
