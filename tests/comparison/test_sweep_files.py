"""The files of a sweep: read as what anybody may have filled, and written whole."""

import json

import pytest

from convlab.comparison import sweep as sweeps
from convlab.comparison import sweep_files
from convlab.comparison.sweep import Sweep
from convlab.errors import UserError
from convlab.training import runs
from tests.comparison.small import plan


def test_ids_are_known_before_there_is_any_run(data: str) -> None:
    sweep = sweeps.create(plan(data))
    assert list(sweep.ids) == sweep.plan.cells
    assert len(set(sweep.ids.values())) == 4
    assert runs.all_runs() == []
    run = sweep.make(("wide", 1))
    assert run.id == sweep.ids["wide", 1]
    assert sweep.make(("wide", 1)) == run
    assert runs.all_runs() == [run]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("plan.json", "{}"), ("plan.json", "["), ("runs.json", "{}"),
        ("runs.json", '{"net": {"0": "../../x"}}'),
        ("costs.json", '{"net": -1}'), ("meta.json", '{"name": "", "created": 0}'), ("wish.json", '"fly"'),
        ("meta.json", '{"name": "x", "created": 1e300}'),
    ],
)  # fmt: skip
def test_what_is_damaged_is_said_and_not_listed(file: str, text: str, data: str) -> None:
    honest, sweep = sweeps.create(plan(data)), sweeps.create(plan(data))
    (sweep.folder / file).write_text(text)
    with pytest.raises(UserError, match=f"{file} of this comparison is damaged"):
        Sweep(sweep.id).check()
    assert sweeps.all_sweeps() == [honest]


def test_a_file_of_endless_length_is_not_read(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = sweeps.create(plan(data))
    monkeypatch.setattr(sweep_files, "_MOST_BYTES", 100)
    with pytest.raises(UserError, match=r"plan\.json of this comparison is damaged"):
        _ = Sweep(sweep.id).plan


def test_one_run_for_two_seeds_is_refused(data: str) -> None:
    sweep = sweeps.create(plan(data))
    told = json.loads((sweep.folder / "runs.json").read_text())
    told["net"]["0"] = told["wide"]["1"]
    (sweep.folder / "runs.json").write_text(json.dumps(told))
    with pytest.raises(UserError, match="damaged"):
        _ = Sweep(sweep.id).ids
