"""Probe's experiments: each shows the library's numbers, and the chapter's."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Split
from convlab.networks import checkpoints
from convlab.networks.designs import seeded
from convlab.networks.variants import NetBatchNorm
from convlab.pictures import crop, photographs
from convlab.pictures.board import Board
from convlab.probing import (
    adversarial,
    attribution,
    bundled,
    evaluation,
    modes,
    ood,
    perturbations,
    surgery,
)
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe
from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui import scales
from convlab.ui.networks import bundled_model
from convlab.ui.probe import made, perturb
from convlab.ui.probe.attribution import attribution_map
from convlab.ui.probe.controls import Experiment, Game
from tests.pages.probe_page import (
    click,
    controls,
    give_checkpoint,
    net,
    probe,
    saved,
    set_to,
    small_data,
    texts,
)
from tests.probing.conftest import val  # noqa: F401  (a fixture)
from tests.ui.driver import received, send, troubles

PLACES = {"outside": "inside"}
CAT = crop.cut(photographs.photograph("cat"))


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("convlab.ui.probe.data.QUICK_S", 600)  # a busy machine asks for no click more
        yield


@pytest.fixture(scope="module")
def small(_home: None) -> tuple[str, Dataset]:
    """A data set on the shelf, and its key."""
    found = small_data()
    return shelf.put(found), found


@pytest.fixture(scope="module")
def real(_home: None, val: Split) -> str:  # noqa: F811
    """The chapter's 2,000 validation pictures on the shelf."""
    few = Split(val.images[:2].clone(), val.labels[:2].clone())
    return shelf.put(Dataset("Birds and airplanes", ("airplane", "bird"), few, val))


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("experiment", get_args(Experiment))
def test_every_experiment_opens_without_a_click(experiment: str) -> None:
    app = probe(experiment=experiment)
    assert troubles(app) == []
    assert not app.warning


@pytest.mark.parametrize("game", get_args(Game))
def test_every_game_opens_without_a_click(game: str) -> None:
    app = probe(experiment="arena", game=game)
    assert troubles(app) == []
    assert not app.warning


@pytest.mark.parametrize("experiment", ["mistakes", "outside", "modes", "surgery", "change"])
def test_a_network_whose_pictures_are_not_here_is_examined_on_no_others(experiment: str) -> None:
    app = probe(experiment=experiment)
    assert not shelf.ready("sketches")
    (info,) = [one.value for one in app.info if "not on this machine" in one.value]
    assert "Net (photographs)" in info.replace("\\", "")
    assert not {"Accuracy", "Accuracy before", "in model.eval()"} & metrics(app).keys()
    assert {"probe.download", f"probe.ask.{PLACES.get(experiment, experiment)}.net_sketches"} <= {
        str(one.key) for one in app.button
    }


# ---- attribution -------------------------------------------------------------------------------------------


