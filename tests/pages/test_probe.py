"""pages/probe.py: every verdict is PyTorch's own; pictures, networks and links, good and bad."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import torch

from convlab.datasets import shelf, sketches
from convlab.networks import designs
from convlab.networks.designs import seeded
from convlab.pictures import crop, photographs
from convlab.pictures.crop import Square
from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui.cropping import window_text
from convlab.ui.networks import bundled_model
from convlab.ui.probe import attribution
from tests.pages.probe_page import (
    LAB,
    assert_is_pytorchs,
    controls,
    forward,
    fresh,
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


# ---- the first view, the square, the temperature -----------------------------------------------------------


def test_the_first_look_is_a_sketch_and_a_network_that_learned_from_sketches() -> None:
    app = fresh()
    assert_is_pytorchs(app, bundled_model("net_sketches").probe.network)
    assert torch.equal(shown(app).seen, sketches.validation().images[15])
    assert sketches.CLASSES[int(shown(app).probabilities.argmax())] == "bird"
    assert app.query_params == {}
    (line,) = [text for text in texts(app) if "18,090 parameters" in text]
    assert "trained on Sketches (drawings)" in line.replace("\\", "")
    assert "validation accuracy 0.860 on 1,000 pictures" in line
    assert not any("says little" in text for text in texts(app))


def test_picture_and_network_follow_each_other_until_somebody_chooses() -> None:
    app = fresh()
    set_to(app, "picture", "photo:cat")
    assert_is_pytorchs(app, bundled_model("net").probe.network)
    assert torch.equal(shown(app).seen, crop.cut(CAT))
    assert app.query_params == {"picture": "photo:cat"}
    app = fresh()
    set_to(app, "model", "shipped:net_fast")
    assert torch.equal(shown(app).seen, crop.cut(CAT))
    assert app.query_params == {"model": "shipped:net_fast"}
    set_to(app, "model", "shipped:net_dropout_sketches")
    assert torch.equal(shown(app).seen, sketches.validation().images[15])
    set_to(app, "picture", "photo:cat")  # both were chosen now: they stay, and what it means is said
    assert_is_pytorchs(app, bundled_model("net_dropout_sketches").probe.network)
    assert any("no photograph in its training" in text for text in texts(app))
    (button,) = [one for one in app.button if one.key == "probe.ask_fitting"]
    assert button.label == "Ask Net (photographs) instead"
    button.click().run()
    assert_is_pytorchs(app, bundled_model("net").probe.network)
    assert not any("says little" in text for text in texts(app))


def test_a_picture_of_ones_own_goes_to_the_network_of_the_photographs() -> None:
    app = fresh()
    asked = shown(app).header["questions"]["given"]
    assert asked["header"]["model"] == "shipped:net"
    assert asked["networks"] == [{"title": "Net (photographs)", "classes": ["airplane", "bird"]}]
    send(app, LAB, "give", {})
    give(app, ("one.png", png(noise(1))))
    assert_is_pytorchs(app, bundled_model("net").probe.network)
    assert shown(app).header["verdicts"][0]["title"] == "Net (photographs)"


def test_a_square_on_the_first_sketch_is_in_the_link_with_its_picture() -> None:
    app = fresh()
    send(app, LAB, "crop", {"left": 2, "top": 3, "side": 20, "padding": "black", "revision": 1})
    assert app.query_params == {"picture": "sketch:bird", "window": "2,3,20"}
    again = fresh(**dict(app.query_params))
    assert torch.equal(shown(again).seen, shown(app).seen)
    assert shown(again).header["verdicts"] == shown(app).header["verdicts"]


def test_the_cat_is_asked_about_as_ever() -> None:
    app = probe()
    assert_is_pytorchs(app)
    assert torch.equal(shown(app).seen, crop.cut(CAT))
    assert app.query_params == {"picture": "photo:cat"}
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
    assert app.query_params == {"picture": "photo:cat"}
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
    assert app.query_params == {"picture": "photo:cat", "model": "shipped:net"}


def test_two_networks_side_by_side(run: runs.Run) -> None:
    app = probe(second=f"run:{run.id}", second_epoch=1)
    first, second = shown(app).header["verdicts"]
    assert (first["title"], second["title"]) == ("Net (photographs)", "net run, epoch 1")
    logits = forward(run.network_at(1), shown(app).values)
    assert torch.allclose(torch.tensor(second["logits"]), logits, atol=1e-5)
    maps = received(app, attribution.KEY)[0]["maps"]
    assert [one["below"].partition(",")[0] for one in maps] == ["Net (photographs)", "net run"]


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
    app = give_checkpoint(probe(model="checkpoint"), saved(module.state_dict()), activation="tanh")
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


@pytest.mark.parametrize("key", ["net_sketches", "net_dropout_sketches", "net", "net_fast"])
def test_a_bundled_network_is_the_same_layer_by_layer(key: str) -> None:
    app = fresh(model=f"shipped:{key}")
    (found,) = [one for one in app.page_link if "layer by layer" in one.value]
    maps = open_page("pages/feature_maps.py", **dict(parse_qsl(found.proto.query_string)))
    assert troubles(maps) == []
    header, blobs = received(maps, "feature_maps.lab")
    last = torch.frombuffer(bytearray(blobs[f"layer_{len(header['layers']) - 1}"]), dtype=torch.float32)
    assert torch.allclose(last, shown(app).logits, atol=1e-5)
