"""Run folders that another version, another user or a broken disk left: the rest of the lab works on."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.training import first_layer, runs
from convlab.training.runs import Run
from convlab.ui import networks
from convlab.ui.train import chapter, run_actions, run_rows, told
from convlab.ui.train.controls import TrainControls
from tests.few import few_sketches
from tests.fuzz.bounds import answered, fuzzed, within
from tests.fuzz.run_folder_edits import EDITS, PLACES, RAW, VALUES, lines, put, put_raw
from tests.training.small import create, train

HUGE = {name for name in EDITS if "100 MB" in name or name == "200,000 lines"}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """A folder with an honest run and a fork of it, and their ids."""
    home = tmp_path_factory.mktemp("honest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(home))
        few_sketches()
        run = create(epochs=2)
        train(run)
        fork = run.fork(1, {"lr": 0.02})
        train(fork)
        fork.tag(["talk"])
        yield home, run.id, fork.id


@pytest.fixture
def edited(
    honest: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], Run]:
    """Edit a copy of the fork, and give it."""

    def edit(how: Any) -> Run:
        home, _run, fork = honest
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        shutil.copytree(home, tmp_path / "home")
        monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
        (tmp_path / "outside").write_text("mine")
        how(tmp_path / "home" / "runs" / fork)
        return Run(fork)

    return edit


def look(run: Run, other: str) -> None:
    """What the pages read: the other run is there, and this one, or a word of it."""
    listed, unreadable = run_rows.survey()
    kept, unsorted = run_rows.found(listed, TrainControls())
    shown, damaged = run_rows.rows(kept, run_rows.columns(kept))
    there = [one.id for one, _cells in shown]
    assert other in there
    assert sorted([*there, *unreadable, *unsorted, *damaged]) == sorted([other, run.id])
    chapter.own_runs("sketches")
    offered = networks.offered_runs()
    assert other in [one.id for one in offered]
    found = answered(lambda: runs.get(run.id))
    if isinstance(found, UserError):
        return
    for ask in (
        found.check,
        found.story,
        found.metrics,
        found.epochs_stored,
        found.weights,
        found.pt,
        found.last_wish,
    ):
        answered(ask)
    for act in (
        lambda: networks.run_model(found),
        lambda: first_layer.kernels_now(found),
        lambda: run_actions.about(found),
        lambda: run_actions.batches(found),
        lambda: told.as_it_was(found.story()),
        lambda: found.fork(1),
        lambda: found.set_lr(0.5),
        lambda: found.rename("another"),
        lambda: found.tag(["another"]),
        lambda: found.note("another"),
    ):
        answered(act)


def tried(edited: Callable[[Any], Run], how: Any, other: str) -> None:
    run = edited(how)
    with within(seconds=10):
        look(run, other)
    assert (run.folder.parents[2] / "outside").read_text() == "mine"


@fuzzed(20)
@given(st.sampled_from([name for name in EDITS if name not in HUGE]))
@example("status.json a pipe")
@example("a sentence that fills two gigabytes")
@example("sparse weights of 8 GB")
@example("a parent that is itself")
@example("a lock elsewhere")
def test_one_edited_folder_leaves_the_rest_as_it_is(
    edited: Callable[[Any], Run], honest: tuple[Path, str, str], name: str
) -> None:
    tried(edited, EDITS[name], honest[1])


SPOTS = st.sampled_from([(name, place) for name, places in PLACES.items() for place in places])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
VALUE = st.sampled_from([*VALUES, ...]) | JSON


@fuzzed(15)
@given(SPOTS, VALUE, st.sampled_from([None, *RAW.values()]))
def test_any_value_at_any_place(
    edited: Callable[[Any], Run],
    honest: tuple[Path, str, str],
    spot: tuple[str, tuple[Any, ...]],
    value: Any,
    raw: str | None,
) -> None:
    tried(edited, put(*spot, value) if raw is None else put_raw(*spot, raw), honest[1])


KEYS = st.sampled_from(["epoch", "batch", "losses", "lr", "state", "ended", "resumed", "command", "device"])


@fuzzed(10)
@given(st.lists(st.dictionaries(KEYS, JSON, max_size=4) | st.text(max_size=30), max_size=4), st.booleans())
@example([{"epoch": 1, "batch": 1, "losses": [float("inf")]}], False)
def test_any_lines_of_metrics(
    edited: Callable[[Any], Run], honest: tuple[Path, str, str], new: list[Any], first: bool
) -> None:
    tried(edited, lines(*new, first=first), honest[1])


@pytest.mark.parametrize("name", sorted(HUGE))
def test_huge_files_of_metrics_stay_within_the_bounds(
    name: str, edited: Callable[[Any], Run], honest: tuple[Path, str, str]
) -> None:
    run = edited(EDITS[name])
    with within(seconds=20, megabytes=600):
        answered(run.metrics)
        answered(run.story)
    assert honest[1] in [one.id for one in runs.all_runs()]


@pytest.mark.parametrize(
    "name", ["orders elsewhere", "measures elsewhere", "epochs that lie elsewhere", "a pipe for orders"]
)
def test_who_resumes_an_edited_run_writes_nothing_elsewhere(
    name: str, edited: Callable[[Any], Run], honest: tuple[Path, str, str]
) -> None:
    cut = put("status.json", ("state",), "interrupted")
    run = edited(lambda folder: [cut(folder), EDITS[name](folder)])
    outside, others = run.folder.parents[2] / "outside", run.folder.parents[1] / "elsewhere"
    before = {path: path.stat().st_mtime_ns for path in others.glob("*")}
    answered(lambda: train(runs.get(run.id)))
    assert {path: path.stat().st_mtime_ns for path in others.glob("*")} == before
    assert outside.read_text() == "mine"
