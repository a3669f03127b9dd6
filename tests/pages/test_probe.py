"""pages/probe.py: every verdict is PyTorch's own; pictures, networks and links, good and bad."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.networks import designs
from convlab.networks.designs import seeded
from convlab.pictures import crop, images, photographs
from convlab.pictures.crop import Square
from convlab.probing.probe import Probe
from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui.cropping import window_text
from convlab.ui.networks import bundled_model
from tests.corpus import corpus
from tests.pages.probe_page import (
    LAB,
    controls,
    forward,
    give,
    give_checkpoint,
    noise,
    png,
    probe,
    saved,
    set_to,
    shown,
    small_data,
    texts,
)
from tests.ui.driver import open_page, received, send, troubles

CAT = photographs.photograph("cat")


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def net() -> Probe:
    return bundled_model("net").probe


def assert_is_pytorchs(app: AppTest, module: Any = None) -> None:
    """What was cut is the crop room's, what enters is normalised by hand, the logits a plain forward pass."""
    assert troubles(app) == []
    found = shown(app)
    mean, std = (torch.tensor(value)[:, None, None] for value in (images.CIFAR10_MEAN, images.CIFAR10_STD))
    assert torch.allclose(found.values, (found.seen / 255 - mean) / std, atol=1e-6)
    logits = forward(module or net().network, found.values)
    assert torch.allclose(found.logits, logits, atol=1e-5)
    temperature = controls(app).temperature
    assert torch.allclose(found.probabilities, torch.softmax(found.logits / temperature, 0), atol=1e-5)


# ---- the first view, the square, the temperature -----------------------------------------------------------


def test_the_first_run_asks_about_the_cat() -> None:
    app = probe()
    assert_is_pytorchs(app)
    assert torch.equal(shown(app).seen, crop.cut(CAT))
    assert app.query_params == {}
    assert [verdict["classes"] for verdict in shown(app).header["verdicts"]] == [["airplane", "bird"]]
    assert shown(app).header["picture"]["window"] == [75, 0, 300]
    assert any("18,090 parameters" in text for text in texts(app))


def test_the_square_decides_the_verdict() -> None:
    app = probe()
    before = shown(app).probabilities
    move = {"left": 0, "top": -75, "side": 451, "padding": "black", "revision": 1}
    send(app, LAB, "crop", move)
    assert_is_pytorchs(app)
    assert torch.equal(shown(app).seen, crop.cut(CAT, Square(0, -75, 451)))
    assert before.argmax() == 1
    assert shown(app).probabilities.argmax() == 0
    assert app.query_params["window"] == "0,-75,451"
    assert shown(app).header["revision"] == 1


@pytest.mark.parametrize("padding", ["edge", "mean"])
def test_what_lies_beyond_the_picture(padding: str) -> None:
    app = probe(window="-60,-30,400", padding=padding)
    assert torch.equal(shown(app).seen, crop.cut(CAT, Square(-60, -30, 400), padding))
    assert_is_pytorchs(app)


def test_the_middle_needs_no_place_in_the_link() -> None:
    app = probe(window="10,10,50")
    send(app, LAB, "crop", {"left": 75, "top": 0, "side": 300, "padding": "black", "revision": 1})
    assert app.query_params == {}
    assert window_text(crop.centred(300, 451), 300, 451) == ""


@pytest.mark.parametrize("window", ["9000,0,10", "0,-500,20", "0,0,100000"])
def test_a_square_that_misses_the_picture_is_the_middle(window: str) -> None:
    app = probe(window=window)
    assert torch.equal(shown(app).seen, crop.cut(CAT))
    assert_is_pytorchs(app)


@pytest.mark.parametrize(
    "payload",
    [None, 7, "x", [], {}, {"left": 1}, {"left": "x", "top": 0, "side": 9, "padding": "black", "revision": 1},
     {"left": 0, "top": 0, "side": 0, "padding": "black", "revision": 1},
     {"left": 0, "top": 0, "side": 9, "padding": "../x", "revision": 1},
     {"left": 10**12, "top": 0, "side": 9, "padding": "black", "revision": 1},
     {"left": 10**8, "top": 0, "side": 9, "padding": "black", "revision": 1},
     {"left": 1e999, "top": 0, "side": 9, "padding": "black", "revision": 1}],
    ids=lambda payload: ascii(payload)[:40],
)  # fmt: skip
def test_an_invalid_square_changes_nothing(payload: object) -> None:
    app = probe()
    before = controls(app)
    send(app, LAB, "crop", payload)
    assert troubles(app) == []
    assert controls(app) == before


def test_temperature() -> None:
    app = set_to(probe(), "temperature", 3.0)
    assert_is_pytorchs(app)
    assert app.query_params["temperature"] == "3.0"
    assert float(shown(app).probabilities.max()) < float(torch.softmax(shown(app).logits, 0).max())
    assert "temperature 3" in shown(app).header["note"]


@pytest.mark.parametrize("picture", ["drawing:airplane", "board", "photo:galaxies"])
def test_other_pictures(picture: str) -> None:
    app = probe(picture=picture)
    assert_is_pytorchs(app)
    set_to(app, "picture", "photo:cat")
    assert torch.equal(shown(app).seen, crop.cut(CAT))


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


# ---- networks ----------------------------------------------------------------------------------------------


