"""Probe as it opens, without a file: each figure is what PyTorch says of the network's own pictures."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.datasets import pictures, shelf, sketches
from convlab.pictures.board import Board
from convlab.probing import bundled, ood
from tests.pages.plain import Plain, auroc
from tests.pages.probe_page import click, fresh, png, script, set_to, shown, texts
from tests.ui.driver import received, troubles

BATCH_NORM, DROPOUT = "net_batch_norm_sketches", "net_dropout_sketches"


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("convlab.ui.probe.data.QUICK_S", 600)  # a busy machine asks for no click more
        yield


@cache
def plain(key: str = "net_sketches") -> Plain:
    val = sketches.validation()
    return Plain(bundled.weights(key).probe.network, val.images, val.labels)


@cache
def bird() -> Tensor:
    return sketches.validation().images[15]


def opened(**query: object) -> AppTest:
    """The page, after looking that all of it is there and nothing is on the shelf."""
    app = fresh(**query)
    assert troubles(app) == []
    assert not app.warning
    assert not shelf.ready("sketches")
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def chart(app: AppTest, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(app.get("plotly_chart")[place].proto.spec)
    return found


def captions(app: AppTest) -> list[str]:
    return [caption.value.replace("\\", "") for caption in app.caption]


def chances(picture: Tensor) -> Tensor:
    return plain().logits_of(picture[None])[0].softmax(0)


def test_the_verdict() -> None:
    app = opened()
    assert torch.equal(shown(app).seen, bird())
    assert torch.allclose(shown(app).values, plain().normalised(bird()), atol=1e-6)
    assert torch.allclose(shown(app).logits.double(), plain().logits_of(bird()[None])[0], atol=1e-5)
    assert "validation accuracy 0.860 on 1,000 pictures" in " ".join(captions(app))
    assert plain().accuracy() == 0.86


def test_why() -> None:
    app = opened(experiment="four_ways")
    x = plain().normalised(bird())[None].requires_grad_()
    target = int(chances(bird()).argmax())
    plain().network(x)[0, target].backward()
    assert x.grad is not None
    ends = [text for text in captions(app) if re.fullmatch(r"±[\d.e-]+", text)]
    assert ends[0] == f"±{float(x.grad.abs().amax(1).max()):.2g}"
    zero = torch.zeros(1, 3, 32, 32)
    with torch.no_grad():
        wanted = float((plain().network(x) - plain().network(zero))[0, target])
    (told,) = [text for text in captions(app) if "add up to" in text]
    numbers = [float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.\d+", told)]
    assert numbers == pytest.approx([wanted, wanted], abs=0.004)


def by_numbers(app: AppTest) -> AppTest:
    """With the panel open that has the confusion matrix as a table."""
    app.session_state["probe.mistakes.by_numbers"] = True
    return app.run()


def hung(app: AppTest, wall: str) -> list[str]:
    """What is said of the pictures on a wall."""
    return [one["told"] for one in received(app, f"probe.wall.{wall}")[0]["pictures"]]


def test_what_it_gets_wrong() -> None:
    app, own = by_numbers(opened(experiment="mistakes")), plain()
    best = own.best_temperature()
    assert metrics(app) == {
        "Accuracy": f"{own.accuracy():.1%}",
        "Wrong": f"{round(1000 * (1 - own.accuracy()))} of 1,000",
        "Loss": f"{own.loss():.4f}",
        "Calibration error": f"{own.calibration_error():.1%}",
        "Best temperature": f"{best:.2f}",
    }
    matrix, temperatures = (table.value for table in app.table)
    for column, name in enumerate(sketches.CLASSES):
        assert [int(text) for text in matrix[f"verdict: {name}"]] == [row[column] for row in own.confusion()]
    assert temperatures["Cross-entropy"].tolist() == [f"{own.loss(t):.4f}" for t in (1, best)]
    errors = [float(text.rstrip("%")) for text in temperatures["Calibration error"]]
    wanted = [100 * own.calibration_error(t) for t in (1, best)]
    assert errors == pytest.approx(wanted, abs=0.006)
    line, bars, counts = chart(app)["data"]
    assert counts["y"] == [count for count, _sure, _right in own.bins()]
    assert bars["y"] == pytest.approx([right for _count, _sure, right in own.bins()])
    assert sum(counts["y"]) == 1000
    assert line["y"] == [0, 1]
    sure, said = own.logits.softmax(1).max(1)
    wrong = (said != own.labels).nonzero()[:, 0]
    first = int(wrong[sure[wrong].argmax()])
    label, verdict = (sketches.CLASSES[int(one)] for one in (own.labels[first], said[first]))
    assert hung(app, "wrong")[0] == f"{label}, taken for {verdict} ({float(sure[first]):.1%})"
    least = int(sure.argmin())
    assert own.labels[least] == said[least]
    name = sketches.CLASSES[int(said[least])]
    assert hung(app, "unsure")[0] == f"{name}, recognised ({float(sure[least]):.1%})"


def test_what_the_best_temperature_does_is_said_where_it_raises_the_shown_error() -> None:
    for key, raises in (("net_sketches", False), (BATCH_NORM, True)):
        own, app = plain(key), opened(experiment="mistakes", model=f"shipped:{key}")
        best = own.best_temperature()
        assert own.loss(best) < own.loss()
        assert (own.calibration_error(best) > own.calibration_error()) is raises
        assert any("raises the calibration error" in text for text in captions(app)) is raises


def test_sure_of_anything() -> None:
    app, noise = opened(experiment="outside"), ood.uniform_noise(2000)
    outside, inside = plain().logits_of(noise), plain().logits
    sure = outside.softmax(1).amax(1)
    found = metrics(app)
    assert found["over 95% sure"] == f"{float((sure > 0.95).double().mean()):.1%}"
    assert found["over 99% sure"] == f"{float((sure > 0.99).double().mean()):.1%}"
    assert found["classified as airplane"] == f"{float((outside.argmax(1) == 0).double().mean()):.1%}"
    assert "Shares of 2,000 pictures from outside:" in captions(app)
    largest = auroc(inside.softmax(1).amax(1), sure)
    assert float(found["AUROC, Largest probability"]) == pytest.approx(largest, abs=0.0011)
    energy = auroc(inside.logsumexp(1), outside.logsumexp(1))
    told = next(value for name, value in found.items() if name.startswith("AUROC, Energy"))
    assert float(told) == pytest.approx(energy, abs=0.0011)
    below = [float((logits.softmax(1).amax(1) < 0.95).double().mean()) for logits in (inside, outside)]
    sentence = f"**{below[0]:.1%}** of the 1,000 pictures inside, **{below[1]:.1%}** of the 2,000 outside."
    assert any(sentence in text for text in texts(app))


def test_another_data_set_is_not_its_own() -> None:
    app = opened(experiment="outside", other="data")
    assert any("no other data here yet" in text for text in texts(app))


def test_pushing_the_picture_and_the_accuracy_along_the_slider() -> None:
    app = opened(experiment="change")
    lines = {line["name"]: line for line in chart(app)["data"]}
    own = Plain(plain().network, bird()[None], torch.tensor([1]))
    for shift in (0, 3, 8):
        at = lines["bird"]["x"].index(float(shift))
        said = own.logits_of(own.shifted(shift))[0].softmax(0)
        assert lines["bird"]["y"][at] == pytest.approx(float(said[1]), abs=1e-5)
    click(app, "probe.measure_along")
    shares = [float(text) for text in app.table[-1].value["Accuracy"]]
    wanted = [plain().accuracy(plain().shifted(shift)) for shift in (0, 1, 2, 4, 8)]
    assert shares == pytest.approx(wanted, abs=0.0011)


def test_fooling_it() -> None:
    app = opened(experiment="arena")
    assert f"bird {float(chances(bird())[1]):.3f}" in captions(app)
    assert any(button.label == "It shows none of airplane, bird: enter it" for button in app.button)
    set_to(app, "game", "paint")
    cells = received(app, "probe.board")[1]["cells"]
    assert cells == Board.nearest(bird()).cells
    set_to(app, "game", "ascend")
    steps = chart(app)["data"][0]["y"]  # towards an airplane
    assert steps[0] == pytest.approx(float(chances(bird())[0]), abs=1e-5)
    assert max(steps) > 0.9
    set_to(app, "game", "least")
    click(app, "probe.find_least")
    (before,) = [text for text in captions(app) if text.startswith("before: bird")]
    assert before == f"before: bird {float(chances(bird())[1]):.3f}"
    assert any(text.startswith("after: airplane") for text in captions(app))


@pytest.mark.parametrize("key", ["net_sketches", BATCH_NORM])
def test_train_and_eval(key: str) -> None:
    app, own = opened(experiment="modes", model=f"shipped:{key}"), plain(key)
    right, other = own.accuracy(), own.accuracy_in_train(16)
    assert metrics(app) == {"in model.eval()": f"{right:.2%}", "in model.train()": f"{other:.2%}"}
    counts = f"right about {1000 * right:.0f} of 1,000 pictures, in train() about {1000 * other:.0f}."
    assert any(counts in text for text in texts(app))
    assert (other < right) is (key == BATCH_NORM)
    assert any("both modes are the same" in info.value for info in app.info) is (key == "net_sketches")


def test_dropout_costs_accuracy_in_train_and_a_click_leads_to_it() -> None:
    app = opened(experiment="modes")
    click(app, f"probe.ask.modes.{DROPOUT}")
    assert app.query_params["model"] == f"shipped:{DROPOUT}"
    found = {name: float(text.rstrip("%")) for name, text in metrics(app).items()}
    assert found["in model.eval()"] == 100 * plain(DROPOUT).accuracy()
    assert found["in model.train()"] < found["in model.eval()"] - 1


def test_surgery() -> None:
    app = opened(experiment="surgery", pruned=0.5)
    own = plain()
    assert metrics(app)["Accuracy before"] == f"{own.accuracy():.2%}"
    assert metrics(app)["after"] == f"{own.without_kernel('conv1', 0).accuracy():.2%}"
    zeros, weights = metrics(app)["Weights at zero"].replace(",", "").split(" / ")
    assert int(weights) == sum(p.numel() for p in own.network.parameters() if p.dim() > 1)
    assert int(zeros) == int(weights) // 2
    click(app, "probe.sweep")
    bars = chart(app)["data"][0]["y"]
    wanted = [own.without_kernel("conv1", channel).accuracy() for channel in range(len(bars))]
    assert bars == pytest.approx(wanted, abs=0.0011)
    assert any("of 1,000 pictures" in text for text in captions(app))


def test_the_code_says_the_same(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(experiment="code")
    (tmp_path / "my_picture.png").write_bytes(png(bird()))
    folder = tmp_path / "convlab" / "weights"
    folder.mkdir(parents=True)
    (folder / "net_sketches.safetensors").write_bytes(bundled.file("net_sketches").read_bytes())
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    exec(compile(script(app), "verdict.py", "exec"), space)
    assert torch.allclose(space["probabilities"].double(), chances(bird()), atol=1e-6)


def test_the_zip_of_the_photographs_is_their_networks_own(shared: Any) -> None:
    """Whoever brings it finds on the page what the model card says."""
    data = pictures.read_zip(shared / "data" / "birds_vs_airplanes.zip", "photographs")
    key = shelf.put(data)
    try:
        for name in ("net", "net_fast"):
            app = fresh(experiment="mistakes", model=f"shipped:{name}")
            card = bundled.card(name)
            assert app.selectbox(key="probe.data").options[0] == "Its own: CIFAR-10 (photographs)"
            wrong = round(card["val_pictures"] * (1 - card["val_accuracy"]))
            assert metrics(app)["Wrong"] == f"{wrong} of 2,000"
            assert metrics(app)["Loss"] == f"{card['val_loss']:.4f}"
    finally:
        shelf.file(key).unlink()
