"""The slips of 8.2.2 to 8.5.3 about networks: what PyTorch says and makes, against figures found by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

from convlab.chapter import on_networks
from convlab.chapter.facts import Facts
from convlab.datasets import sketches
from convlab.networks import designs
from convlab.networks.variants import NetBatchNorm, NetResDeep


def values(facts: Facts) -> dict[str, float | int | str | None]:
    return {fact.key: fact.value for fact in facts}


def test_names_that_are_not_there_and_a_pool_that_halves_the_maps() -> None:
    found = values(on_networks.names())
    assert found["pool_2d"] == "[1, 16, 16, 16]"
    assert found["pool_3d"] == "[1, 8, 16, 16]"
    assert found["seen"] == 32 * 32
    for key, name in (("pool3", "pool3"), ("model", "Model"), ("norm", "BatchNorm1D")):
        assert str(found[key]).startswith("AttributeError: ")
        assert repr(name) in str(found[key])
    assert found["train"] == "method"
    assert found["training"] == "False"


def test_net_makes_16_numbers_of_27() -> None:
    found = values(on_networks.first_outputs())
    assert (found["numbers_in"], found["numbers_out"]) == (27, 16)
    assert found["net_width"] == "[32, 3, 3, 3]"


def test_only_the_cross_entropy_itself_falls_when_it_is_minimised() -> None:
    found = values(on_networks.loss_sign())
    before, better, worse = (found[key] for key in ("before", "minimised", "negated"))
    assert isinstance(before, float)
    assert isinstance(better, float)
    assert isinstance(worse, float)
    assert better < before - 0.005 < before + 0.005 < worse
    assert before == pytest.approx(0.693, abs=0.02)  # an untrained network guesses


@pytest.mark.parametrize("count", [10, 100])
def test_a_repeated_block_has_75810_parameters_at_any_depth(count: int) -> None:
    found = values(on_networks.blocks())
    assert found[f"shared_{count}"] == 75_810
    assert found[f"separate_{count}"] == {10: 159_330, 100: 994_530}[count]
    built = NetResDeep(32, count)
    assert sum(p.numel() for p in built.parameters()) == found[f"separate_{count}"]
    assert (found["lr_deep"], found["lr_res"]) == (3e-3, 1e-2)


def test_a_weight_of_a_half_is_a_deviation_not_a_variance() -> None:
    found = values(on_networks.half())
    assert found["std"] == pytest.approx(0.5, abs=1e-4)
    assert found["variance"] == pytest.approx(0.25, abs=1e-4)


def test_the_class_has_batch_norm_before_tanh() -> None:
    found = values(on_networks.order())
    assert found["steps"] == "conv1, conv1_batchnorm, tanh, max_pool2d"
    assert found["before"] == pytest.approx(1, abs=1e-3)
    net = designs.seeded(NetBatchNorm, 0)
    pictures, _labels = on_networks._pictures()
    assert pictures.shape == (32, 3, 32, 32)
    maps = F.conv2d(pictures, net.conv1.weight, net.conv1.bias, padding=1)
    assert found["behind"] == pytest.approx(maps.std().item(), rel=1e-5)


def test_joined_outputs_grow_and_added_ones_do_not() -> None:
    assert values(on_networks.joined()) == {"added": 16, "joined": 64}


def test_the_notebooks_loader_repeats_itself_and_its_validation_depends_on_the_batch() -> None:
    found = values(on_networks.notebook())
    assert found["batches"] == found["unshuffled"] == 157
    assert found["shuffled"] == 0
    assert found["eval"] == 0
    assert isinstance(found["train"], float)
    assert found["train"] > 0.05


def test_the_sketches_are_labelled_as_they_are_drawn() -> None:
    pictures, labels = on_networks._pictures()
    assert labels.tolist() == sketches.validation().labels[:32].tolist()
    assert isinstance(nn.functional.cross_entropy(torch.zeros(32, 2), labels).item(), float)
    assert pictures.isfinite().all()


def test_a_network_is_traced_for_this_thread_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """fx.symbolic_trace patches nn.Module: a forward pass of another thread would fail beside it."""
    monkeypatch.delattr(fx, "symbolic_trace")
    assert values(on_networks.order())["steps"] == "conv1, conv1_batchnorm, tanh, max_pool2d"
