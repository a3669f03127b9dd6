"""Weights from files that nobody trusts."""

import contextlib
import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as save_safetensors
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import about, checkpoints
from convlab.networks.about import About
from convlab.networks.checkpoints import Match, load, recognise
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.variants import NetResDeep
from convlab.storage import torch_files


def saved(weights: object, old: bool = False) -> bytes:
    """A .pt file, in today's format or that of PyTorch before 1.6, which the book's own file has."""
    file = io.BytesIO()
    torch.save(weights, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


FORMATS: dict[str, Callable[[dict[str, Tensor]], bytes]] = {
    "zip": saved,
    "legacy": lambda weights: saved(weights, old=True),
    "safetensors": save_safetensors,
}


def net_weights() -> dict[str, Tensor]:
    return dict(seeded(Net, 0).state_dict())


def refusal(data: bytes) -> str:
    with pytest.raises(UserError) as error:
        load(data)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("key", DESIGNS)
def test_every_design_is_recognised_and_runs_as_before(key: str, form: str) -> None:
    module = DESIGNS[key].build().eval()
    found = load(FORMATS[form](module.state_dict()))
    assert key in [match.design for match in found.matches]
    match = next(match for match in found.matches if match.design == key)
    pictures = torch.randn(2, 3, 32, 32)
    assert torch.equal(checkpoints.fill(match, found.state_dict)(pictures), module(pictures))
    assert not found.module.training


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("net", {"kernel_size": 5}),
        ("net", {"kernel_size": (1, 3)}),
        ("net_width", {"n_chans1": 8}),
        ("net_batch_norm", {"n_chans1": 64}),
        ("net_res", {"n_chans1": 24}),
        ("net_res_deep", {"n_chans1": 16, "n_blocks": 100, "shared": True}),
        ("net_res_deep", {"n_chans1": 32, "n_blocks": 3, "shared": False}),
        ("net_res_deep", {"n_chans1": 32, "n_blocks": 1, "shared": False}),
    ],
)
def test_options_are_found_out(key: str, options: dict[str, Any]) -> None:
    assert Match(key, options) in load(saved(design(key).build(**options).state_dict())).matches


@pytest.mark.parametrize(
    ("key", "classes"), [("net", 3), ("dense", 20), ("sequential", 5), ("net_fast", 7), ("net_fixed", 4)]
)
def test_the_number_of_classes_is_found_out(key: str, classes: int) -> None:
    module = design(key).build(num_classes=classes)
    for data in (saved(module.state_dict()), save_safetensors(module.state_dict())):
        match = next(match for match in load(data).matches if match.design == key)
        assert match.options["num_classes"] == classes
        assert load(data).module.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, classes)
    assert "num_classes" not in recognise(design(key).build().state_dict())[0].options


def annotated(module: nn.Module, **metadata: str) -> bytes:
    return save_safetensors(dict(module.state_dict()), metadata)


def test_a_file_that_names_its_design_is_believed_where_it_fits() -> None:
    module = design("net_res").build(activation="tanh", n_chans1=8).eval()
    pictures = torch.randn(2, 3, 32, 32)
    said = {"design": '"net_res"', "options": '{"activation": "tanh", "n_chans1": 8}'}
    found = load(annotated(module, **said))
    assert found.matches == (
        Match("net_res", {"activation": "tanh", "n_chans1": 8}),
        Match("net_depth", {"n_chans1": 8}),
    )
    assert torch.equal(found.module(pictures), module(pictures))
    kernel = annotated(Net(kernel_size=(1, 3)), design='"net"', options='{"kernel_size": [1, 3]}')
    assert load(kernel).matches[0] == Match("net", {"kernel_size": (1, 3)})


TOLD = About("net", {"activation": "relu"}, ("cat", "dog"), (0.5,) * 3, (0.5,) * 3, None, "ab" * 8, 7)


def own(prefix: str = "") -> Any:
    """What ``torch.load`` gives of the lab's own .pt file, whose words say which weights they are about."""
    weights = net_weights()
    words = replace(TOLD, weights=about.fingerprint(weights)).words()
    file = torch_files.save({f"{prefix}{name}": weight for name, weight in weights.items()}, words)
    return torch.load(io.BytesIO(file), weights_only=True)


@pytest.mark.parametrize(
    "wrap", [lambda own: own, lambda own: {"state_dict": own, "epoch": 9}], ids=["itself", "wrapped"]
)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_an_own_file_that_is_saved_again_says_what_it_said(wrap: Callable[[Any], Any], prefix: str) -> None:
    assert load(saved(wrap(own(prefix)))).about == TOLD


@pytest.mark.parametrize("layer", ["conv1.weight", "fc2.bias"])
def test_of_weights_that_were_changed_since_the_old_words_say_nothing(layer: str) -> None:
    changed = own()
    changed[layer] += 0.25
    assert load(saved(changed)).about == About()


def test_words_of_version_0_1_which_name_no_weights_are_believed() -> None:
    assert load(torch_files.save(net_weights(), TOLD.words())).about == TOLD


