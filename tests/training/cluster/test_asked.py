"""What the environment says of a cluster; no Ray is needed to read it."""

import importlib.util
import subprocess
from typing import Any

import pytest

from convlab.errors import UserError
from convlab.training import slots
from convlab.training.cluster import asked


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (asked.ADDRESS, asked.CPUS, asked.GPUS):
        monkeypatch.delenv(name, raising=False)
    asked.slots.cache_clear()


def test_without_an_address_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (asked.address(), asked.command()) == (None, None)
    monkeypatch.setenv(asked.ADDRESS, "  ")
    assert (asked.address(), asked.command()) == (None, None)


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(asked.ADDRESS, "10.0.0.1:6379")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install -r requirements-ray\.txt"):
        asked.command()


def test_with_ray_a_worker_hands_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(asked.ADDRESS, "10.0.0.1:6379")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert asked.command() == asked.COMMAND


@pytest.mark.parametrize("text", ["none", "0", "-1", "nan", "65"])
def test_a_share_is_a_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(asked.GPUS, text)
    with pytest.raises(UserError, match=f"CONVLAB_RAY_GPUS cannot be '{text}'"):
        asked.share()


@pytest.mark.parametrize(
    ("cpus", "gpus", "has", "runs"),
    [
        ("", "", {"CPU": 8.0}, 8),
        ("2", "", {"CPU": 8.0}, 4),
        ("", "0.25", {"CPU": 8.0, "GPU": 1.0}, 4),
        ("", "0.1", {"CPU": 64.0, "GPU": 1.0}, 10),
        ("", "1", {"CPU": 8.0}, 1),
        ("0.5", "", {"CPU": 640.0}, 64),
        ("", "", {}, 1),
    ],
)
def test_runs_at_once(
    cpus: str, gpus: str, has: dict[str, float], runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(asked.CPUS, cpus)
    monkeypatch.setenv(asked.GPUS, gpus)
    assert asked.at_once(has) == runs


@pytest.mark.parametrize("said", ["", "nothing of use", None])
def test_a_cluster_that_does_not_answer_is_a_sentence(
    said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*_: Any, **__: Any) -> "subprocess.CompletedProcess[str]":
        if said is None:
            raise subprocess.TimeoutExpired("x", 1)
        return subprocess.CompletedProcess([], 0, said)

    monkeypatch.setattr(subprocess, "run", answer)
    with pytest.raises(UserError, match="h:1 does not answer"):
        asked.slots("h:1")


@pytest.mark.parametrize(
    ("where", "local"), [("127.0.0.1:6379", True), ("[::1]:6379", True), ("10.0.0.1:1", False)]
)
def test_only_a_cluster_on_this_machine_keeps_to_it(
    where: str, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "")
    assert asked.stay_local(where) is local


def test_places_of_a_cluster_are_apart_from_those_of_this_machine(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    here, there = slots.take(1), slots.take(1, "ray-")
    assert here is not None
    assert there is not None
    assert slots.take(1, "ray-") is None
    here.release()
    there.release()
