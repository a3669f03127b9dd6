"""What the lab is told of a layer's insides: the open map unfolded, and how units are made in the browser."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from convlab.networks import receptive_field
from convlab.networks.recording import record
from convlab.ui.feature_maps import unfolded
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import ForwardPass, forward_pass
from convlab.ui.picture import working_picture


def opened(**given: object) -> ForwardPass:
    controls = FeatureMapsControls.model_validate(given)
    forward = forward_pass(controls, working_picture(controls.fitting)[0])
    assert forward is not None
    return forward


def of(module: nn.Module, channels: int, size: int) -> ForwardPass:
    """A pass of any module."""
    recording = record(
        module, torch.randn(1, channels, size, size, generator=torch.Generator().manual_seed(0))
    )
    assert recording.network is not None
    rows = {row.layer.name: row for row in receptive_field.table(recording.network)}
    return replace(opened(), recording=recording, fields=rows)


def test_an_open_map_reads_every_map_before_it() -> None:
    forward = opened()
    found = unfolded.ladder(forward, "conv2", (3, 8, 8))
    assert found is not None
    assert (found.layer, found.channel, found.source) == (4, 3, 3)
    assert (found.first, found.maps, found.others) == (0, list(range(16)), 0)
    assert found.kernels.shape == (16, 3, 3)
    assert after(forward, "conv2") == "tanh2"
    total = found.partial.double().sum(0) + found.bias
    assert torch.allclose(total.float(), forward.output("conv2")[3], atol=1e-5)


def test_of_many_maps_the_strongest_for_the_unit_come_first_and_the_others_are_one_sum() -> None:
    forward = of(nn.Sequential(nn.Conv2d(128, 4, 3, padding=1)), 128, 6)
    found = unfolded.ladder(forward, "0", (2, 1, 4))
    assert found is not None
    assert (len(found.maps), found.others, len(found.partial)) == (32, 96, 33)
    shares = found.partial[:32, 1, 4].abs()
    assert shares.tolist() == sorted(shares.tolist(), reverse=True)
    total = found.partial.double().sum(0) + found.bias
    assert torch.allclose(total.float(), forward.output("0")[2], atol=1e-4)


def test_large_maps_are_fewer() -> None:
    found = unfolded.ladder(of(nn.Sequential(nn.Conv2d(20, 2, 1)), 20, 224), "0", (1, 3, 3))
    assert found is not None
    assert (len(found.maps), found.others) == (8, 12)


def test_only_a_convolution_of_maps_is_unfolded() -> None:
    forward = opened()
    for name in ("input", "tanh1", "pool1"):
        assert unfolded.ladder(forward, name, (0, 0, 0)) is None
    assert unfolded.ladder(forward, "fc1", (0,)) is None


def test_what_follows_is_the_layer_that_takes_the_values_one_by_one() -> None:
    norms = opened(network="net_batch_norm", weights="random")
    assert after(norms, "conv1") == "conv1_batchnorm"
    assert after(norms, "conv1_batchnorm") is None  # it sums nothing
    assert after(of(nn.Sequential(nn.Conv2d(1, 1, 1), nn.Identity()), 1, 4), "0") is None
    assert [after(opened(), name) for name in ("fc1", "fc2")] == ["tanh3", None]


def after(forward: ForwardPass, name: str) -> str | None:
    turned = unfolded.after(forward.recording, name)
    return turned.name if turned else None


def test_weights_go_along_as_long_as_they_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = opened()
    assert set(unfolded.made(forward, "conv2")) == set(forward.names[1:])
    monkeypatch.setattr(unfolded, "_MOST_WEIGHTS", 2000)
    few = unfolded.made(forward, "conv2")
    assert "fc1" not in few
    assert {"conv1", "conv2", "pool1"} <= set(few)
    monkeypatch.setattr(unfolded, "_MOST_WEIGHTS", 1200)  # conv1 has 448, conv2 1,160
    few = unfolded.made(forward, "conv2")
    assert "conv1" not in few
    assert {"conv2", "pool1", "tanh1"} <= set(few)
