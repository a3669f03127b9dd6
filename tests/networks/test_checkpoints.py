"""Weights from files that nobody trusts."""

import contextlib
import io
import pickle
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as save_safetensors
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.checkpoints import Match, load, recognise
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.variants import NetResDeep


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


class Payload:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "pwned")


class Bomb:
    """Unpickled, it would take 4 GB; PyTorch's weights_only list lets it pass."""

    def __reduce__(self) -> tuple[Any, ...]:
        return bytearray, (4 * 10**9,)


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


@pytest.mark.parametrize(("key", "classes"), [("net", 3), ("dense", 20), ("sequential", 5), ("net_fast", 7)])
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


@pytest.mark.parametrize(
    "said",
    [
        {"design": '"dense"', "options": "{}"},
        {"design": '"net_width"', "options": '{"n_chans1": 32}'},
        {"design": '"net"', "options": '{"activation": "sigmoid"}'},
        {"design": '"net"', "options": '{"kernel_size": 5}'},
        {"design": '"net"', "options": "[1]"},
        {"design": "net", "options": "{}"},
        {"design": '"../net"', "options": "{}"},
        {"design": '{"a": 1}', "options": "{}"},
        {"design": '"net"', "options": "[" * 5000},
        {"design": '"net"'},
        {"note": "anything"},
    ],
)
def test_hazard_2_a_file_that_lies_about_its_design_is_not_believed(said: dict[str, str]) -> None:
    found = load(annotated(Net(), **said))
    assert found.matches[0] == Match("net", {"kernel_size": 3})
    assert isinstance(found.module, Net)


def test_weights_that_fit_two_designs() -> None:
    weights = design("net_res").build().state_dict()
    assert [match.design for match in recognise(weights)] == ["net_depth", "net_res"]
    assert [match.design for match in recognise(net_weights())] == ["net", "net_width", "net_dropout"]


def test_the_books_checkpoint(shared: Path) -> None:
    found = load((shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    assert found.matches[0] == Match("net", {"kernel_size": 3})
    assert isinstance(found.module, Net)
    assert len(found.identity) == 64


@pytest.mark.parametrize("old", [False, True])
def test_hazard_1_a_pickle_that_writes_a_file(tmp_path: Path, old: bool) -> None:
    target = tmp_path / "pwned"
    for content in (Payload(target), {**net_weights(), "fc1.bias": Payload(target)}):
        message = refusal(saved(content, old))
        assert message.startswith("The file holds '__builtin__ getattr', not only tensors, and is not opened")
    assert "damaged or no checkpoint" in refusal(pickle.dumps(Payload(target)))
    assert not target.exists()
    pickle.loads(pickle.dumps(Payload(target)))
    assert target.read_text() == "pwned"  # the payload works where it is let in


@pytest.mark.parametrize("old", [False, True])
def test_hazard_1_a_pickle_that_takes_memory(old: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "bytearray" in refusal(saved({**net_weights(), "fc1.bias": Bomb()}, old))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_hazard_1_a_whole_module_is_not_opened() -> None:
    assert "not only tensors" in refusal(saved(Net()))
    assert "not only tensors" in refusal(saved({"a": {1, 2}}))
    assert "not only tensors" in refusal(saved({**net_weights(), "fc1.bias": torch.zeros(32).to_sparse()}))


def test_hazard_1_a_name_put_together_while_running() -> None:
    pickled = pickle.dumps({"a": Payload(Path("x"))}, protocol=4)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
    assert "STACK_GLOBAL" in refusal(file.getvalue())


@pytest.mark.parametrize("old", [False, True])
def test_hazard_2_a_small_file_that_views_10_to_the_10_entries(old: bool) -> None:
    data = saved({**net_weights(), "fc1.weight": torch.zeros(1).expand(100_000, 100_000)}, old)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(data) == (
        "These weights fit no design; in the nearest, net, fc1.weight is float32 [32, 512], "
        "not float32 [100000, 100000]."
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB
    assert len(saved({"a": torch.zeros(1).expand(100_000, 100_000)}, old)) < 1600


@pytest.mark.parametrize("form", FORMATS)
def test_hazard_2_the_first_mismatch_is_named(form: str) -> None:
    def told(**changes: Tensor | None) -> str:
        weights = {**net_weights(), **{name.replace("_", "."): value for name, value in changes.items()}}
        return refusal(FORMATS[form]({name: value for name, value in weights.items() if value is not None}))

    assert told(fc1_bias=None, fc2_bias=None) == (
        "These weights fit no design; the nearest, net, also needs fc1.bias."
    )
    assert told(extra=torch.zeros(1)) == "These weights fit no design; the nearest, net, has no 'extra'."
    assert told(conv2_bias=torch.zeros(9)) == (
        "These weights fit no design; in the nearest, net, conv2.bias is float32 [8], not float32 [9]."
    )
    assert told(conv2_bias=torch.zeros(8, dtype=torch.float64)) == (
        "These weights fit no design; in the nearest, net, conv2.bias is float32 [8], not float64 [8]."
    )
    assert told(conv2_bias=torch.zeros(8, dtype=torch.int64)) == (
        "These weights fit no design; in the nearest, net, conv2.bias is float32 [8], not int64 [8]."
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_hazard_2_weights_that_are_no_numbers(form: str, value: float) -> None:
    weights = net_weights()
    weights["fc1.bias"][3] = value
    assert refusal(FORMATS[form](weights)) == (
        "fc1.bias holds NaN or infinite values: train again with a smaller lr."
    )


@pytest.mark.parametrize("content", [{}, [torch.zeros(1)], torch.zeros(3), "text"])
def test_no_state_dict(content: object) -> None:
    assert "holds no state_dict" in refusal(saved(content))


def test_what_is_no_tensor_in_it_is_named() -> None:
    assert "'epoch' in this file is no tensor" in refusal(saved({**net_weights(), "epoch": 3}))
    assert "'model' in this file is no tensor" in refusal(saved({"model": net_weights()}))
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
        "The checkpoint has 33 MB and may have 32: choose a smaller file."
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


def test_shared_blocks_stay_shared() -> None:
    found = load(saved(NetResDeep(n_blocks=4, shared=True).state_dict())).module
    assert isinstance(found, NetResDeep)
    assert len({id(block) for block in found.resblocks}) == 1
