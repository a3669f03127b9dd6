"""pages/train.py without a browser: past runs compared, forked, downloaded; what they were told."""

import io
import json

import pytest
import torch
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from convlab.training import queue, runs, snapshots
from convlab.training.settings import Settings
from convlab.training.story import Parent
from convlab.ui.train import run_filters
from tests.pages.test_train import (
    MARKUP,
    PAGE,
    controls,
    ended,
    header,
    home,
    pool,
    press,
    until,
)
from tests.ui.driver import open_page, received, troubles

__all__ = ["home", "pool"]  # the fixtures of the page's tests


def ticked(app: AppTest, rows: list[int]) -> AppTest:
    """Tick rows of the table of past runs, as the browser does."""
    (table,) = app.dataframe
    state = WidgetState(id=table.proto.id)
    state.string_value = json.dumps({"selection": {"rows": rows, "columns": [], "cells": []}})
    widgets = app._tree.get_widget_states()
    widgets.widgets.append(state)
    return app._run(widgets)


def test_past_runs_are_listed_searched_renamed_opened_and_deleted() -> None:
    first, second = ended(1, seed=1), ended(2, seed=2)
    app = open_page(PAGE, experiment="past")
    (table,) = app.dataframe
    assert table.value["Seed"].tolist() == [2, 1]
    assert table.value["Epochs"].tolist() == ["2 / 2", "1 / 1"]
    app.text_input(key="train.search").set_value("net 1").run()
    assert app.dataframe[0].value["Seed"].tolist() == [2, 1]  # both have a 1 somewhere
    app.text_input(key="train.search").set_value("nothing-like-it").run()
    assert not app.dataframe
    app.text_input(key="train.search").set_value("").run()
    ticked(app, [1])
    app.text_input(key=f"train.renamed.{first.id}").set_value(MARKUP).run()
    assert first.name == MARKUP
    ticked(app, [1])
    press(app, f"train.open.{first.id}")
    assert controls(app).run == first.id
    ticked(app, [0, 1])
    press(app, "train.delete")
    assert runs.all_runs() == []
    assert controls(app).run == ""
    assert troubles(app) == []
    assert second not in runs.all_runs()


def test_a_link_holds_the_ticks_the_filters_the_order_and_the_columns() -> None:
    made = [ended(1, seed=seed) for seed in (1, 2, 3)]
    link = {"sort": "seed", "ascending": 1, "columns": "seed,val_loss", "begun": "day", "ticked": made[1].id}
    app = open_page(PAGE, experiment="past", **link)
    table = app.dataframe[0].value
    assert table.columns.tolist() == ["Name", "Seed", "Validation loss"]
    assert table["Seed"].tolist() == [1, 2, 3]
    assert app.button(key=f"train.open.{made[1].id}")
    ticked(app, [0, 1])
    assert app.query_params["ticked"] == f"{made[0].id},{made[1].id}"
    app.selectbox(key="train.only_state").set_value("finished").run()
    assert app.query_params["only_state"] == "finished"
    assert len(app.dataframe[0].value) == 3
    assert troubles(app) == []


def test_ticks_on_other_pages_count_and_can_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_filters, "PER_PAGE", 2)
    made = [ended(1, seed=seed) for seed in (1, 2, 3)]
    app = open_page(PAGE, experiment="past", ticked=made[0].id, table_page=9)
    assert controls(app).table_page == 2
    assert app.dataframe[0].value["Seed"].tolist() == [1]
    app.number_input(key="train.table_page").set_value(1).run()
    assert app.dataframe[0].value["Seed"].tolist() == [3, 2]
    assert any("Runs 1 to 2 of 3" in one.value for one in app.caption)
    ticked(app, [0])
    assert any(one.value.startswith("2 runs are ticked, 1 of them") for one in app.markdown)
    press(app, "train.untick")
    assert "ticked" not in app.query_params
    assert not [one for one in app.markdown if "are ticked" in one.value]
    assert troubles(app) == []


def test_tags_and_notes_are_written_to_the_run_and_shown_letter_by_letter() -> None:
    first, second = ended(1, seed=1), ended(1, seed=2)
    app = open_page(PAGE, experiment="past", ticked=first.id)
    app.text_input(key=f"train.tags.{first.id}").set_value("talk,  slow ,talk,").run()
    app.text_area(key=f"train.noted.{first.id}").set_value(MARKUP).run()
    assert first.meta.tags == ("talk", "slow")
    assert first.meta.notes == MARKUP
    row = app.dataframe[0].value.set_index("Seed").loc[1]
    assert (row["Tags"], row["Notes"]) == ("talk, slow", " ".join(MARKUP.split()))
    app.text_input(key=f"train.tags.{first.id}").set_value(",".join("abcdefghijklm")).run()
    assert any("at most 12 tags" in one.value for one in (*app.error, *app.warning))
    app = open_page(PAGE, experiment="past", ticked=f"{first.id},{second.id}")
    app.text_input(key="train.tag_all").set_value("both").run()
    assert [run.meta.tags for run in (first, second)] == [("talk", "slow", "both"), ("both",)]
    app.text_input(key="train.search").set_value("BOTH slow").run()
    assert app.dataframe[0].value["Seed"].tolist() == [1]


