"""app.py: what the lab is, its lessons as cards with live thumbnails, the machine and the versions."""

import io
import re

import pytest
import streamlit
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from convlab.convolution import conv2d, kernels
from convlab.pictures import images, photographs
from convlab.ui import home, scales
from convlab.ui.figures import largest
from convlab.ui.frame import LESSONS
from tests import sources
from tests.ui.driver import open_page, troubles


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page()


def test_it_opens(app: AppTest) -> None:
    assert troubles(app) == []
    assert [title.value for title in app.title] == ["ConvLab"]


def test_it_says_in_three_sentences_what_the_lab_is(app: AppTest) -> None:
    assert len(re.findall(r"\.(?:\n|$)", app.markdown[0].value)) == 3


def test_every_lesson_has_a_link_on_top_and_a_card(app: AppTest) -> None:
    labels = [link.value for link in app.page_link]
    top, cards = labels[: len(LESSONS)], labels[len(LESSONS) :]
    assert top == [lesson.title for lesson in LESSONS.values()]
    assert cards == [f"**{lesson.title}**" for name, lesson in LESSONS.items() if name != "home"]
    assert len(app.get("imgs") or app.image) == len(cards)


def test_every_page_is_a_lesson_and_every_lesson_a_page() -> None:
    files = {str(path.relative_to(sources.ROOT)) for path in sources.lessons()}
    assert {lesson.file for lesson in LESSONS.values()} == files


def test_the_kernels_thumbnail_is_a_convolution() -> None:
    with Image.open(io.BytesIO(home._kernels_thumbnail())) as picture:
        pixels = (
            torch.tensor(list(picture.tobytes()), dtype=torch.uint8).reshape(128, 256, 3).permute(2, 0, 1)
        )
    cat = images.working(photographs.photograph("cat"), 128, grey=True)
    padded = torch.nn.functional.pad(images.to_float(cat)[None], (1, 1, 1, 1), mode="replicate")
    edges = torch.nn.functional.conv2d(padded, kernels.preset("vertical_edges")[None, None])[0, 0]
    assert torch.equal(pixels[:, :, :128], cat.expand(3, -1, -1))
    assert torch.equal(pixels[:, :, 128:], scales.colourise(edges, largest(edges), signed=True))
    settings = conv2d.ConvSettings(padding="same", padding_mode="replicate")
    assert torch.equal(
        conv2d.convolve(images.to_float(cat), kernels.preset("vertical_edges")[None], settings), edges
    )


def test_it_says_what_it_runs_on(app: AppTest) -> None:
    (line,) = [caption.value for caption in app.caption]
    assert f"PyTorch {torch.__version__}" in line
    assert f"Streamlit {streamlit.__version__}" in line
    assert re.match(r"Device: (cuda|mps|cpu)", line)
