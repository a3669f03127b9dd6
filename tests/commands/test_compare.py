"""``python -m convlab compare``: designs x seeds from a terminal, cut at any moment and gone on with."""

import argparse
import html
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from convlab.__main__ import main
from convlab.commands import compare
from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import Plan
from convlab.comparison.presets import FIGURE
from convlab.comparison.sweep import Sweep
from convlab.training import runs, worker
from tests import sources
from tests.commands.conftest import said
from tests.training.small import assert_same, wait

FEW = ("--epochs", "2", "--batch-size", "8", "--device", "cpu")


@pytest.fixture(autouse=True)
def one_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_SLOTS", "1")


def test_designs_and_seeds(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, err = said(
        *(capsys, "compare", "--designs", "net,net_l2", "--seeds", 2, "--data", pictures),
        *(*FEW, "--lr", "0,05", "--name", "mine"),
    )
    sweep = sweeps.get(found["sweep"])
    assert (sweep.name, sweep.plan.cells) == (
        "mine",
        [("net", 0), ("net_l2", 0), ("net", 1), ("net_l2", 1)],
    )
    assert set(found) == {"sweep", "designs", "pairs"}
    assert set(found["designs"]) == {"net", "net_l2"}
    for label, one in found["designs"].items():
        told = [sweep.runs()[label, seed] for seed in (0, 1)]
        assert [run.settings.lr for run in told] == [0.05, 0.05]
        assert [run.settings.threads for run in told] == [1, 1]
        assert one["seeds"] == [0, 1]
        assert one["val_accuracy"] == [run.metrics().records[-1].val_accuracy for run in told]
        assert one["parameters"] == 18_090
        assert one["mean"] == pytest.approx(sum(one["val_accuracy"]) / 2)
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [("net", "net_l2")]
    assert sweep.runs()["net_l2", 1].settings.l2 == 0.001
    assert f"Comparison {sweep.id}: 4 runs (2 designs, 2 seeds), 1 at a time: about" in err
    assert "4 of 4 runs" in err
    again, _ = said(capsys, "compare", "--resume", sweep.id)
    assert again == found
    assert main(["compare", "--resume", sweep.id]) == 0
    assert "never of the best" in capsys.readouterr().out


def test_report_and_curves_are_written(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, curves, again = (tmp_path / name for name in ("all of it.html", "curves.csv", "again.html"))
    events = tmp_path / "events"
    asked = ("compare", "--designs", "net,net_l2", "--seeds", 2, "--data", pictures, *FEW)
    found, _err = said(capsys, *asked, "--report", report, "--curves", curves, "--events", events)
    text = html.unescape(report.read_text())
    assert f"{100 * found['designs']['net']['mean']:.1f}" in text
    assert "python -m convlab compare --designs net,net_l2 --seeds 2" in text
    assert len(curves.read_text().splitlines()) == 1 + 2 * 2 * 2  # designs, seeds, epochs
    assert len(list(events.glob("*/seed-*/events.out.tfevents.*"))) == 2 * 2
    said(capsys, "compare", "--resume", found["sweep"], "--report", again)
    assert f"compare --resume {found['sweep']}" in html.unescape(again.read_text())
    nowhere = tmp_path / "nowhere" / "curves.csv"
    assert main(["compare", "--resume", found["sweep"], "--curves", str(nowhere)]) == 2
    assert "curves.csv cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say what to compare"),
        (["--designs", "net", "--preset", "widths"], "Say what to compare"),
        (["--designs", "net,vgg"], "There is no design 'vgg'"),
        (["--designs", "net,net"], "net is named twice"),
        (["--designs", "net", "--seeds", "0"], "a number from 1 to 10000"),
        (["--designs", "net", "--lr", "-1"], "lr cannot be -1.0"),
        (["--designs", "net", "--data", "gone-12345678"], "gone-12345678"),
        (["--resume", "0" * 16], "There is no comparison"),
        (["--resume", "0" * 16, "--lr", "1"], "leave the others out"),
    ],
)
def test_a_mistake_is_a_sentence(
    words: list[str], sentence: str, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [] if "--data" in words or "--resume" in words else ["--data", str(pictures)]
    assert main(["compare", *words, *small]) == 2
    err = capsys.readouterr().err.strip()
    assert sentence in err
    assert "Traceback" not in err
    assert sweeps.all_sweeps() == []


@contextmanager
def running(*words: object) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "convlab", "compare", *map(str, words), "--json"],
        cwd=sources.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def begun(process: "subprocess.Popen[str]", losses: int) -> Sweep:
    """Once its first run trains."""

    def trains() -> bool:
        assert process.poll() is None, process.communicate()
        found = [run for sweep in sweeps.all_sweeps() for run in sweep.runs().values()]
        return any(run.metrics().loss.size >= losses for run in found)

    wait(trains, 90)  # two processes import PyTorch first, on a machine that may be busy
    (sweep,) = sweeps.all_sweeps()
    return sweep