def test_a_fingerprint_is_that_of_names_and_values_in_any_order() -> None:
    weights = net_weights()
    found = about.fingerprint(weights)
    assert found == about.fingerprint(dict(reversed(weights.items())))
    assert found != about.fingerprint(weights | {"fc2.bias": weights["fc2.bias"] + 1})
    assert found != about.fingerprint({f"{name}_": weight for name, weight in weights.items()})


def test_weights_that_fit_two_designs() -> None:
    weights = design("net_res").build().state_dict()
    assert [match.design for match in recognise(weights)] == ["net_depth", "net_res"]
    assert [match.design for match in recognise(net_weights())] == ["net", "net_width", "net_dropout"]


def test_the_books_checkpoint(shared: Path) -> None:
    found = load((shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    assert found.matches[0] == Match("net", {"kernel_size": 3})
    assert isinstance(found.module, Net)
    assert len(found.identity) == 64


@pytest.mark.parametrize("content", [{}, [torch.zeros(1)], torch.zeros(3), "text"])
def test_no_state_dict(content: object) -> None:
    assert "holds no state_dict" in refusal(saved(content))


def test_what_is_no_tensor_in_it_is_named() -> None:
    assert "'epoch' in this file is no tensor" in refusal(saved({**net_weights(), "epoch": 3}))
    assert "1 in this file is no tensor" in refusal(saved({1: torch.zeros(1)}))


@pytest.mark.parametrize("form", FORMATS)
def test_cut_and_damaged_files(form: str) -> None:
    data = FORMATS[form](net_weights())
    for length in (0, 1, 7, 9, 20, 300, len(data) // 2, len(data) - 5):
        assert "damaged or no checkpoint" in refusal(data[:length])
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        broken = bytearray(data)
        for place in torch.randint(0, min(2000, len(data)), (3,), generator=generator).tolist():
            broken[place] ^= 0xFF
        with contextlib.suppress(UserError):  # any other error fails the test
            load(bytes(broken))


def test_files_of_another_kind() -> None:
    for data in (b"\xff" * 100, b"GIF89a" + b"\0" * 100, b"\x08" + b"\0" * 7 + b"[1,2,3] ", b"PK\x03\x04"):
        assert "damaged or no checkpoint" in refusal(data)


def test_a_compressed_archive_is_not_unpacked() -> None:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(net_weights()))) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in source.infolist():
            archive.writestr(member.filename, source.read(member))
    assert "damaged or no checkpoint" in refusal(file.getvalue())


def test_too_large_a_file_is_told_the_limit() -> None:
    assert refusal(b"x" * (checkpoints.MAX_BYTES + 1)) == (
        "The checkpoint has 129 MB and may have 128: choose a smaller file."
    )


def test_a_header_that_lies() -> None:
    huge = b'{"a":{"dtype":"F32","shape":[100000,100000],"data_offsets":[0,4]}}'
    assert "fit no design" in refusal(len(huge).to_bytes(8, "little") + huge + b"\0" * 4)
    for header in (
        b"{}" * 2,
        b'{"a":{}}',
        b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
        b"[" * 5000,
    ):
        assert "damaged or no checkpoint" in refusal(len(header).to_bytes(8, "little") + header)
    assert "damaged or no checkpoint" in refusal((2**62).to_bytes(8, "little") + b"{}")


def test_residual_blocks_stay_shared() -> None:
    found = load(saved(NetResDeep(n_blocks=4, shared=True).state_dict())).module
    assert isinstance(found, NetResDeep)
    assert len({id(block) for block in found.resblocks}) == 1


def prefixed(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    return OrderedDict((f"{prefix}{name}", tensor) for name, tensor in module.state_dict().items())


def test_several_networks_in_a_file_are_not_chosen_from() -> None:
    message = refusal(saved({"model": net_weights(), "ema": seeded(Net, 1).state_dict(), "epoch": 3}))
    assert message == "The file holds several networks, 'model' and 'ema' among them: save one alone."


def test_what_stands_beside_a_network_is_named() -> None:
    weights = prefixed(Net(), "model.") | {"loss.weight": torch.ones(2)}
    assert refusal(saved({"state_dict": weights})) == (
        "Beside the network under 'model.' the file holds 'loss.weight': save the network alone."
    )


def test_a_prefixed_network_that_fits_no_design_is_compared_without_its_prefix() -> None:
    assert refusal(
        saved(prefixed(Net(kernel_size=5), "module.") | {"module.conv2.bias": torch.zeros(9)})
    ) == ("These weights fit no design; in the nearest, net, conv2.bias is float32 [8], not float32 [9].")


def test_a_number_too_large_for_float32_is_not_made_infinite_in_silence() -> None:
    weights = net_weights()
    weights["fc1.bias"] = torch.full((32,), 1e300, dtype=torch.float64)
    assert refusal(saved(weights)).startswith("fc1.bias holds NaN or infinite values")


def test_a_training_checkpoint_of_the_largest_design_is_not_too_large() -> None:
    module = NetResDeep(n_chans1=128, n_blocks=100)
    weights = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    assert 2.05 * weights < checkpoints.MAX_BYTES  # with momentum