def trained(design: str = "net", epochs: int = 2, **settings: Any) -> runs.Run:
    """A run of a moment, with weights of each epoch."""
    key = shelf.put(small_data())
    parsed = Settings.parse({"design": design, "data": key, "epochs": epochs, "batch_size": 8, **settings})
    run = runs.create(parsed, f"{design} run")
    worker.train(run)
    return run


@pytest.fixture(scope="module")
def run() -> runs.Run:
    return trained()


def test_a_run_at_any_epoch(run: runs.Run) -> None:
    app = probe(model=f"run:{run.id}")
    assert run.epochs_stored() == (0, 1, 2)
    assert_is_pytorchs(app, run.network_at(2))
    assert shown(app).header["verdicts"][0]["title"] == "net run, epoch 2"
    (choice,) = [one for one in app.selectbox if one.key == "probe.epoch"]
    choice.set_value(0).run()
    assert_is_pytorchs(app, run.network_at(0))
    assert app.query_params["epoch"] == "0"
    set_to(app, "model", "shipped:net")
    assert app.query_params == {}


def test_two_networks_side_by_side(run: runs.Run) -> None:
    app = probe(second=f"run:{run.id}", second_epoch=1)
    first, second = shown(app).header["verdicts"]
    assert (first["title"], second["title"]) == ("Net, the baseline", "net run, epoch 1")
    logits = forward(run.network_at(1), shown(app).values)
    assert torch.allclose(torch.tensor(second["logits"]), logits, atol=1e-5)
    assert len(app.get("imgs") or app.image) == 2  # a map of each


def test_a_run_that_reads_with_its_own_mean() -> None:
    own = trained(normalisation="data", epochs=1)
    app = probe(model=f"run:{own.id}")
    mean, std = (torch.tensor(own.environment[name])[:, None, None] for name in ("mean", "std"))
    found = shown(app)
    assert torch.allclose(found.values, (found.seen / 255 - mean) / std, atol=1e-5)


@pytest.mark.parametrize("model", ["run:0123456789abcdef", "shipped:dense"])
def test_a_missing_network_gets_a_sentence(model: str) -> None:
    app = probe(model=model)
    assert troubles(app) == []
    assert len(app.info) == 1
    set_to(app, "model", "shipped:net")
    assert_is_pytorchs(app)


@pytest.mark.parametrize(
    "model", ["run:../../etc", "shipped:../net", "file:/etc/passwd", "run:0123", "x" * 5000]
)
def test_a_link_names_no_path(model: str) -> None:
    app = probe(model=model)
    assert_is_pytorchs(app)
    assert "model" in app.warning[0].value


def test_the_books_checkpoint(shared: Path) -> None:
    data = (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes()
    app = give_checkpoint(probe(model="checkpoint"), data)
    module = designs.Net()
    module.load_state_dict(torch.load(io.BytesIO(data), weights_only=True))
    assert_is_pytorchs(app, module.eval())


def test_own_classes_count_as_many_as_they_are() -> None:
    module = seeded(lambda: designs.design("net").build(num_classes=5), 0).eval()
    app = give_checkpoint(probe(model="checkpoint"), saved(module.state_dict()))
    assert shown(app).header["verdicts"][0]["classes"] == [f"class {n}" for n in range(5)]
    assert_is_pytorchs(app, module)


# ---- the link ----------------------------------------------------------------------------------------------


def test_a_link_opens_what_it_was_copied_from() -> None:
    app = probe(
        picture="photo:coffee", window="10,20,200", padding="edge", temperature=2.5, method="saliency"
    )
    set_to(app, "experiment", "change")
    query: dict[str, object] = dict(app.query_params)
    again = probe(**query)
    assert controls(again) == controls(app)
    assert torch.equal(shown(again).seen, shown(app).seen)
    assert shown(again).header["verdicts"] == shown(app).header["verdicts"]


NONSENSE = {
    "window": "a,b", "padding": "x", "temperature": "1e999", "method": "../x", "target": "99",
    "cam_layer": "a b",
    "experiment": "rm", "data": "../..", "other": "?", "score": "?", "threshold": "nan", "change": "?",
    "amount": "inf", "goal": "-1", "norm": "l0", "budget": "-3", "painted": "9-1", "batch_size": "0",
    "order": "?",
    "kernel": "a b", "pruned": "2", "shown": "x" * 100_000, "second": "run:xyz", "epoch": "-7",
}  # fmt: skip


def test_nonsense_in_a_link_falls_back_with_a_notice() -> None:
    app = probe(**NONSENSE)
    assert_is_pytorchs(app)
    for name in NONSENSE:
        assert name in app.warning[0].value


def test_the_link_to_feature_maps_opens_the_same_pixels(run: runs.Run) -> None:
    query = {
        "picture": "photo:coffee",
        "window": "-20,30,300",
        "padding": "edge",
        "model": f"run:{run.id}",
        "epoch": 1,
    }
    app = probe(**query)
    (found,) = [one for one in app.page_link if "layer by layer" in one.value]
    assert found.proto.query_string
    maps = open_page("pages/feature_maps.py", **dict(parse_qsl(found.proto.query_string)))
    assert troubles(maps) == []
    header, blobs = received(maps, "feature_maps.lab")
    values = torch.frombuffer(bytearray(blobs["layer_0"]), dtype=torch.float32).reshape(3, 32, 32)
    assert torch.equal(values, shown(app).values)
    last = torch.frombuffer(bytearray(blobs[f"layer_{len(header['layers']) - 1}"]), dtype=torch.float32)
    assert torch.allclose(last, shown(app).logits, atol=1e-5)