def test_ctrl_c_saves_and_resume_goes_on(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--designs", "net,net_l2", "--seeds", 1, "--data", pictures, *FEW, "--epochs", 30)
    with running(*words) as process:
        sweep = begun(process, 3)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1])["sweep"] == sweep.id
    assert f"python -m convlab compare --resume {sweep.id}" in err
    assert "Traceback" not in err
    assert (sweep.wish(), sweep.owner) == ("pause", None)
    found, _ = said(capsys, "compare", "--resume", sweep.id)
    assert [one["seeds"] for one in found["designs"].values()] == [[0], [0]]


def test_kill_9_and_resume_is_as_if_nobody_had(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First the process that trains is killed, then the owner: each run equals its uncut twin."""
    words = ("--designs", "net,net_dropout", "--seeds", 1, "--data", pictures, *FEW, "--epochs", 30)
    with running(*words) as process:
        sweep = begun(process, 3)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        first = next(run for run in sweep.runs().values() if run.metrics().loss.size)
        at = first.metrics().loss.size
        wait(lambda: first.metrics().loss.size > at + 3 or first.status().state == "finished")
        process.kill()
        process.wait()
    wait(lambda: sweep.owner is None and sweep.progress().running == 0)
    assert sweep.wish() == "go"
    found, _ = said(capsys, "compare", "--resume", sweep.id)
    assert sweep.progress().done == 2
    assert set(found["designs"]) == {"net", "net_dropout"}
    for run in sweep.runs().values():
        twin = runs.create(run.settings)
        worker.train(twin)
        assert_same(run, twin)


@pytest.fixture
def asked(pictures: Path) -> Callable[..., Plan]:
    def plan_of(*words: object) -> Plan:
        parser = argparse.ArgumentParser()
        compare.arguments(parser)
        return compare._plan(parser.parse_args(["--data", str(pictures), *map(str, words)]))

    return plan_of


def test_a_name_means_what_it_means_in_the_preset(asked: Callable[..., Plan]) -> None:
    """100 blocks that share their weights, for the deepest, whichever way it is asked for."""
    preset = asked("--preset", "figure_8_13")
    typed = asked("--designs", ",".join(FIGURE))
    assert typed.designs == preset.designs
    for label in FIGURE:
        assert typed.settings(label, 0) == preset.settings(label, 0)
    assert typed.settings("net_res_deep", 0).options == {"n_blocks": 100, "shared": True}
    assert (
        asked("--designs", "net_res_deep", "--recipe", "book").designs
        == asked("--designs", "net_res_deep").designs
    )


def test_what_all_share_goes_before_what_a_design_has_of_its_own(asked: Callable[..., Plan]) -> None:
    assert asked("--designs", "net,net_res_deep", "--lr", 0.1).settings("net_res_deep", 0).lr == 0.1
    fast = asked("--designs", "net,net_res_deep", "--recipe", "fast", "--epochs", 2).settings(
        "net_res_deep", 0
    )
    assert (fast.lr, fast.schedule, fast.epochs) == (0.15, "one_cycle", 2)
    again = asked("--preset", "figure_8_13", "--recipe", "fast", "--epochs", 2).settings("net_res_deep", 0)
    assert again == fast


def test_help_says_what_the_deepest_is() -> None:
    parser = argparse.ArgumentParser()
    compare.arguments(parser)
    assert "100 blocks that share their weights, and lr 0.003" in " ".join(parser.format_help().split())


def test_the_figure_is_a_preset(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running("--preset", "in_class", "--seeds", 2, "--data", pictures, *FEW) as process:
        sweep = begun(process, 1)
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
    *others, deepest = sweep.plan.designs
    assert [*others, "net_res_deep"] == list(FIGURE)
    assert sweep.plan.settings(deepest, 1).epochs == 2
