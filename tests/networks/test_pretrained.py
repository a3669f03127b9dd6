"""torchvision's networks: each is opened or refused in a sentence; weights come from files alone."""

import io
from pathlib import Path

import pytest
import torch
from torchvision import models

from convlab.errors import UserError
from convlab.networks import checkpoints, foreign, graph, parameters, pretrained, receptive_field, recording

TRANSFORMERS = ("vit", "swin", "maxvit")


def saved(state_dict: object) -> bytes:
    file = io.BytesIO()
    torch.save(state_dict, file)
    return file.getvalue()


def test_every_network_of_torchvision_is_offered_or_too_large_or_has_no_maps() -> None:
    names = set(models.list_models(models))
    assert set(pretrained.ARCHITECTURES) <= names
    for name in names - set(pretrained.ARCHITECTURES):
        count = models.get_model_weights(name).DEFAULT.meta["num_params"]
        assert count > foreign.MAX_PARAMETERS or name.startswith(TRANSFORMERS), name
    counts = {
        name: models.get_model_weights(name).DEFAULT.meta["num_params"] for name in pretrained.ARCHITECTURES
    }
    assert max(counts.values()) <= foreign.MAX_PARAMETERS


@pytest.mark.parametrize(
    "name",
    ["resnet18", "shufflenet_v2_x0_5", "convnext_tiny", "mobilenet_v3_small", "googlenet", "regnet_y_400mf"],
)
def test_a_network_opens_on_the_picture_that_it_takes(name: str) -> None:
    network = models.get_model(name, weights=None, **pretrained.options(name)).eval()
    side = pretrained.side_px(name)
    opened = foreign.traced(network, (3, side, side), name)
    assert side % 32 == 0
    assert foreign.values(opened) <= foreign.MAX_VALUES
    assert receptive_field.without_rule(opened) == {}
    assert opened.layers[-1].shape == (1000,)


@pytest.mark.parametrize("name", ["vit_b_32", "swin_t", "maxvit_t"])
def test_what_has_no_maps_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(UserError, match="by attention"):
        pretrained.side_px(name)


def test_what_is_too_large_or_unknown_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="parameters and may have"):
        pretrained.side_px("vgg16")
    with pytest.raises(UserError, match="no such network"):
        pretrained.side_px("resnet19")


def test_random_weights_follow_the_seed() -> None:
    made = pretrained.random("squeezenet1_1", 3)
    torch.manual_seed(3)
    wanted = models.squeezenet1_1(weights=None).state_dict()
    assert all(torch.equal(wanted[name], value) for name, value in made.network.state_dict().items())
    assert (made.input_shape, made.classes, made.mean) == ((3, 224, 224), (), pretrained.MEAN)
    assert not made.network.training


def test_weights_of_a_file_are_those_of_the_file() -> None:
    source = models.squeezenet1_1(weights=None).eval()
    made, file = pretrained.loaded("squeezenet1_1", saved({"model": source.state_dict()}))
    assert file.keys == ("model",)
    assert made.classes[:2] == ("tench", "goldfish")
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(made.network(x), source(x))


def test_a_network_trained_on_has_its_own_number_of_classes() -> None:
    source = models.shufflenet_v2_x0_5(weights=None, num_classes=7)
    made, _file = pretrained.loaded("shufflenet_v2_x0_5", saved(source.state_dict()))
    assert made.classes == tuple(f"class {n}" for n in range(7))


def test_old_names_of_densenet_are_read() -> None:
    assert pretrained._renamed("features.denseblock1.denselayer2.norm.1.weight") == (
        "features.denseblock1.denselayer2.norm1.weight"
    )
    assert pretrained._renamed("classifier.bias") == "classifier.bias"


def test_other_weights_are_refused_with_the_tensor_that_does_not_fit() -> None:
    weights = models.squeezenet1_1(weights=None).state_dict()
    weights["features.0.weight"] = torch.zeros(1, 2)
    with pytest.raises(UserError, match=r"features\.0\.weight is float32 \[64, 3, 3, 3\] there"):
        pretrained.loaded("squeezenet1_1", saved(weights))
    del weights["features.0.weight"]
    with pytest.raises(UserError, match=r"it also needs features\.0\.weight"):
        pretrained.loaded("squeezenet1_1", saved(weights))
    with pytest.raises(UserError, match="damaged or no checkpoint"):
        pretrained.loaded("squeezenet1_1", b"no checkpoint")


def test_trained_weights_come_from_the_folder_of_torch_hub_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert pretrained.stored("squeezenet1_1") is None
    with pytest.raises(UserError, match="no trained weights of squeezenet1_1 here"):
        pretrained.trained("squeezenet1_1")
    source = models.squeezenet1_1(weights=None)
    name = str(models.SqueezeNet1_1_Weights.DEFAULT.url).rpartition("/")[2]
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / name).write_bytes(saved(source.state_dict()))
    assert pretrained.stored("squeezenet1_1") == tmp_path / "checkpoints" / name
    made = pretrained.trained("squeezenet1_1").network
    assert torch.equal(made.features[0].weight, source.features[0].weight)  # type: ignore[index, union-attr]


def test_heads_that_do_not_run_are_named() -> None:
    with torch.device("meta"):
        network = models.googlenet(weights=None, **pretrained.options("googlenet"))
    opened = graph.trace(network.eval(), (3, 224, 224))
    unused = parameters.unused(opened)
    assert list(unused) == ["aux1", "aux2"]
    assert sum(unused.values()) == opened.other_parameters > 6_000_000


def test_every_value_is_pytorchs() -> None:
    made = pretrained.random("shufflenet_v2_x0_5", 0)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(recording.record(made.network, x).result, made.network(x))


def test_a_file_of_another_size_than_checkpoints_may_be_larger_in_the_folder() -> None:
    with pytest.raises(UserError, match="may have 128"):
        pretrained.loaded("squeezenet1_1", bytes(checkpoints.MAX_BYTES + 1))