def test_the_maps_are_captums_and_the_axiom_is_told() -> None:
    app = probe(experiment="four_ways", target=0)
    wanted = attribution.logit_difference(net(), CAT, 0)
    (told,) = [text for text in texts(app) if "add up to" in text]
    numbers = [float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.\d+", told)]
    assert numbers == pytest.approx([wanted, wanted], abs=0.004)
    for method in attribution.METHODS:
        values = attribution_map(bundled_model("net"), CAT, method, 0, "conv2")
        assert torch.equal(values, attribution.method(method)(net(), CAT, 0))


def test_the_sanity_check_waits_for_its_button_and_stays() -> None:
    app = probe(experiment="four_ways", target=1)
    assert not app.table
    click(app, "probe.survival.saliency")
    steps = attribution.survival(net(), CAT, 1, attribution.saliency)
    assert app.table[0].value["Randomised from"].tolist() == [step.layer for step in steps]
    told = [float(text.replace("−", "-")) for text in app.table[0].value["Correlation"]]
    assert told == pytest.approx([step.correlation for step in steps], abs=0.0051)
    for step in steps:  # each with its map, on the scale of its own values
        end = f"±{scales.largest(step.values):.2g}"
        assert any(text.startswith(f"from {step.layer}: ") and text.endswith(end) for text in told_below(app))
    set_to(app, "method", "saliency")
    assert len(app.table) == 1


def told_below(app: AppTest) -> list[str]:
    return [caption.value.replace("\\", "") for caption in app.caption]


def test_each_method_says_what_its_values_are_and_with_which_parameters() -> None:
    app = probe(experiment="four_ways")
    for method in attribution.METHODS.values():
        assert method.means.format(**method.settings) in told_below(app)
    assert any("Squares of 5 × 5 pixels, one every 2 pixels" in text for text in told_below(app))


# ---- mistakes ----------------------------------------------------------------------------------------------


def test_the_evaluation(small: tuple[str, Dataset]) -> None:
    key, data = small
    app = probe(experiment="mistakes", data=key)
    result = evaluate(net(), data.val.images, data.val.labels)
    assert metrics(app)["Accuracy"] == f"{result.accuracy:.1%}"
    assert metrics(app)["Calibration error"] == f"{evaluation.calibration(result).error:.1%}"
    assert metrics(app)["Best temperature"] == f"{evaluation.best_temperature(result):.2f}"
    assert received(app, "probe.confusion")[0]["counts"] == result.confusion.tolist()
    app.session_state["probe.mistakes.by_numbers"] = True
    table = app.run().table[0].value
    for column, name in enumerate(("airplane", "bird")):
        told = [int(text) for text in table[f"verdict: {name}"]]
        assert told == result.confusion[:, column].tolist()
    click(app, "probe.use_temperature")
    assert controls(app).temperature == pytest.approx(min(10, round(evaluation.best_temperature(result), 1)))


def test_the_book_on_the_chapters_pictures(real: str, shared: Path) -> None:
    """Validation accuracy .880 or .881 (8.4.1), and what shifts and noise do to the book's weights."""
    app = probe(experiment="mistakes", data=real, model="checkpoint")
    give_checkpoint(app, (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    assert metrics(app)["Accuracy"] in ("88.0%", "88.1%")
    set_to(app, "experiment", "change")
    click(app, "probe.measure_along")
    shares = [float(text) for text in app.table[-1].value["Accuracy"]]
    assert shares == pytest.approx([0.881, 0.8735, 0.859, 0.8155, 0.689], abs=0.0011)
    set_to(app, "experiment", "outside")  # 73% of noise over .95, nearly all of it airplane
    assert float(metrics(app)["over 95% sure"].rstrip("%")) == pytest.approx(73, abs=2)
    assert float(metrics(app)["classified as airplane"].rstrip("%")) > 97
    set_to(app, "other", "plain")
    captions = [caption.value.replace("\\", "") for caption in app.caption]
    assert "bird 0.942" in captions
    assert "airplane 0.921" in captions


def test_classes_that_the_network_does_not_know_get_a_sentence() -> None:
    key = shelf.put(small_data(("cat", "bird")))
    app = probe(experiment="mistakes", data=key)
    assert troubles(app) == []
    assert any("no class" in info.value for info in app.info)


def test_classes_in_another_order_are_matched_by_name() -> None:
    data = small_data(("Birds", "Airplanes"))
    app = probe(experiment="mistakes", data=shelf.put(data))
    swapped = Split(data.val.images, 1 - data.val.labels)
    assert metrics(app)["Accuracy"] == f"{evaluate(net(), swapped.images, swapped.labels).accuracy:.1%}"


# ---- out of distribution -----------------------------------------------------------------------------------


def test_a_threshold_refuses_what_scores_below(small: tuple[str, Dataset]) -> None:
    key, data = small
    app = probe(experiment="outside", data=key, threshold=0.8)
    logits = net().logits(ood.uniform_noise(2000))
    inside = net().logits(data.val.images)
    for score, label in (("max_softmax", "Largest"), ("energy", "Energy")):
        comparison = ood.compare(inside, logits, score)
        (value,) = [value for name, value in metrics(app).items() if name.startswith(f"AUROC, {label}")]
        assert value == f"{comparison.auroc:.3f}"
    refused_in, refused_out = ood.compare(inside, logits, "max_softmax").refused(0.8)
    assert any(f"**{refused_in:.1%}**" in text and f"**{refused_out:.1%}**" in text for text in texts(app))
    set_to(app, "score", "energy")
    assert troubles(app) == []


def test_another_data_set_is_outside(small: tuple[str, Dataset]) -> None:
    data = small_data(("cat", "dog"), count=40)
    key = shelf.put(data)
    app = probe(experiment="outside", other="data", other_data=key, data=small[0])
    logits = net().logits(data.val.images)
    assert metrics(app)["over 95% sure"] == f"{ood.sureness(logits).above[0.95]:.1%}"


# ---- perturbations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(perturbations.KINDS))
def test_along_the_slider(kind: str) -> None:
    app = probe(experiment="change")
    set_to(app, "change", kind)
    slider = perturbations.KINDS[kind]
    assert controls(app).amount == slider.neutral
    set_to(app, "amount", float(slider.highest))
    (chart,) = app.get("plotly_chart")
    spec = json.loads(chart.proto.spec)
    values = perturb.steps(slider)
    chances = net().probabilities(perturbations.pictures(net(), CAT, kind, values))
    for k, line in enumerate(spec["data"]):
        assert line["y"] == pytest.approx(chances[:, k].tolist(), abs=1e-5)
        assert line["x"] == pytest.approx(values)
    assert spec["layout"]["shapes"][0]["x0"] == slider.highest
    (picture,) = perturbations.pictures(net(), CAT, kind, [slider.highest])
    header, blobs = received(app, made.KEY)
    assert blobs["picture"] == (picture * 255).round().byte().numpy().tobytes()
    (said,) = header["verdicts"]
    assert said["probabilities"] == pytest.approx(net().probabilities(picture[None])[0].tolist(), abs=1e-6)
    watched = {"key": "st-key-probe-amount", "control": "amount", "value": slider.highest}
    assert header["watched"] == {**watched, "others": {"change": kind}}


# ---- the arena ---------------------------------------------------------------------------------------------


def test_the_score_board_ranks_and_forgets() -> None:
    app = probe(experiment="arena", picture="photo:galaxies")
    click(app, "probe.enter")
    click(app, "probe.enter")  # twice is once
    set_to(app, "picture", "photo:cat")
    click(app, "probe.enter")
    captions = [caption.value.replace("\\", "") for caption in app.caption]
    for place, key in ((1, "galaxies"), (2, "cat")):
        chances = net().probabilities(crop.cut(photographs.photograph(key))[None])[0]
        star = "★ " if chances.max() > 0.95 else ""
        told = f"{place}. {star}{net().classes[int(chances.argmax())]} {float(chances.max()):.3f}"
        assert any(text.startswith(told) for text in captions)
    assert "**1** of 2" in " ".join(texts(app))
    assert not [c for c in probe(experiment="arena").caption if c.value.startswith("1")]
    click(app, "probe.empty")
    assert any("No picture" in text for text in texts(app))


def test_painting_changes_only_what_is_painted() -> None:
    app = probe(experiment="arena", game="paint")
    fresh = Board.nearest(CAT)
    assert received(app, "probe.board")[1]["cells"] == fresh.cells
    cells = bytearray(fresh.cells)
    for n in range(200):
        cells[n] = 12 if cells[n] != 12 else 0
    board = Board(32, bytes(cells))
    send(app, "probe.board", "paint", f"1 {board.encode()}")
    assert troubles(app) == []
    after = board.painted_on(CAT)
    chances = net().probabilities(after[None])[0]
    header, blobs = received(app, made.KEY)
    assert blobs["picture"] == after.numpy().tobytes()
    assert header["verdicts"][0]["probabilities"] == pytest.approx(chances.tolist(), abs=1e-6)
    assert header["watched"]["value"] == board.encode()
    assert header["painted"] == 200
    again = probe(**dict(app.query_params))
    assert received(again, made.KEY)[0]["painted"] == 200
    click(app, "probe.unpaint")
    assert received(app, made.KEY)[0]["painted"] == 0


@pytest.mark.parametrize(("norm", "budget"), [("l2", 1.0), ("linf", 0.03)])
def test_gradient_ascent_within_its_budget(norm: Any, budget: float) -> None:
    app = probe(experiment="arena", game="ascend")
    if norm != "l2":
        set_to(app, "norm", norm)
    assert controls(app).budget == budget
    edit = adversarial.ascend(net(), CAT, 0, budget, norm)
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert spec["data"][0]["y"] == pytest.approx(edit.probabilities.tolist(), abs=1e-5)
    l2, linf = float(edit.change.norm()), float(edit.change.abs().max())
    assert any(f"L2 {l2:.3f}, largest {linf:.4f}" in text for text in texts(app))


def test_the_least_change() -> None:
    app = probe(experiment="arena", game="least")
    assert not any("is enough" in text for text in texts(app))
    click(app, "probe.find_least")
    size = float(adversarial.least_change(net(), CAT[None], 0).upper_bounds[0])
    assert any(f"**{size:.4f}** is enough" in text for text in texts(app))
    set_to(app, "goal", 1)
    click(app, "probe.find_least")
    assert any("already" in text for text in texts(app))


def short_run(width: int, key: str) -> runs.Run:
    """A run of NetWidth, one epoch of noise long."""
    told = {"design": "net_width", "options": {"n_chans1": width}, "data": key, "epochs": 1, "batch_size": 8}
    run = runs.create(Settings.parse(told), f"width {width}")
    worker.train(run)
    return run


def test_widths_are_compared_and_the_missing_ones_named(small: tuple[str, Dataset]) -> None:
    key, data = small
    run = short_run(8, key)
    app = probe(experiment="arena", game="least", data=key)
    assert any("16, 32, 64" in text for text in texts(app))
    links = [link.proto.query_string for link in app.page_link if link.value.startswith("Train ")]
    assert "design=net_width&n_chans1=64" in links
    click(app, "probe.compare_widths")
    table = app.table[0].value
    assert table["n_chans1"].tolist() == ["8"]
    asked = Probe(run.network_at(1), ("airplane", "bird"))
    flips = adversarial.least_change(asked, data.val.images[data.val.labels != 0][:24], 0).upper_bounds
    assert table["Median of the least change"].tolist() == [f"{float(flips.median()):.4f}"]


# ---- train() and eval(), surgery ---------------------------------------------------------------------------


def test_batch_norm_moves_with_the_batch(small: tuple[str, Dataset]) -> None:
    key, data = small
    module = seeded(NetBatchNorm, 0).eval()
    app = probe(experiment="modes", data=key, model="checkpoint")
    give_checkpoint(app, saved(module.state_dict()), classes="airplane, bird")
    own = Probe(module, ("airplane", "bird"))
    for size in (16, 4):
        set_to(app, "batch_size", size)
        for mode, training in (("in model.eval()", False), ("in model.train()", True)):
            wanted = modes.measure(own, data.val, training, size, "by_class")
            assert metrics(app)[mode] == f"{wanted.accuracy:.2%}"
    assert any("running_mean" in text for text in texts(app))
    assert not module.training


def test_surgery_silences_a_kernel(small: tuple[str, Dataset]) -> None:
    key, data = small
    app = probe(experiment="surgery", data=key)

    def after(layer: str, out_channel: int, in_channel: int | None, value: Any) -> str:
        cut = surgery.edited(net(), layer, out_channel, in_channel, value)
        return f"{evaluate(cut, data.val.images, data.val.labels).accuracy:.2%}"

    assert metrics(app)["after"] == after("conv1", 0, None, 0.0)
    set_to(app, "layer", "conv2")
    set_to(app, "out_channel", 3)
    set_to(app, "in_channel", 5)
    set_to(app, "kernel", "0 1 0; 1 5 1; 0 1 0")
    wanted = torch.tensor([[0.0, 1, 0], [1, 5, 1], [0, 1, 0]])
    assert metrics(app)["after"] == after("conv2", 3, 5, wanted)
    assert any("purple is 5." in caption.value for caption in app.caption)  # no weight is beyond the legend
    set_to(app, "kernel", "1 2; 3 4")  # another size
    assert len(app.warning) == 1
    assert "shape" in app.warning[0].value
    untouched = checkpoints.load(bundled.file("net").read_bytes()).module.state_dict()
    assert all(torch.equal(untouched[name], now) for name, now in net().network.state_dict().items())


def test_the_sweep_and_pruning(small: tuple[str, Dataset]) -> None:
    key, data = small
    app = probe(experiment="surgery", data=key, pruned=0.5)
    assert not app.get("plotly_chart")
    click(app, "probe.sweep")
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert spec["data"][0]["y"] == pytest.approx(list(surgery.knock_outs(net(), data.val, "conv1")))
    half = surgery.pruned(net(), 0.5)
    assert metrics(app)["Weights at zero"] == f"{half.zeros:,} / {half.weights:,}"
    assert (
        metrics(app)["Accuracy"] == f"{evaluate(half.probe, data.val.images, data.val.labels).accuracy:.2%}"
    )
