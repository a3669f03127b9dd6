"""The part "Width and kernel size" of pages/modules.py: its figures, its runs, its lottery ticket."""

import inspect
import re
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.networks import designs, pruning
from convlab.networks.designs import Net
from convlab.networks.kernel_sizes import SIZES
from convlab.networks.layer_costs import layer_costs
from convlab.probing import bundled
from convlab.training import lottery, queue, runs, slots
from convlab.training.engine import EpochRecord
from convlab.training.lottery import Trained, Trial
from convlab.ui import getting
from convlab.ui.modules import capacity_kernels, capacity_ticket
from tests.few import few_sketches
from tests.pages.test_train import pool
from tests.ui.driver import open_page, received, troubles

__all__ = ["pool"]  # the fixture of the Train page's tests
PAGE = "pages/modules.py"
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()
    capacity_ticket.accuracy.cache_clear()
    return tmp_path


def opened(varied: str, **query: object) -> AppTest:
    app = open_page(PAGE, part="capacity", varied=varied, **query)
    assert troubles(app) == []
    return app


def table(app: AppTest, place: int = 0) -> dict[str, list[str]]:
    """A table of the page: its first column's words -> the row."""
    rows = app.table[place].value.values.tolist()
    return {str(row[0]): [str(cell) for cell in row[1:]] for row in rows}


