"""pages/train.py where disk or memory refuse, the queue is full, or another lab has the run: said there."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convlab.networks import variants
from convlab.storage import data_folder, locks
from convlab.training import memory, owners, queue, runs
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.pages.test_train import PAGE, buttons, ended, home, press
from tests.pages.test_train_runs import ticked
from tests.training.faults import failing
from tests.training.test_labs import IDLE
from tests.ui.driver import open_page, troubles

__all__ = ["home"]  # the fixture of the page's tests
ELSEWHERE = "0123456789abcdef"
FULL = "No room is left in "


@pytest.fixture(autouse=True)
def pool(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """The queue of this process, which trains nothing."""
    queue.shared.cache_clear()
    found = Queue(slots=1, command=IDLE)
    monkeypatch.setattr(queue, "Queue", lambda: found)
    yield found
    found.close()
    queue.shared.cache_clear()


def warnings(app: AppTest) -> list[str]:
    return [one.value for one in app.warning]


def refused(app: AppTest) -> bool:
    """Whether the page said that the disk is full, and nothing else went wrong."""
    return not app.exception and [said.startswith(FULL) for said in troubles(app)] == [True]


def test_what_a_button_cannot_write_is_one_sentence_and_leaves_nothing(pool: Queue) -> None:
    run, before = ended(1), len(pool._waiting)
    app = open_page(PAGE, run=run.id, epochs=1)
    for key in ("train.start", "train.fork"):
        with failing(0, errno.ENOSPC, for_good=True):
            press(app, key)
        assert refused(app), key
        assert (runs.all_runs(), len(pool._waiting)) == ([run], before)
        assert [path.name for path in run.folder.parent.iterdir()] == [run.id]
        app.run()
        assert troubles(app) == []


def test_a_run_cannot_be_renamed_deleted_or_resumed_on_a_disk_that_refuses() -> None:
    run = ended(1)
    app = ticked(open_page(PAGE, experiment="past"), [0])
    with failing(0, errno.ENOSPC, for_good=True):
        app.text_input(key=f"train.renamed.{run.id}").set_value("other").run()
    assert refused(app)
    with failing(0, errno.ENOSPC, for_good=True):
        press(ticked(app, [0]), "train.delete")
    assert refused(app)
    assert (runs.all_runs(), run.name) == ([run], "net")
    run.set_status(run.status().now("paused"))
    app = open_page(PAGE, run=run.id)
    with failing(0, errno.ENOSPC, for_good=True):
        press(app, "train.resume")
    assert refused(app)
    assert run.status().state == "paused"


def test_a_disk_without_a_place_for_the_queue_is_said_before_anybody_presses(
    pool: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ended(1)

    def full() -> Queue:
        raise OSError(errno.EROFS, "Read-only file system")

    queue.shared.cache_clear()
    monkeypatch.setattr(queue, "Queue", full)
    app = open_page(PAGE, run=run.id)
    assert app.button(key="train.start").disabled
    assert [said.startswith("ConvLab may not write into ") for said in warnings(app)] == [True]
    assert troubles(app) == []
    assert run.name in " ".join(one.value for one in app.markdown)  # what is there is shown
    monkeypatch.setattr(queue, "Queue", lambda: pool)
    assert not app.run().button(key="train.start").disabled


@pytest.mark.parametrize("page", ["app.py", "pages/kernels.py", "pages/feature_maps.py", "pages/probe.py"])
def test_without_a_folder_all_but_training_goes_on(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", "/dev/null/lab")
    app = open_page(page)
    assert (troubles(app), list(app.exception)) == ([], [])
    (said,) = troubles(open_page(PAGE))
    assert said.startswith("ConvLab cannot make its folder ")


def test_a_full_queue_is_said_before_and_at_the_press(pool: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LONGEST", 1)
    app = open_page(PAGE, epochs=1)
    (run,) = pool.begin([lambda: ended(1).fork(1)])
    before = runs.all_runs()
    press(app, "train.start")  # this page was drawn before
    assert any("1 runs wait already" in said for said in troubles(app))
    assert runs.all_runs() == before
    assert app.button(key="train.start").disabled
    assert any("1 runs wait already" in said for said in warnings(app))
    pool.cancel(run)
    assert not app.run().button(key="train.start").disabled


def theirs(state: str) -> tuple[Run, object]:
    """A run of another lab, which lives as long as its lock is held."""
    run = ended(1)
    lock = locks.take(data_folder.part("queues") / f"{ELSEWHERE}.lock")
    run.set_owner(replace(owners.here(ELSEWHERE), pid=1234, host="<b>host</b>"))
    (data_folder.part("queues") / f"{ELSEWHERE}.json").write_text(f'["{run.id}"]')
    run.set_status(run.status().waiting(ELSEWHERE) if state == "queued" else run.status().now("paused"))
    return run, lock


def test_another_labs_run_is_stopped_only_after_the_page_said_whose_it_is() -> None:
    run, _lock = theirs("queued")
    app = open_page(PAGE, run=run.id)
    said = "Another lab on \\<b\\>host\\</b\\> has this run \\(process 1234, since"
    assert "Stop" in [one.proto.popover.label for one in app.get("popover")]
    assert sum(said in one.value for one in app.markdown) == 2  # beside the buttons, and in the question
    assert app.button(key="train.stop").label == "Stop it all the same"
    press(app, "train.stop")
    assert run.status().state == "stopped"
    assert "train.stop" not in buttons(app)
    assert not any("has this run" in one.value for one in app.markdown)


def test_the_list_names_the_process_that_has_a_run() -> None:
    run, _lock = theirs("queued")
    app = open_page(PAGE, experiment="past")
    assert app.dataframe[0].value["State"].tolist() == ["Waiting (process 1234 on <b>host</b>)"]
    ticked(app, [0])
    assert any("process 1234, since" in one.value for one in app.markdown)
    run.set_owner(replace(owners.here(ELSEWHERE), pid=1234))
    assert app.run().dataframe[0].value["State"].tolist() == ["Waiting (process 1234)"]


def test_hazard_28_the_link_of_a_run_that_does_not_fit_builds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built, init = [], variants.NetResDeep.__init__

    def counted(self: variants.NetResDeep, n_chans1: int = 32, n_blocks: int = 10, **more: Any) -> None:
        built.append(n_blocks)
        init(self, n_chans1, n_blocks, **more)

    monkeypatch.setattr(variants.NetResDeep, "__init__", counted)
    monkeypatch.setattr(memory, "room_of", lambda device: 16 * 10**9)
    link = {"design": "net_res_deep", "n_blocks": 100, "n_chans1": 128}
    app = open_page(PAGE, **link, batch_size=1024)
    assert app.button(key="train.start").disabled
    assert any("GB of memory, and 16\\.0 GB are there" in one.value for one in app.warning)
    app = open_page(PAGE, **link, batch_size=16)
    assert not app.button(key="train.start").disabled
    assert any("GB** of memory at most · about **" in one.value for one in app.markdown)
    assert max(built) <= 10
