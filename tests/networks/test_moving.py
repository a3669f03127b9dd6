"""Item D19: ``Module.to`` is in place and ``Tensor.to`` is not; optimisers, mixtures, files, pinning."""

import io

import pytest
import torch
from torch import nn

from convlab.networks import moving
from convlab.networks.designs import Net, seeded
from convlab.networks.moving import KINDS, Fact

HERE = ("float64", "float16", "bfloat16", "meta")  # on every machine
NETWORKS = [kind for kind in KINDS if kind not in ("uint8", "cuda")]
NO_CUDA = not torch.cuda.is_available()


def facts(rows: tuple[Fact, ...]) -> dict[str, tuple[str | None, str]]:
    return {row.expression: (row.before, row.after) for row in rows}


@pytest.mark.parametrize("name", HERE)
def test_a_network_moves_in_place_and_a_tensor_does_not(name: str) -> None:
    found = moving.moved(name)
    network, tensor = facts(found.network), facts(found.tensor)
    device, dtype = ("meta", "torch.float32") if name == "meta" else ("cpu", f"torch.{name}")
    assert network["hex(id(model))"][0] == network["hex(id(model))"][1]
    assert network["moved is model"][1] == "True"
    assert network["model.conv1.weight.device"] == ("cpu", device)
    assert network["model.conv1.weight.dtype"] == ("torch.float32", dtype)
    assert tensor["hex(id(x))"][0] == tensor["hex(id(x))"][1]
    assert (tensor["x.device"], tensor["x.dtype"]) == (("cpu", "cpu"), ("torch.float32", "torch.float32"))
    assert (tensor["y is x"][1], tensor["y.device"][1], tensor["y.dtype"][1]) == ("False", device, dtype)
    assert tensor["x.to(x.device) is x"][1] == "True"


@pytest.mark.parametrize("name", HERE)
def test_a_parameter_stays_the_same_object_but_on_the_way_to_meta(name: str) -> None:
    network = facts(moving.moved(name).network)
    model = seeded(Net, 0)
    weight = model.conv1.weight
    same = model.to(moving.target(name)).conv1.weight is weight
    assert same == (name != "meta")
    assert network["model.conv1.weight is weight"][1] == str(same)
    before, after = network["hex(id(model.conv1.weight))"]
    assert (before == after) == same


@pytest.mark.parametrize("name", [*HERE, moving.TO_EMPTY])
def test_an_optimiser_made_after_moving_holds_the_networks_parameters(name: str) -> None:
    found = moving.stepped(name, optimizer_first=False)
    assert [one.name for one in found.held] == [name for name, _ in Net().named_parameters()]
    assert all(one.in_network == one.in_optimizer for one in found.held)
    assert found.change is None if name == "meta" else found.change


@pytest.mark.parametrize("name", [*HERE, moving.TO_EMPTY])
def test_an_optimiser_made_before_moving_is_left_behind_where_there_are_new_parameters(name: str) -> None:
    found = moving.stepped(name, optimizer_first=True)
    lost = name in ("meta", moving.TO_EMPTY)
    assert {one.in_network == one.in_optimizer for one in found.held} == {not lost}
    if name == moving.TO_EMPTY:
        assert found.change == 0.0
    elif name != "meta":
        assert found.change == moving.stepped(name, optimizer_first=False).change != 0


def test_the_step_is_one_of_sgd() -> None:
    model = seeded(Net, 0)
    pictures, labels = moving.batch()
    nn.functional.cross_entropy(model(pictures), labels).backward()
    found = moving.stepped(moving.TO_EMPTY, optimizer_first=False).change
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert found == pytest.approx(moving.LR * max(float(one.abs().max()) for one in gradients), rel=1e-3)


