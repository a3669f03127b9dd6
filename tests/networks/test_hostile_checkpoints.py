"""Weights from files that were made to harm: nothing runs, nothing large is made, one sentence."""

import argparse
import pickle
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from convlab.networks import checkpoints
from convlab.networks.checkpoints import Match, load, recognise
from convlab.networks.designs import Net
from tests.networks.test_checkpoints import FORMATS, annotated, net_weights, prefixed, refusal, saved
from tests.storage.opcodes import zipped


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


def test_hazard_1_a_name_put_together_while_running(tmp_path: Path) -> None:
    pickled = pickle.dumps({"a": Payload(tmp_path / "x")}, protocol=4)
    assert b"\x93" in pickled  # STACK_GLOBAL
    told = "The file is pickled with protocol 4: leave pickle_protocol out of torch.save."
    assert refusal(zipped(pickled)) == told
    assert "damaged" in refusal(zipped(b"\x80\x02" + pickled[2:]))
    assert "damaged" in refusal(zipped(b"\x80\x02" + pickled[11:]))  # without its frame
    assert not (tmp_path / "x").exists()


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
    assert told(conv2_bias=torch.zeros(9, dtype=torch.float64)) == (
        "These weights fit no design; in the nearest, net, conv2.bias is float32 [8], not float64 [9]."
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


def test_hazard_1_dicts_that_hold_themselves() -> None:
    knot: dict[str, Any] = {"weights": {}}
    knot["self"] = knot
    assert "holds no state_dict" in refusal(saved(knot))
    level: dict[str, Any] = net_weights()
    for _ in range(3):
        level = dict.fromkeys(map(str, range(2000)), level)
    began = time.thread_time()
    assert load(saved(level)).matches[0].design == "net"
    assert time.thread_time() - began < 5


@pytest.mark.parametrize("entry", [argparse.Namespace(lr=1), {1, 2}, Path("x"), bytearray(3), np.float64(3)])
def test_hazard_1_other_objects_beside_the_weights_are_not_opened(entry: object) -> None:
    assert "not only tensors, and is not opened" in refusal(saved({"model": net_weights(), "args": entry}))


def test_hazard_2_views_beside_the_weights_take_no_memory() -> None:
    huge = {"weight": torch.zeros(1).expand(100_000, 100_000)}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert load(saved({"model": net_weights(), "optimizer": huge})).matches[0].design == "net"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_hazard_19_a_prefix_or_a_key_that_no_script_can_show_is_no_way_to_the_weights() -> None:
    assert load(saved(prefixed(Net(), "x" * 199 + "."))).file.prefix == "x" * 199 + "."
    assert "fit no design" in refusal(saved(prefixed(Net(), "x" * 200 + ".")))
    assert load(saved({"x" * 200: net_weights()})).file.keys == ("x" * 200,)
    assert "holds no state_dict" in refusal(saved({"x" * 201: {"a": net_weights()}}))


def test_hazard_19_few_prefixes_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def counted(weights: Any) -> Any:
        tried.append(len(weights))
        return recognise(weights)

    monkeypatch.setattr(checkpoints, "recognise", counted)
    refusal(saved({f"{n}.conv1.weight": torch.zeros(1) for n in range(300)}))
    assert len(tried) < 60


def test_hazard_2_views_in_a_network_that_does_not_fit_are_not_compared() -> None:
    bomb = {f"resblocks.{n}.conv.weight": torch.zeros(1).expand(100_000, 100_000) for n in range(3)}
    began = time.thread_time()
    assert load(saved({"model": net_weights(), "bomb": bomb})).matches[0].design == "net"
    assert time.thread_time() - began < 5


def test_hazard_22_checkpoints_are_read_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0

    def slow(data: bytes) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        time.sleep(0.05)
        now -= 1

    monkeypatch.setattr(checkpoints, "_read", slow)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(load, [b""] * 8))
    assert most == 1