def test_runs_are_compared_and_their_differences_are_bold() -> None:
    ended(2, seed=1), ended(2, seed=2), ended(2, lr=0.1)
    app = open_page(PAGE, experiment="past")
    ticked(app, [0, 1, 2])
    shown, blobs = received(app, "train.compare")
    names = [[one["style"] for one in chart["series"]] for chart in shown["charts"]]
    assert names[0] == ["band", "solid", "dashed"]  # the two seeds, which are older, are one band
    assert shown["charts"][0]["series"][1]["name"] == "Net, the baseline, lr 0.01: mean of 2 seeds"
    table = app.table[-1].value
    assert table["Setting"].tolist()[:2] == ["lr", "Seed"]
    values = [table[column].tolist()[0] for column in table.columns[1:]]
    assert values == ["0\\.01", "0\\.01", "**0\\.1**"]
    ends = [run.metrics().records[-1] for run in reversed(runs.all_runs())]
    told = [f"{100 * (end.train_accuracy - end.val_accuracy):+.1f} points".replace("-", "−") for end in ends]
    assert table.values.tolist()[-1] == ["Gap between the two", *told]
    mean = torch.frombuffer(bytearray(blobs["val_accuracy_1"]), dtype=torch.float32).reshape(-1, 2)
    both = [run.metrics().records for run in runs.all_runs()[1:]]
    expected = [(a.val_accuracy + b.val_accuracy) / 2 for a, b in zip(*both, strict=True)]
    assert mean[:, 1].tolist() == pytest.approx(expected)


def test_a_fork_goes_on_from_an_epoch_with_the_settings_above(pool: queue.Queue) -> None:
    run = ended(2)
    app = open_page(PAGE, run=run.id, lr=0.02, epochs=1)
    app.select_slider(key=f"train.fork.{run.id}").set_value(1).run()
    assert any("lr: 0\\.01 → 0\\.02" in m.value for m in app.markdown)
    press(app, "train.fork")
    child = runs.get(controls(app).run)
    assert child.parent == Parent(run.id, 1)
    assert child.name == f"{run.name}, from epoch 1"
    assert child.settings == run.settings.changed(lr=0.02, epochs=1)
    until(app, lambda app: header(app)["status"]["state"] == "Finished")
    begun = child.weights_at(0)
    assert all(torch.equal(tensor, begun[name]) for name, tensor in run.weights_at(1).items())


def test_a_fork_is_told_the_rate_that_its_parent_had_come_to() -> None:
    run = ended(2)
    record = {"event": "lr", "epoch": 2, "batch": 1, "lr": 0.05}
    with (run.folder / "metrics.jsonl").open("a") as lines:
        lines.write(json.dumps(record) + "\n")
    for epoch, lr, expected in ((2, 0.01, "- lr: 0\\.05 → 0\\.01"), (2, 0.05, None), (1, 0.01, None)):
        app = open_page(PAGE, run=run.id, lr=lr, epochs=run.settings.epochs)
        app.select_slider(key=f"train.fork.{run.id}").set_value(epoch).run()
        texts = [m.value for m in app.markdown]
        assert (expected in texts) if expected else any("All settings are as they were" in t for t in texts)


def test_a_fork_and_its_steered_parent_are_told_apart_everywhere(pool: queue.Queue) -> None:
    run = ended(2)
    run.rename("n" * 80)
    app = open_page(PAGE, run=run.id, epochs=1, lr=0.05)
    press(app, "train.fork")
    child = runs.get(controls(app).run)
    assert child.name.endswith("…, from epoch 2")
    until(app, lambda app: header(app)["status"]["state"] == "Finished")
    assert header(app)["charts"][0]["marks"][0]["words"] == f"fork of {run.name} at epoch 2"
    run.delete()
    app = open_page(PAGE, run=child.id, experiment="past")
    row = app.dataframe[0].value.iloc[0]
    assert row["Forked"] == f"fork of {'n' * 80} (deleted) at epoch 2"
    assert header(app)["charts"][0]["marks"][0]["words"] == row["Forked"]


