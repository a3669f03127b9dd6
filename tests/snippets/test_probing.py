"""The scripts of Probe's experiments are run beside their files, and find what the library finds."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from convlab.datasets import exams
from convlab.networks.checkpoints import Match, WeightsFile
from convlab.networks.edits import NONE
from convlab.pictures import crop, drawings, images
from convlab.pictures.board import Board
from convlab.pictures.photographs import PHOTOGRAPHS, photograph
from convlab.probing import adversarial, attribution, bundled, evaluation, modes, ood, perturbations, surgery
from convlab.probing.probe import Probe
from convlab.snippets import probing, verdict
from tests.few import few_sketches
from tests.snippets.test_convolution import run

WEIGHTS = WeightsFile("weights.safetensors")
MATCH = Match("net_batch_norm", {})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the network's weights and a picture, few sketches on the shelf."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    few_sketches()
    monkeypatch.chdir(tmp_path)
    save_file(asked().network.state_dict(), WEIGHTS.name)
    images.to_pillow(drawn()).save("my_picture.png")


def asked() -> Probe:
    return bundled.weights("net_batch_norm_sketches").probe


def drawn() -> torch.Tensor:
    return drawings.draw("bird", 48)


def seen() -> torch.Tensor:
    return crop.cut(drawn())


def of_a_picture(*lines: str) -> dict[str, Any]:
    """What a script behind the verdict's leaves behind."""
    said = verdict.verdict(asked(), MATCH, WEIGHTS, "my_picture.png", (48, 48))
    found = run(probing.behind(said, asked(), *lines))
    assert torch.equal(found["pixels"], seen())
    return found


def of_a_set(*lines: str) -> dict[str, Any]:
    """What a script about validation pictures leaves behind."""
    return run(probing.bare(asked(), MATCH, WEIGHTS, NONE, probing.examined("sketches"), *lines))


def split() -> Any:
    exam = exams.get("sketches")
    return evaluation.matched(asked(), exam.classes, exam.val)


def evaluated() -> Any:
    return evaluation.evaluate(asked(), split().images, split().labels)


def test_four_ways_makes_the_maps_and_what_is_left_of_them() -> None:
    found = of_a_picture(probing.four_ways(1, None))
    for key, method in attribution.METHODS.items():
        assert torch.allclose(found["maps"][key], method.explain(asked(), seen(), 1), atol=1e-6)
        steps = attribution.survival(asked(), seen(), 1, attribution.method(key))
        assert [step.correlation for step in found["left"][key]] == pytest.approx(
            [step.correlation for step in steps], abs=1e-4
        )
    assert found["difference"] == pytest.approx(attribution.logit_difference(asked(), seen(), 1), abs=1e-5)


def test_what_it_gets_wrong() -> None:
    found = of_a_set(probing.mistakes(2.0))
    result = evaluated()
    assert torch.equal(found["found"].confusion, result.confusion)
    assert found["best"] == pytest.approx(evaluation.best_temperature(result))
    assert found["surest"] == evaluation.mistakes(result, probing.SHOWN)
    assert found["least"] == evaluation.least_certain(result, probing.SHOWN)


@pytest.mark.parametrize("kind", ["noise", "plain", "photos", "data"])
def test_sure_of_anything(kind: str) -> None:
    found = of_a_set(probing.outside(kind, 50, "sketches"), probing.compared("energy", 0.25))
    strangers = {
        "noise": ood.uniform_noise(50),
        "plain": ood.plain_colours(),
        "photos": torch.stack([crop.cut(photograph(key)) for key in PHOTOGRAPHS]),
        "data": exams.get("sketches").val.images,
    }[kind]
    logits = asked().logits(strangers)
    assert torch.allclose(found["logits"], logits, atol=1e-5)
    assert found["told"] == ood.sureness(logits)
    comparison = ood.compare(evaluated().logits, logits, "energy")
    assert found["comparison"].auroc == pytest.approx(comparison.auroc, abs=1e-3)
    edges = comparison.histogram(40)[0]
    threshold = float(edges[0] + 0.25 * (edges[-1] - edges[0]))
    assert found["refused"] == pytest.approx(comparison.refused(threshold), abs=0.02)


def test_a_threshold_of_probabilities_is_one() -> None:
    found = of_a_set(probing.outside("plain", 0), probing.compared("max_softmax", 0.9))
    comparison = ood.compare(evaluated().logits, asked().logits(ood.plain_colours()), "max_softmax")
    assert found["refused"] == pytest.approx(comparison.refused(0.9))


def test_the_picture_pushed_and_all_pictures_pushed() -> None:
    found = of_a_picture(
        probing.pushed("shift", [-2.0, 0.0, 3.0], 1.5),
        probing.examined("sketches"),
        probing.pushed_all("shift", [0.0, 4.0]),
    )
    pictures = perturbations.pictures(asked(), seen(), "shift", [-2.0, 0.0, 3.0])
    assert torch.allclose(found["chances"], asked().probabilities(pictures, 1.5), atol=1e-6)
    assert found["along"] == perturbations.accuracy_along(asked(), split(), "shift", [0.0, 4.0])


def test_the_games() -> None:
    board = Board.nearest(seen())
    found = of_a_picture(
        probing.painted(board.encode()), probing.ascended(0, 0.5, "l2"), probing.least_change(0, "linf")
    )
    assert torch.equal(found["after"], board.painted_on(seen()))
    edit = adversarial.ascend(asked(), seen(), 0, 0.5, "l2")
    assert torch.allclose(found["edit"].probabilities, edit.probabilities, atol=1e-4)
    flips = adversarial.least_change(asked(), seen()[None], 0, "linf")
    assert found["flips"].upper_bounds.item() == pytest.approx(flips.upper_bounds.item(), rel=1e-2)


def test_both_modes() -> None:
    found = of_a_set(probing.in_both_modes(4, "by_class", 3))
    assert found["measured"] == [
        modes.measure(asked(), split(), training, 4, "by_class", 3) for training in (False, True)
    ]


@pytest.mark.parametrize(
    ("in_channel", "value"), [(None, 0.0), (1, torch.tensor([[0.0, 1, 0], [1, 0.1, 1], [0, 1, 0]]))]
)
def test_surgery(in_channel: int | None, value: Any) -> None:
    found = of_a_set(probing.operated("conv1", 2, in_channel, value, 0.5))
    edited = surgery.edited(asked(), "conv1", 2, in_channel, value)
    assert torch.equal(found["edited"].network.conv1.weight, edited.network.get_parameter("conv1.weight"))
    pictures, labels = split().images, split().labels
    assert found["after"] == evaluation.evaluate(edited, pictures, labels).accuracy
    assert found["without"] == list(surgery.knock_outs(asked(), split(), "conv1"))
    assert found["left"] == evaluation.evaluate(surgery.pruned(asked(), 0.5).probe, pictures, labels).accuracy