def test_what_the_maths_say_of_new_parameters() -> None:
    assert torch.__future__.get_overwrite_module_params_on_conversion() is False
    model = seeded(Net, 0)
    weight = model.conv1.weight
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        assert model.double().conv1.weight is not weight
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("picture", [kind for kind in KINDS if kind != "cuda"])
@pytest.mark.parametrize("mended", [False, True])
def test_a_mixture_is_refused_in_pytorchs_words(network: str, picture: str, mended: bool) -> None:
    found = moving.mixed(network, picture, mended)
    device, dtype = KINDS[network]
    model = seeded(Net, 0).to(device, dtype)
    x = torch.zeros(1, 3, 32, 32, dtype=KINDS[picture][1], device=KINDS[picture][0])
    try:
        logits = model(x.to(model.conv1.weight) if mended else x)
        said = f"logits: [1, 2], {logits.dtype}, {logits.device}"
    except RuntimeError as error:
        said = f"{type(error).__name__}: {error}"
    assert found.said == said
    mendable = picture != "meta" or network == "meta"
    assert found.runs == (mendable if mended else network == picture)


def test_the_sentences_of_dtypes_and_devices() -> None:
    assert "Input type (double) and bias type (float)" in moving.mixed("float32", "float64").said
    assert "Input type (unsigned char) and bias type (float)" in moving.mixed("float32", "uint8").said
    assert "meta" in moving.mixed("float32", "meta").said
    assert "Cannot copy out of meta tensor; no data!" in moving.mixed("float32", "meta", mended=True).said
    assert "to_empty" in moving.back_from_meta()


def test_arithmetic_mixes_dtypes_as_the_notes_say() -> None:
    assert (torch.zeros(1) + torch.zeros(1, dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize(("where", "devices"), [(None, ("cpu",)), ("cpu", ("cpu",)), ("meta", ("meta",))])
def test_map_location_says_where_tensors_go(where: str | None, devices: tuple[str, ...]) -> None:
    found = moving.mapped(seeded(Net, 0).state_dict(), where)
    assert (found.devices, found.said) == (devices, "")


@pytest.mark.parametrize("name", [*KINDS, *moving.MOVES])
@pytest.mark.parametrize("found", [False, True])
def test_what_is_absent_is_a_gpu(name: str, found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: found)
    assert moving.absent(name) == (name in ("cuda", "mps") and not found)


@pytest.mark.skipif(not NO_CUDA, reason="there is a GPU here")
def test_without_a_gpu_pytorch_says_so() -> None:
    model = seeded(Net, 0)
    torch.save(model.state_dict(), file := io.BytesIO())
    file.seek(0)
    with pytest.raises(RuntimeError) as refused:
        torch.load(file, weights_only=True, map_location="cuda")
    assert moving.mapped(model.state_dict(), "cuda").said == f"RuntimeError: {refused.value}"
    with pytest.raises((RuntimeError, AssertionError)) as not_pinned:
        torch.zeros(1).pin_memory()
    assert moving.pinned() == moving.words_of(not_pinned.value)
    assert "no accelerator is found" in moving.pinned_loader()
    with pytest.raises((RuntimeError, AssertionError)) as not_moved:
        model.to("cuda")
    said = moving.words_of(not_moved.value)
    assert moving.moved("cuda").said == moving.stepped("cuda", True).said == said
    assert moving.mixed("cuda", "float32").said == said


@pytest.mark.skipif(NO_CUDA, reason="there is no GPU here")
def test_with_a_gpu_the_same_with_it() -> None:
    assert moving.mapped(seeded(Net, 0).state_dict(), "cuda").devices == ("cuda:0",)
    assert moving.pinned() == "True"
    assert moving.pinned_loader() == ""
    network = facts(moving.moved("cuda").network)
    assert network["model.conv1.weight is weight"][1] == "True"
    assert network["model.conv1.weight.device"] == ("cpu", "cuda:0")
    assert moving.stepped("cuda", True).change == moving.stepped("cuda", False).change != 0
    assert moving.mixed("cuda", "cuda").runs
    assert "same device" in moving.mixed("cuda", "float32").said