def ended(app: AppTest, key: str) -> AppTest:
    """Run again until the work of a key has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while f"{key}.work" in app.session_state:
        app.run()
        assert troubles(app) == []
        assert time.monotonic() < deadline
    return app


# ---- width ----------------------------------------------------------------------------------------------


def widths(app: AppTest) -> dict[str, dict[str, str]]:
    """The table of widths: width -> name of the row -> text."""
    shown = app.table[0].value
    names = shown["n_chans1"].tolist()
    return {width: dict(zip(names, shown[width].tolist(), strict=True)) for width in shown.columns[1:]}


def test_the_chapter_s_widths_with_what_they_cost() -> None:
    shown = widths(opened("width"))
    assert {width: rows["**Parameters in all**"] for width, rows in shown.items()} == {
        "8": "**8,806**",
        "16": "**18,090**",
        "32": "**38,386**",
        "64": "**85,890**",
    }
    by_layer = [shown["16"][f"Parameters of {layer}"] for layer in ("conv1", "conv2", "fc1", "fc2")]
    assert by_layer == ["448", "1,160", "16,416", "66"]
    for width, rows in shown.items():
        costs = layer_costs(designs.design("net_width").build(n_chans1=int(width)))
        assert rows["Multiply-adds"] == f"{sum(one.multiply_adds for one in costs) / 1e6:.2f} M"
        assert rows["Memory for backward"] == f"{64 * sum(one.saved_bytes for one in costs) / 1e6:.1f} MB"


def test_a_width_of_one_s_own_stands_among_them() -> None:
    app = opened("width", n_chans1=24)
    assert widths(app)["24"]["**Parameters in all**"] == "**27,950**"
    app.number_input(key="modules.n_chans1").set_value(100).run()
    assert list(widths(app)) == ["8", "16", "32", "64", "100"]
    assert app.query_params["n_chans1"] == "100"


def test_an_odd_width_has_no_half_and_leaves_the_last_with_a_word_about_it() -> None:
    app = opened("width", n_chans1=24)
    app.number_input(key="modules.n_chans1").set_value(25).run()
    told = "n_chans1 takes even numbers only: the second convolution has half as many channels."
    assert [toast.value.replace("\\", "") for toast in app.toast] == [told]
    assert app.number_input(key="modules.n_chans1").value == 24
    app = open_page(PAGE, part="capacity", n_chans1=25)
    assert len(app.warning) == 1


def step_times(app: AppTest) -> list[float]:
    """In milliseconds, of each width."""
    return [float(row[1]) for row in app.expander[0].table[1].value.values]


def test_a_step_is_measured_on_this_machine_once_it_is_asked_for() -> None:
    app = opened("width")
    app.session_state["modules.capacity.by_numbers"] = True
    app = ended(app.button(key="modules.capacity.times").click().run(), "modules.capacity.times")
    times = step_times(app)
    assert all(0 < one < 1000 for one in times)
    told = " ".join(caption.value for caption in app.caption)
    assert "the lab's own loop" in told
    assert re.search(r"Measured on this visit, \d{4}-\d\d-\d\d \d\d:\d\d, and kept", told)
    (first,) = app.session_state["modules.capacity.times.kept"].found.values()
    app = ended(app.button(key="modules.capacity.times.again").click().run(), "modules.capacity.times")
    (second,) = app.session_state["modules.capacity.times.kept"].found.values()
    assert second.when > first.when
    assert second.seconds != first.seconds  # nothing of the first measurement is handed out again
    assert step_times(app) == pytest.approx([1000 * one for one in second.seconds.values()], rel=1e-5)
    bars = " ".join(one.proto.body for one in app.get("html"))
    assert all(f">{1000 * one:.1f} ms<" in bars for one in second.seconds.values())


def test_every_layer_by_numbers() -> None:
    app = open_page(PAGE, part="capacity")
    app.session_state["modules.capacity.by_numbers"] = True
    app.run()
    rows = app.expander[0].table[0].value.values.tolist()
    assert [row[1] for row in rows[:4]] == ["conv1", "conv2", "fc1", "fc2"]
    assert [int(row[3]) for row in rows[4:8]] == [442_368, 294_912, 16_384, 64]


# ---- kernels --------------------------------------------------------------------------------------------


def test_the_exercise_s_kernels() -> None:
    app = opened("kernel")
    shown = table(app)
    assert shown["Parameters"] == ["18,090", "20,906", "17,034"]
    assert shown["A unit of conv2 sees"] == ["8 × 8", "14 × 14", "2 × 8"]
    assert shown["A unit of pool2 sees"] == ["10 × 10", "16 × 16", "4 × 10"]
    assert shown["With padding=1, fc1 gets"] == ["512: fits", "288, not 512: fails", "576, not 512: fails"]
    assert shown["Rows shuffled, conv1 differs by"][2] == "0"
    assert float(shown["Rows shuffled, conv1 differs by"][0]) > 0.1
    assert "shapes cannot be multiplied (1x288 and 512x32)" in app.code[0].value
    (line,) = [text.value for text in app.markdown if "PyTorch's message" in text.value]
    assert line.split("`")[3] in inspect.getsource(Net.forward)
    assert any("its rows shuffled" in caption.value for caption in app.caption)


def test_the_three_are_trained_as_ordinary_runs(pool: queue.Queue) -> None:
    app = opened("kernel", kernel_epochs=1, kernel_seed=5)
    app.button(key="modules.kernels.start").click().run()
    assert troubles(app) == []
    deadline = time.monotonic() + PATIENCE_S
    while any(run.status().state != "finished" for run in runs.all_runs()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    found = {run.settings.options.get("kernel_size", 3): run for run in runs.all_runs()}
    assert set(found) == set(SIZES)
    assert all(run.settings.changed(options={}) == found[3].settings for run in found.values())
    app.run()
    shown = table(app, 1)
    for size, run in found.items():
        last = run.status().last
        assert last is not None
        row = shown[capacity_kernels.name_of(size)]
        points = 100 * (last.train_accuracy - last.val_accuracy)
        assert row[-1].replace("−", "-") == f"{points:+.1f} points"
    assert any("trained" in markdown.value and "untrained" not in markdown.value for markdown in app.markdown)
    names = [line["name"] for line in received(app, "modules.kernels.curves")[0]["charts"][0]["series"]]
    assert names == ["3 × 3", "5 × 5", "1 × 3"]


# ---- the lottery ticket ---------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 50, 99])
def test_the_bundled_network_is_pruned_at_once(share: int) -> None:
    app = opened("ticket", pruned=share)
    kept = sum(count - round(share / 100 * count) for count in (432, 1152, 16_384, 64))
    assert app.metric[0].value == f"{kept:,} / 18,032"
    after, zeros, weights = capacity_ticket.accuracy(share)
    assert weights - zeros == kept
    assert app.metric[1].value == f"{capacity_ticket.accuracy(0)[0]:.1%}"
    assert app.metric[2].value == f"{after:.1%}"
    trained = bundled.weights("net_sketches").probe.network
    for row in capacity_ticket.sheet(share):
        first, whole, ticket = row.tensors
        assert first is not None
        assert whole is not None
        assert ticket is not None
        assert torch.equal(whole, trained.get_parameter(row.name))
        assert torch.equal(ticket, first * ~pruning.smallest(whole, share / 100))


def test_the_first_values_of_the_bundled_network_are_those_of_its_seed() -> None:
    """Training moved them, but not to where another seed would have begun."""
    other = designs.seeded(designs.design("net").build, 1).state_dict()
    for row in capacity_ticket.sheet(0):
        first, trained = (one.detach().flatten() for one in row.tensors[:2] if one is not None)
        strange = other[row.name].flatten()
        alike = [float(torch.cosine_similarity(trained, one, dim=0)) for one in (first, strange)]
        assert alike[0] > alike[1] + 0.5


def test_the_experiment_with_its_figures_and_its_spread() -> None:
    app = opened("ticket", ticket_epochs=1, ticket_seeds=2, pruned=70)
    app = ended(app.button(key="modules.ticket").click().run(), "modules.ticket")
    (trials,) = app.session_state["modules.ticket.kept"].found.values()
    again = lottery.trials(capacity_ticket.settings_of(1), _sketches(), 0.7, 2, lambda *_: None)
    for trial, other in zip(trials, again, strict=True):
        for arm in lottery.ARMS:
            assert trial.arms[arm].records[-1].val_loss == other.arms[arm].records[-1].val_loss
    shown = capacity_ticket.table(trials)
    assert shown["Weights"] == [f"{trials[0].weights[0]:,}", "18,032", *2 * [f"{trials[0].weights[0]:,}"]]
    assert table(app)["All weights"][0] == "18,032"
    (sum_up,) = [markdown.value for markdown in app.markdown if "Trained here" in markdown.value]
    assert sum_up.startswith("Trained here: 70% pruned, 1 epoch, seeds 0, 1. ")
    accuracy = fmean(trial.arms["whole"].records[-1].val_accuracy for trial in trials)
    assert table(app)["All weights"][2].startswith(f"{accuracy:.1%} ± ")
    (named,) = [caption.value for caption in app.caption if "All four were trained here" in caption.value]
    assert "for 1 epoch. " in named
    assert named.endswith("was trained for 100 epochs.")
    curves: dict[str, Any] = received(app, "modules.ticket.curves")[0]
    styles = [line["style"] for line in curves["charts"][0]["series"]]
    assert styles == ["band", "solid", "band", "dashed", "band", "solid"]
    app.session_state["modules.ticket.by_numbers"] = True
    told = app.run().expander[0].table[-1].value
    ends = [fmean(trial.arms[arm].records[0].val_accuracy for trial in trials) for arm in lottery.ARMS]
    assert [float(cell) for cell in told.values.tolist()[0]] == pytest.approx([1, *ends])
    app.slider(key="modules.pruned").set_value(30).run()  # what was found stays in sight
    assert table(app)["All weights"][0] == "18,032"
    assert app.button(key="modules.ticket")


def _sketches() -> Any:
    return shelf.get("sketches")


def test_it_waits_for_a_place_and_can_be_stopped() -> None:
    slot = slots.take()
    assert slot is not None
    try:
        app = opened("ticket", ticket_epochs=30)
        app.button(key="modules.ticket").click().run()
        assert app.session_state["modules.ticket.work"].done == 0
        app.session_state["modules.ticket.work"].stop()
        app = ended(app, "modules.ticket")
    finally:
        slot.release()
    assert "modules.ticket.curves" not in [element.key for element in app.get("bidi_component")]
    assert app.button(key="modules.ticket")


def test_the_script_of_the_ticket_names_its_file() -> None:
    app = opened("ticket", experiment="code", ticket_epochs=2)
    assert 'load_file("sketches.safetensors")' in app.code[-1].value
    assert "range(2)" in app.code[-1].value


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ({"part": "capacity", "varied": "kernel"}, "Train the three, 100 epochs each"),
        ({"part": "capacity", "varied": "ticket", "ticket_epochs": 1}, "Train 9 networks, 1 epoch each"),
        ({"part": "depth", "depth_view": "trained"}, "Train both on sketches"),
    ],
)
def test_before_the_sketches_are_drawn_the_button_stands_in_its_place(
    query: dict[str, Any], label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "ready", lambda _key: False)
    monkeypatch.setattr(getting, "prepare", lambda _key: SimpleNamespace(poll=lambda: None))
    app = open_page(PAGE, **query)
    (button,) = [button for button in app.button if button.label == label]
    assert button.disabled
    assert [info.value.replace("\\", "") for info in app.info] == [SOURCES["sketches"].missing]
    assert not app.exception


def made(**accuracies: float) -> Trial:
    """A trial that ended with these accuracies; nothing is trained."""
    record = EpochRecord(1, 0.5, 0.9, 0.5, 0.8, 0.05, 1.0, 100.0, {})
    arms = {arm: Trained((replace(record, val_accuracy=value),), {}) for arm, value in accuracies.items()}
    return Trial(0, {}, {"fc2.weight": torch.tensor([True, False])}, 0.6, arms)


@pytest.mark.parametrize(
    ("tickets", "others", "said"),
    [
        ([0.8], [0.7], "One seed says nothing of luck"),
        ([0.80, 0.81, 0.82], [0.70, 0.71, 0.72], "a winning ticket."),
        ([0.70, 0.71, 0.72], [0.80, 0.81, 0.82], "made it worse"),
        ([0.70, 0.80, 0.75], [0.75, 0.74, 0.76], "within the luck of the seeds"),
    ],
)
def test_what_is_said_of_the_trials(tickets: list[float], others: list[float], said: str) -> None:
    pairs = zip(tickets, others, strict=True)
    trials = tuple(made(whole=0.85, ticket=ticket, other=other) for ticket, other in pairs)
    assert said in capacity_ticket.verdict(trials)
    apart = fmean(ticket - other for ticket, other in zip(tickets, others, strict=True))
    assert f"{100 * apart:+.1f}".replace("-", "−") in capacity_ticket.verdict(trials)
