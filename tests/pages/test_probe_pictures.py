"""pages/probe.py: other pictures, several, uploads that are odd or bad."""

from collections.abc import Iterator

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.pictures import crop, images, photographs
from tests.corpus import corpus
from tests.pages.probe_page import LAB, assert_is_pytorchs, give, net, noise, png, probe, set_to, shown
from tests.ui.driver import received, send, troubles


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.mark.parametrize("picture", ["drawing:airplane", "board", "photo:galaxies"])
def test_other_pictures(picture: str) -> None:
    app = probe(picture=picture)
    assert_is_pytorchs(app)
    set_to(app, "picture", "photo:cat")
    assert torch.equal(shown(app).seen, crop.cut(photographs.photograph("cat")))


def test_another_picture_begins_with_its_middle() -> None:
    app = probe(window="10,10,50", padding="edge")
    set_to(app, "picture", "photo:coffee")
    assert torch.equal(shown(app).seen, crop.cut(photographs.photograph("coffee")))
    assert app.query_params == {"picture": "photo:coffee"}


# ---- several pictures, good and bad -------------------------------------------------------------


def test_several_pictures_in_a_row() -> None:
    own = [noise(seed) for seed in range(3)]
    app = probe(picture="upload")
    assert app.info
    give(app, *((f"{n}.png", png(one)) for n, one in enumerate(own)))
    assert_is_pytorchs(app)
    header, blobs = received(app, LAB)
    assert [card["title"] for card in header["strip"]] == ["0.png", "1.png", "2.png"]
    assert [card["open"] for card in header["strip"]] == [True, False, False]
    stacked = torch.stack([crop.cut(one) for one in own])
    assert blobs["strip"] == stacked.numpy().tobytes()
    chances = net().probabilities(stacked)
    for card, row in zip(header["strip"], chances, strict=True):
        assert card["verdict"] == f"{('airplane', 'bird')[int(row.argmax())]} {float(row.max()):.0%}"
    send(app, LAB, "choose", {"index": 2})
    assert torch.equal(shown(app).seen, crop.cut(own[2]))
    send(app, LAB, "choose", {"index": 99})
    assert torch.equal(shown(app).seen, crop.cut(own[2]))


def test_uploads_outlive_their_widget() -> None:
    app = probe(picture="upload")
    give(app, ("a.png", png(noise(5))))
    set_to(app, "picture", "photo:cat")
    set_to(app, "picture", "upload")
    assert torch.equal(shown(app).seen, crop.cut(noise(5)))


@pytest.fixture(scope="module")
def uploading() -> AppTest:
    return probe(picture="upload")


@pytest.mark.parametrize("name", list(corpus()))
def test_every_odd_file_is_taken_or_refused_with_a_sentence(name: str, uploading: AppTest) -> None:
    good = png(noise(9))
    give(uploading, ("good.png", good))
    file = corpus()[name]
    give(uploading, (name, file.data))
    if file.ok:
        assert_is_pytorchs(uploading)
        assert torch.equal(shown(uploading).seen, crop.cut(images.load(file.data)))
    else:
        (sentence,) = troubles(uploading)
        assert "Something went wrong" not in sentence
        assert torch.equal(shown(uploading).seen, crop.cut(noise(9)))


def test_a_bad_file_among_good_ones_is_named() -> None:
    good = [(f"{n}.png", png(noise(n))) for n in range(2)]
    app = give(probe(picture="upload"), good[0], ("bad.png", b"no"), good[1])
    (sentence,) = troubles(app)
    assert "bad" in sentence
    assert [card["title"] for card in shown(app).header["strip"]] == ["0.png", "1.png"]
