"""Feature maps: which weights a network is met with; a checkpoint of the learner's."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.networks import checkpoints, designs
from convlab.networks.variants import NetDepth
from convlab.probing import bundled
from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui.networks import CROSS, OWN_STACK, bundled_key
from convlab.ui.runs import opens
from tests.few import few, few_sketches
from tests.pages.test_feature_maps import (
    LAB,
    OURS,
    PAGE,
    assert_is_pytorchs,
    choose,
    controls,
    set_to,
)
from tests.ui.driver import answer, open_page, received, troubles


def test_choosing_networks_one_after_another() -> None:
    app = open_page(PAGE, layer="conv2", channel=7, row=15, col=15)
    for network in OURS:
        set_to(app, "network", network)
        assert troubles(app) == []
        if not controls(app).free:
            best = [key for key in ("trained", "sketches") if bundled_key(network, key)]
            assert controls(app).weights == (best or ["random"])[0], network
        place = received(app, LAB)[0]["place"]
        shape = received(app, LAB)[0]["layers"][place["layer"]]["shape"]
        assert all(
            0 <= place[name] < size for name, size in zip(("channel", "row", "col"), shape, strict=False)
        )


def test_whoever_comes_back_to_a_network_meets_the_weights_that_it_had() -> None:
    app = open_page(PAGE)
    set_to(app, "network", "net_width")
    assert controls(app).weights == "random"
    (line,) = [c.value for c in app.caption if "parameters" in c.value]
    assert "Wider, untrained, seed 0 (no trained weights come with it)" in line
    set_to(app, "network", "net")
    assert controls(app).weights == "trained"
    set_to(app, "weights", "sketches")
    set_to(app, "network", "net_batch_norm")
    assert controls(app).weights == "sketches"
    set_to(app, "weights", "random")
    set_to(app, "network", "net")
    assert controls(app).weights == "sketches"
    set_to(app, "network", "net_batch_norm")
    assert controls(app).weights == "random"
    set_to(app, "network", OWN_STACK)
    set_to(app, "network", "net")
    assert controls(app).weights == "sketches"
    for network in ("onnx", "torchvision", CROSS, "net"):  # some have no weights to choose
        set_to(app, "network", network)
        assert not app.error
    assert controls(app).weights == "sketches"
    assert_is_pytorchs(app, checkpoints.load(bundled.file("net_sketches").read_bytes()).module)


def upload(app: AppTest, name: str, data: bytes, **said: str) -> AppTest:
    """Give a checkpoint; with answers to what its file does not tell, also open it."""
    key = "feature_maps.upload"
    app.file_uploader(key=key).set_value((name, data, "application/octet-stream")).run()
    return answer(app, key, **said) if said else app


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def test_the_books_checkpoint(shared: Path) -> None:
    app = open_page(PAGE, weights="checkpoint")
    (notice,) = app.info
    assert "no checkpoint yet" in notice.value
    data = (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes()
    upload(app, "book.pt", data)
    set_to(app, "network", "net_width")
    assert controls(app).weights == "random"
    set_to(app, "network", "net")
    assert controls(app).weights == "checkpoint"
    module = designs.Net()
    module.load_state_dict(torch.load(io.BytesIO(data), weights_only=True))
    assert_is_pytorchs(app, module.eval())


def wrong_shapes() -> dict[str, Tensor]:
    return {**designs.Net().state_dict(), "fc1.weight": torch.zeros(32, 100)}


REFUSED: list[tuple[str, Callable[[], bytes]]] = [
    ("empty", lambda: b""),
    ("text", lambda: b"hello" * 100),
    ("cut", lambda: saved(designs.Net().state_dict())[:3000]),
    ("shapes", lambda: saved(wrong_shapes())),
    ("module", lambda: saved(designs.Net())),
    ("number", lambda: saved({"conv1.weight": 3})),
    ("nan", lambda: saved({name: tensor * torch.nan for name, tensor in designs.Net().state_dict().items()})),
]


def test_a_refused_checkpoint_gets_one_sentence_and_the_last_good_one_stays() -> None:
    app = open_page(PAGE, weights="checkpoint")
    good = designs.seeded(NetDepth, 5).eval()
    upload(app, "good.pt", saved(good.state_dict()), design="net_depth")
    assert_is_pytorchs(app, good)
    before = received(app, LAB)[1]
    for name, data in REFUSED:
        upload(app, f"{name}.pt", data())
        (sentence,) = troubles(app)
        assert 30 < len(sentence) < 250, name
        assert "Something went wrong" not in sentence
        assert received(app, LAB)[1] == before, name


def test_two_sessions_share_nothing() -> None:
    mine, theirs = open_page(PAGE, weights="checkpoint"), open_page(PAGE, weights="checkpoint")
    upload(mine, "mine.pt", saved(designs.seeded(designs.Net, 8).state_dict()), activation="tanh")
    choose(mine, 4, 2, 3, 3)
    theirs.run()
    assert theirs.info
    assert controls(theirs).layer == ""
    assert "networks.checkpoint.model" not in theirs.session_state
    set_to(theirs, "weights", "random")
    set_to(mine, "weights", "random")
    assert_is_pytorchs(theirs)
    assert received(theirs, LAB)[0]["place"]["layer"] == 1
    assert received(mine, LAB)[0]["place"]["layer"] == 4


def test_a_run_is_chosen_from_a_list_that_tells_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    made = [
        runs.create(Settings.parse({"design": design, "epochs": 2, "device": "cpu"}), f"my {design}")
        for design in ("net", "net_width")
    ]
    for run in made:
        worker.train(run, data=lambda key: few())
    app = set_to(open_page(PAGE), "weights", "run")
    assert controls(app).run == made[0].id  # the newest of this design
    assert app.selectbox(key="feature_maps.run").options == [opens.title(run) for run in reversed(made)]
    assert_is_pytorchs(app, made[0].network_at(2))
    set_to(app, "epoch", 0)
    assert_is_pytorchs(app, made[0].network_at(0))
    set_to(app, "run", made[1].id)
    assert (controls(app).network, controls(app).epoch) == ("net_width", -1)
    assert_is_pytorchs(app, made[1].network_at(2))
    assert troubles(app) == []


def test_without_a_run_none_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    assert "one of your runs" not in open_page(PAGE).selectbox(key="feature_maps.weights").options
