"""Items D19 and C12: what ``load_state_dict`` makes of weights in a network that has changed."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import checkpoints, state_dicts
from convlab.networks.designs import Net, seeded
from convlab.networks.state_dicts import CHANGES, Fate

ALL = "<All keys matched successfully>"
# Loaded, missing, unexpected, of another size, counters; whether PyTorch raises, strictly and not.
FATES: dict[str, tuple[tuple[int, int, int, int, int], bool, bool]] = {
    "same": ((8, 0, 0, 0, 0), False, False),
    "renamed": ((6, 2, 2, 0, 0), True, False),
    "features": ((6, 0, 2, 0, 0), True, False),
    "batch_norm": ((8, 8, 0, 0, 2), True, False),
    "dropout": ((8, 0, 0, 0, 0), False, False),
    "depth": ((7, 2, 0, 1, 0), True, True),
    "width": ((3, 0, 0, 5, 0), True, True),
    "kernel": ((6, 0, 0, 2, 0), True, True),
    "classes": ((6, 0, 0, 2, 0), True, True),
    "sequential": ((0, 8, 8, 0, 0), True, False),
}
NAMES: tuple[Fate, ...] = ("loaded", "missing", "unexpected", "mismatch", "own")


def weights() -> dict[str, Tensor]:
    return dict(seeded(Net, 0).state_dict())


def words(model: nn.Module, state_dict: Mapping[str, Tensor], strict: bool) -> str:
    """PyTorch's own, of an error or not."""
    try:
        return str(model.load_state_dict(state_dict, strict=strict))
    except RuntimeError as error:
        return f"RuntimeError: {error}"


def test_each_change_is_in_the_table() -> None:
    assert list(FATES) == list(CHANGES)
    with pytest.raises(UserError, match="There is no changed network 'other'"):
        state_dicts.change("other")


@pytest.mark.parametrize("key", CHANGES)
@pytest.mark.parametrize("strict", [True, False])
def test_each_change_has_the_fates_that_pytorch_gives_it(key: str, strict: bool) -> None:
    counts, raised, raised_loosely = FATES[key]
    loading = state_dicts.load(CHANGES[key].build(1), weights(), strict)
    assert tuple(map(loading.count, NAMES)) == counts
    assert loading.raised == (raised if strict else raised_loosely)
    assert loading.said == words(CHANGES[key].build(1), weights(), strict)


@pytest.mark.parametrize("key", CHANGES)
@pytest.mark.parametrize("strict", [True, False])
def test_what_fits_is_copied_before_pytorch_complains_and_the_rest_stays(key: str, strict: bool) -> None:
    saved, fresh = weights(), CHANGES[key].build(1).state_dict()
    loading = state_dicts.load(CHANGES[key].build(1), saved, strict)
    for entry in loading.entries:
        if entry.fate == "loaded":
            assert entry.after is not None
            assert torch.equal(entry.after, saved[entry.name])
        elif entry.before is not None:
            assert entry.after is not None
            assert torch.equal(entry.after, entry.before)
            assert torch.equal(entry.before, fresh[entry.name])
    assert {name for name, tensor in loading.model.state_dict().items()} == set(fresh)


@pytest.mark.parametrize("key", CHANGES)
def test_pytorch_names_each_tensor_that_is_missing_unexpected_or_of_another_size(key: str) -> None:
    loading = state_dicts.load(CHANGES[key].build(1), weights())
    for entry in loading.entries:
        named = f'"{entry.name}"' in loading.said or f"size mismatch for {entry.name}:" in loading.said
        assert named == (entry.fate not in ("loaded", "own")), entry.name


def test_the_chapters_words() -> None:
    assert state_dicts.load(seeded(Net, 1), weights()).said == ALL
    assert state_dicts.load(CHANGES["dropout"].build(1), weights()).said == ALL
    said = state_dicts.load(CHANGES["renamed"].build(1), weights()).said
    assert 'Missing key(s) in state_dict: "hidden.weight", "hidden.bias"' in said
    assert 'Unexpected key(s) in state_dict: "fc1.weight", "fc1.bias"' in said
    assert "size mismatch for conv1.weight" in state_dicts.load(CHANGES["kernel"].build(1), weights()).said


def test_a_loaded_tensor_stays_the_same_object() -> None:
    model = seeded(Net, 1)
    held = list(model.parameters())
    state_dicts.load(model, weights())
    assert all(one is other for one, other in zip(model.parameters(), held, strict=True))


def test_the_books_own_file(shared: Path) -> None:
    data = (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes()
    given, file = checkpoints.weights(data, lambda tensors: tensors)
    loading = state_dicts.load(seeded(Net, 1), given)
    assert (loading.said, loading.count("loaded"), file.keys, file.prefix) == (ALL, 8, (), "")
    read = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    assert all(torch.equal(read[name], tensor) for name, tensor in loading.model.state_dict().items())


def test_networks_that_differ_in_names_alone_compute_the_same() -> None:
    picture, net = torch.randn(1, 3, 32, 32), seeded(Net, 0)
    renamed = {name.replace("fc1", "hidden"): tensor for name, tensor in net.state_dict().items()}
    hidden = state_dicts.NetRenamed()
    assert str(hidden.load_state_dict(renamed)) == ALL
    assert torch.equal(hidden(picture), net(picture))
    features = state_dicts.NetFeatures()
    features.load_state_dict(net.state_dict(), strict=False)
    assert torch.equal(net.fc2(features(picture)), net(picture))


def test_what_is_saved_is_read_back_to_the_bit() -> None:
    read = torch.load(io.BytesIO(state_dicts.saved(weights())), weights_only=True)
    assert list(read) == ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"] + [
        f"fc{n}.{kind}" for n in (1, 2) for kind in ("weight", "bias")
    ]
    assert all(torch.equal(read[name], tensor) for name, tensor in weights().items())


def test_a_whole_network_is_not_read() -> None:
    said = state_dicts.read_whole(seeded(Net, 0))
    assert said.startswith("UnpicklingError: Weights only load failed.")
    assert "convlab.networks.designs.Net" in said
    assert "\x1b" not in said
