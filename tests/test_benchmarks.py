"""The benchmarks themselves, with small counts: that they still speak to the lab, and count right."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import (
    classroom,
    dragging,
    edit,
    gpu,
    load,
    machine,
    modules,
    pages,
    pointing,
    soak,
    stations,
    sweeps,
)
from benchmarks.client import ClientError, connected, edited_kernel
from benchmarks.lessons import LESSONS, Desk
from benchmarks.machine import cpu_s, resident_mb
from benchmarks.measures import Figure, p95, spread
from convlab.course.stations import shipped
from convlab.training import runs
from tests.browser import harness
from tools.learner import arriving


@pytest.fixture(scope="module")
def server() -> Iterator[harness.Server]:
    with harness.serve() as server:
        yield server


def test_statistics_by_hand() -> None:
    assert p95([1.0]) == 1
    assert p95([float(n) for n in range(1, 101)]) == 95
    assert p95([float(n) for n in range(1, 21)]) == 19
    assert spread([3.0, 1.0, 2.0]) == "min 1.0, p95 3.0, max 3.0, n 3"


@pytest.mark.parametrize(
    ("value", "bar", "verdict"), [(3.0, 3.0, "met"), (3.01, 3.0, "MISSED"), (3.0, None, ""), (0, 0, "met")]
)
def test_a_bar_is_the_most_that_a_figure_may_be(value: float, bar: float | None, verdict: str) -> None:
    assert Figure("x", value, "ms", bar).verdict == verdict


def test_the_table_and_the_file_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "load_average", lambda: 2.5)
    monkeypatch.setitem(command.BENCHMARKS, "load", lambda: [Figure("edits", 12.345, "ms", 12, "n 3")])
    assert command.main(["load", "--json", str(tmp_path / "figures.json")]) == 1
    printed = capsys.readouterr().out
    assert "LOAD AVERAGE 2.5" in printed
    line = next(line for line in printed.splitlines() if line.startswith("edits"))
    assert line.split() == ["edits", "12.35", "ms", "<=", "12", "MISSED", "n", "3"]
    (result,) = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert result["load_average"] == 2.5
    assert result["figures"][0]["value"] == 12.345
    assert result["figures"][0]["verdict"] == "MISSED"


def test_the_empty_page_that_is_faster_sets_the_bar() -> None:
    trips = {"slow": [40.0, 50.0, 60.0], "fast": [20.0, 30.0, 40.0]}
    drawn = {
        "lab": [
            {"torch": ms, "last": by, "routed": ms < 90}
            for ms, by in ((30, "torch"), (60, "browser"), (90, "torch"))
        ]
    }
    found = {figure.name: figure for figure in edit.figures(trips, drawn)}
    assert (found["lab: median"].value, found["lab: median"].verdict) == (2.0, "MISSED")
    assert (found["lab: p95"].value, found["lab: p95"].verdict) == (2.25, "MISSED")
    assert found["lab: PyTorch's picture drawn over"].value == 1
    assert found["lab: answered over the route"].value == 2
    found = {figure.name: figure for figure in edit.figures(trips, {edit.WITHOUT: drawn["lab"]})}
    assert found[f"{edit.WITHOUT}: median"].verdict == ""
    found = {figure.name: figure for figure in edit.figures(trips, {edit.BANK: drawn["lab"]})}
    assert (found[f"{edit.BANK}: median"].value, found[f"{edit.BANK}: median"].verdict) == (2.0, "met")


def test_pictures_that_come_slower_than_frames_miss_the_bar_of_a_drag() -> None:
    drag = dragging.Drag([16.7, 16.6], [0.0, 16.7, 33.4, 83.4], 0.1)
    apart, slowest, frames = dragging.figures("lab", drag, 60)
    assert [apart.value, slowest.value, frames.value] == pytest.approx([16.7, 50, 16.65])
    assert (apart.verdict, slowest.detail) == ("met", "40 a second")
    assert dragging.figures("lab", dragging.Drag([16.7], [0, 34, 68], 0.1), 30)[0].verdict == "MISSED"


def test_a_control_stands_against_the_empty_page() -> None:
    _empty, taken, times = modules.figures([10.0, 20.0, 30.0], {"seed": [30.0, 42.0, 50.0]})
    assert (taken.value, times.value, times.verdict) == (42, 2.1, "MISSED")


def test_a_step_to_a_station_has_the_bar_of_its_kind(server: harness.Server) -> None:
    stays = [{"question": 9.0, "page": ms} for ms in (30.0, 42.0, 50.0)]
    found = stations.figures([10.0, 20.0, 30.0], {"the lesson stays": stays, "the lesson changes": []})
    assert [figure.value for figure in found] == [20, 9, 0.45, 42, 2.1]
    assert [found[2].verdict, found[4].verdict] == ["met", "MISSED"]
    path = shipped()
    with harness.chromium() as browser:
        tab = pages.open_tab(browser, server, f"/{path[0].lesson}?{path[0].link}&station={path[0].id}")
        step = stations.steps(tab, len(path))(2)
        assert 0 < step["question"] <= step["page"]
        assert f"station={path[1].id}" in tab.page.url


def test_memory_that_grows_is_found() -> None:
    def growth(*resident: float) -> Figure:
        return soak.figures(soak.Soak(100, [0.01], list(resident)))[0]

    assert growth(100, 110, 110, 110, 110, 110, 110, 110).verdict == "met"
    assert growth(100, 100, 100, 100, 110, 112, 115, 116).value == 15.5
    assert growth(100, 100, 100, 100, 110, 112, 115, 116).verdict == "MISSED"
    assert soak.Soak(100, [0.01], [100, 101, 102, 103]).slope_mb == pytest.approx(10)


def test_each_visitor_gets_the_picture_of_its_own_edit(server: harness.Server) -> None:
    figures = asyncio.run(load.measure(server, clients=3, edits=2, think_s=0.1, settle_s=0.3))
    found = {figure.name: figure for figure in figures}
    assert found["visits that failed"].value == 0, found["visits that failed"].detail
    assert found["3 visitors: edit"].detail.endswith("n 6")
    assert found["one visitor: edit"].detail.endswith("n 2")
    assert edited_kernel(1, 5) != edited_kernel(2, 5) != edited_kernel(2, 6)


def test_an_edit_where_there_is_no_lab_fails(server: harness.Server) -> None:
    async def visit_home() -> None:
        async with connected(server.url) as client:
            await client.visit("")
            await client.edit()

    with pytest.raises(ClientError, match="no lab"):
        asyncio.run(visit_home())


def test_a_class_can_do_all_that_is_on_its_list_and_what_fails_is_told(server: harness.Server) -> None:
    async def whole() -> tuple[classroom.Diary, list[str]]:
        diary, ids = classroom.Diary(), await classroom.start_runs(server, 1)
        async with arriving(server.url) as learner:
            desk = Desk(learner, random.Random(0), 0, ids)
            for lesson, actions in LESSONS.items():
                await classroom._noted(desk, "open", desk.open(lesson, ""), diary)
                for name, (_often, action) in actions.items():
                    await classroom._noted(desk, name, action(desk), diary)
        await classroom.attend(server, 1, time.monotonic() + 5, 0, ids, diary)
        return diary, ids

    diary, ids = asyncio.run(whole())
    assert diary.failures == []
    assert diary.seconds.keys() >= {name for actions in LESSONS.values() for name in actions}
    assert "epochs, loss" in classroom.judged(runs.get(ids[0]), diary)
    diary.memory_mb = [100, 100, 100, 300]
    diary.failed("learner 7", "looking", "nothing there")
    lines = [*classroom.told(diary, ["2 epochs"], 1, 2)]
    assert lines[-2:] == ["failures: 1", "learner 7, looking: nothing there"]
    assert "300 at most, 300 at the end; last quarter less second +200 MB" in lines[-4]
    assert any(line.split()[:2] == ["watch", "1"] for line in lines)


def test_a_short_soak_is_flat(server: harness.Server) -> None:
    used = cpu_s(server.pid)
    result = asyncio.run(soak.soak(server, edits=60, warm_up=20, sample=10, switch=40, session=30))
    assert len(result.seconds) == 60
    assert len(result.resident_mb) == 6
    assert result.resident_mb[-1] == pytest.approx(resident_mb(server.pid), rel=0.2)
    assert abs(result.resident_mb[-1] - result.resident_mb[2]) < 60
    assert cpu_s(server.pid) > used


def test_the_browser_tells_when_an_edit_and_a_move_are_painted(server: harness.Server) -> None:
    with harness.chromium() as browser:
        tab = pages.open_tab(browser, server, "/kernels?size=32")
        told = edit.edits(tab)()
        assert 0 < told["torch"] < 10_000
        tab.page.evaluate("recordPointing()")
        drag = dragging.dragged(tab, pages.lab_root(tab), "data-revision", 40)
        assert len(drag.drawn_ms) > 1
        assert drag.frames_ms
        told = edit.bank_edits(pages.open_tab(browser, server, edit.BANK_PATH))()
        assert 0 < told["torch"] < 10_000
        assert told["routed"]
        for control in (
            modules.CONTROLS["one training step, seed"],
            modules.CONTROLS["save and load, strict"],
            modules.CONTROLS["save and load, network"],
            modules.CONTROLS["dropout, draw again"],
        ):
            change = modules.changes(pages.open_tab(browser, server, f"/modules?{control.query}"), control)
            assert change() > 0
            assert change() > 0
        moves = pointing.point(tab, pages.lab_root(tab).locator(".out canvas.cursor"), 3)
        assert len(moves) == 3
        assert all(0 <= move["handler"] <= move["whole"] and move["frame"] > 0 for move in moves)


def test_a_small_sweep_runs_to_its_end_beside_one_run_after_another() -> None:
    ratio, took = sweeps.run(epochs=1, data=lambda: sweeps.noise(10))
    assert (ratio.bar, took.bar) == (0.8, None)
    assert 0 < ratio.value < 10
    assert "24 runs" in ratio.detail


def test_a_small_store_is_listed() -> None:
    figures = sweeps.run_store(count=10, sweeps=3)
    assert len(figures) == 7
    assert figures[0].detail.startswith("10 runs, 3 sweeps")
    assert all(figure.verdict == "met" for figure in figures)


def test_seeds_as_one_network_are_timed_beside_one_after_another() -> None:
    batch, turns = gpu.together(sweeps.noise(20), 2, device="cpu")
    assert batch > 0
    assert turns > 0
