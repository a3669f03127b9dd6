"""README's section "Testing with AppTest": its scripts run as they stand there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from convlab.training import queue
from tests import sources
from tests.few import few_sketches

SHOWN = [
    (file.name, alt, address)
    for file in sorted(sources.ROOT.glob("README*.md"))
    for alt, address in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", file.read_text(encoding="utf-8"))
]
MOST_BYTES = 3_000_000

SECTION = re.search(
    r"^## Testing with AppTest$.*?(?=^## )",
    (sources.ROOT / "README.md").read_text(),
    re.MULTILINE | re.DOTALL,
)
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", SECTION[0] if SECTION else "", re.MULTILINE | re.DOTALL)


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own with few sketches; no worker outlives the test."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    queue.shared.cache_clear()
    yield
    queue.shared().close()
    queue.shared.cache_clear()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: re.findall(r"pages/(\w+)", script)[0])
@pytest.mark.usefixtures("pool")
def test_a_script_runs_as_it_stands_there(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(script, str(sources.ROOT / "script.py"), "exec"), {})  # beside app.py
    assert re.search(r"\d", capsys.readouterr().out)


def test_each_page_has_its_script() -> None:
    pages = {path.name for path in sources.lessons()} - {"app.py"}
    assert {re.findall(r"pages/(\w+\.py)", script)[0] for script in SCRIPTS} == pages


@pytest.mark.parametrize(("readme", "alt", "address"), SHOWN)
def test_each_picture_is_there_light_and_told_in_words(readme: str, alt: str, address: str) -> None:
    assert (sources.ROOT / address).stat().st_size < MOST_BYTES
    assert len(alt) > 15


def test_the_first_picture_moves_for_half_a_minute() -> None:
    first = {readme: address for readme, _alt, address in reversed(SHOWN)}
    for address in first.values():
        with Image.open(sources.ROOT / address) as moving:
            stays_ms = [frame.info["duration"] for frame in ImageSequence.Iterator(moving) if frame.load()]
            assert 20_000 < sum(stays_ms) < 40_000