def test_a_name_with_markup_is_plain_text_everywhere() -> None:
    run = ended(1)
    run.rename(MARKUP)
    for experiment in ("past", "then"):
        app = open_page(PAGE, run=run.id, experiment=experiment)
        assert troubles(app) == []
        texts = [
            element.value for kind in (app.markdown, app.caption, app.warning, app.info) for element in kind
        ]
        named = [text for text in texts if "invalid" in text]
        assert named
        for payload in ("![x](", " <img src", "$x^2$", ":cat:", "**b** `c`"):
            assert not any(payload in text for text in named)


def test_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    from convlab.ui.train import run_actions

    run = ended(2)
    told = json.loads(run_actions.about(run))
    assert Settings.parse(told["settings"]) == run.settings
    assert told["environment"]["parameters"] == 18_090
    assert told["events"] == []
    assert told["story"]["legs"][0]["run"] == run.id
    assert run_actions.batches(run).splitlines()[1].endswith(",0.01")
    state = torch.load(io.BytesIO(run.pt()), weights_only=True)
    assert torch.equal(state["fc2.weight"], snapshots.load(run.weights())[0]["fc2.weight"])


def test_a_run_says_what_it_was_told_and_what_that_came_to() -> None:
    app = open_page(PAGE, run=ended(2).id)
    assert "Batches an epoch" not in str([table.value for table in app.table])
    app.session_state["train.told"] = True
    told = dict(app.run().table[0].value.values)
    assert (told["Epochs"], told["Batches an epoch"], told["lr"]) == ("2 of 2", "5", "0.01")
    assert told["Device"].endswith("(asked for: auto)")
    assert troubles(app) == []


def test_the_code_of_a_run_is_its_own_script() -> None:
    run = ended(1, lr=0.0123)
    app = open_page(PAGE, run=run.id, experiment="code")
    (code,) = app.code
    assert "0.0123" in code.value
    assert 'load_file("sketches.safetensors")' in code.value
    compile(code.value, "train.py", "exec")


def test_ticks_stay_with_their_runs_when_others_come_and_go() -> None:
    made = [ended(1, seed=seed) for seed in (1, 2, 3)]
    app = ticked(open_page(PAGE, experiment="past"), [0, 2])
    assert any("Delete for good" in m.value and "net, net" in m.value for m in app.markdown)
    new = ended(1, seed=4)
    app.run()
    assert app.query_params["ticked"] == f"{made[2].id},{made[0].id}"
    assert app.dataframe[0].value["Seed"].tolist() == [4, 3, 2, 1]
    new.delete()
    made[2].delete()
    app.run()
    assert app.button(key=f"train.open.{made[0].id}")  # one alone is ticked


def test_hazard_24_folders_that_cannot_be_read_are_counted_and_named_and_the_rest_works() -> None:
    good, *others = (ended(1, seed=seed) for seed in range(5))
    (others[0].folder / "status.json").write_text('{"state": "exploded"}')
    (others[1].folder / "environment.json").write_text("[" * 100_000)
    (others[2].folder / "metrics.jsonl").write_text('{"resumed": 0}\n{"ended": 3}\n')
    (others[3].folder / "meta.json").unlink()
    good.folder.with_name("<img src=x> **b**").mkdir()
    app = open_page(PAGE, experiment="past")
    assert app.dataframe[0].value["Seed"].tolist() == [0]
    (told,) = app.warning
    assert told.value.startswith("**5** of the folders with runs cannot be read and are left out: ")
    assert all(run.id in told.value for run in others)
    assert "\\<img src\\=x\\> \\*\\*b" in told.value
    assert troubles(app) == []
    app = open_page(PAGE, run=others[0].id)
    assert any("status\\.json of this run is damaged" in one.value for one in app.warning)
    for page, query in (("probe", {}), ("probe", {"model": f"run:{good.id}"}), ("feature_maps", {})):
        assert troubles(open_page(f"pages/{page}.py", **query)) == []
    app = open_page("pages/probe.py", model=f"run:{others[1].id}")
    said = [one.value for kind in (app.info, app.warning, app.error) for one in kind]
    assert any("environment\\.json of this run is damaged" in one for one in said), said


def test_more_runs_than_a_table_has_columns_stand_below_each_other_a_group_a_row() -> None:
    for seed in range(3):
        for lr in (0.1, 0.01, 0.02):
            ended(2, seed=seed, lr=lr)
    app = open_page(PAGE, experiment="past", ticked=",".join(run.id for run in runs.all_runs()))
    table = app.table[-1].value
    assert table["Runs"].tolist() == [rf"Net, the baseline, lr 0\.{lr}" for lr in ("1", "01", "02")]
    assert table["Seeds"].tolist() == ["3", "3", "3"]
    assert "Seed" not in table
    assert all("±" in cell for cell in table["Validation accuracy, last epoch"])
    app.toggle(key="train.bands").set_value(False).run()
    assert len(app.table[-1].value) == 9
    assert troubles(app) == []
