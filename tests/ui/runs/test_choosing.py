"""The list to choose a run from as a network."""

from pathlib import Path

from convlab.training import runs, worker
from convlab.training.settings import Settings
from convlab.ui import networks
from convlab.ui.runs import choosing, opens
from tests.few import few, few_sketches


def test_runs_with_weights_are_listed_the_newest_first(lab_home: Path) -> None:
    few_sketches()
    assert not networks.any_run()
    assert choosing.newest("net") == ""
    made = [
        runs.create(Settings.parse({"design": design, "epochs": 1, "device": "cpu"}), f"run of {design}")
        for design in ("net", "net_width", "net_dropout")
    ]
    (made[0].folder.parent / "no run").mkdir()
    assert not networks.any_run()  # none has weights yet
    for run in made[:2]:
        worker.train(run, data=lambda key: few())
    assert networks.any_run()
    found = choosing.titles(networks.offered_runs())
    assert list(found) == [made[1].id, made[0].id]
    assert found[made[0].id] == opens.title(made[0])
    assert choosing.newest("net") == made[0].id
    assert choosing.newest("net_dropout") == made[1].id  # none of its own has weights


def test_what_a_link_names_is_on_the_list() -> None:
    assert choosing.with_chosen({1: "one"}, 2) == {1: "one", 2: "2"}
    assert choosing.with_chosen({1: "one"}, 1) == {1: "one"}
