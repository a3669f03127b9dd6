"""The part "Regularisers" of pages/modules.py: what it shows is what PyTorch gives."""

import re
import threading
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from convlab.networks import dropping
from convlab.training import penalties
from convlab.training.network import fresh
from convlab.ui.modules import regularised_norm, regularised_penalties
from convlab.ui.modules.regularised import REGULARISERS
from convlab.ui.modules.regularised_dropout import _maps
from tests.ui.driver import open_page, received, troubles


def opened(regulariser: str, **query: object) -> AppTest:
    app = open_page("pages/modules.py", part="regularised", regulariser=regulariser, **query)
    assert troubles(app) == []
    return app


def by_numbers(app: AppTest, key: str) -> AppTest:
    app.session_state[f"{key}.by_numbers"] = True
    app.run()
    assert troubles(app) == []
    return app


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.markdown)


@pytest.mark.parametrize("regulariser", REGULARISERS)
def test_each_regulariser_has_its_picture_and_its_code(regulariser: str) -> None:
    app = opened(regulariser, experiment="code")
    assert app.get("bidi_component")
    compile(app.code[-1].value, regulariser, "exec")


def test_l2_and_weight_decay_differ_by_nothing() -> None:
    app = opened("l2", penalty_l2=0.002)
    values = app.table[0].value.values.tolist()
    apart = [row[3] for row in values]
    assert apart[1] == "0"
    assert 0 < float(apart[0]) < 1e-7
    assert values[2][0] == "weight_decay = 0.004"
    app.number_input(key="modules.penalty_l2").set_value(2**-10).run()
    assert [row[3] for row in app.table[0].value.values.tolist()] == ["0", "0", "–"]
    app.selectbox(key="modules.penalty_optimizer").set_value("AdamW").run()
    assert float(app.table[0].value.values[1][3]) > 1e-3


def test_the_steps_stand_in_numbers_too() -> None:
    app = by_numbers(opened("l2"), "modules.l2")
    table = app.expander[0].table[0].value
    assert len(table) == regularised_penalties.STEPS
    assert table.iloc[:, -1].tolist() == ["0"] * regularised_penalties.STEPS


def test_l1_is_trained_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regularised_penalties, "EPOCHS", 2)
    app = opened("l1")
    before, _blobs = received(app, "modules.l1")
    assert [one["name"] for one in before["charts"][0]["series"]] == ["Untrained"]
    app.button(key="modules.l1.train").click().run()
    while not app.table or len(app.table[0].value) < 3:
        app.run()
    assert troubles(app) == []
    after, _blobs = received(app, "modules.l1")
    names = ["Untrained", "No penalty", "L2, λ = 0.001", "L1, λ = 0.001"]
    assert [one["name"] for one in after["charts"][1]["series"]] == names
    assert [row[0] for row in app.table[0].value.values.tolist()] == names[1:]
    sheet, _blobs = received(app, "modules.l1.sheet")
    assert "conv1.weight" in str(sheet)
    shares = by_numbers(app, "modules.l1").expander[0].table[0].value
    assert shares.columns.tolist() == ["Smaller than", *names]
    assert shares["Smaller than"].tolist()[24] == "0.001"
    assert shares["Smaller than"].astype(float).is_monotonic_increasing
    share = f"{float(shares[names[3]][24]):.1%}"
    assert share == app.table[0].value.iloc[2, 1]
    counted, below = after["charts"]
    assert counted["silent"]
    assert below["resting"] == "size of a weight; in the legend: the share below 0.001"
    assert (below["exponent"], below["rests_at"]) == (-6, pytest.approx(3))


def test_the_untrained_networks_sizes_stand_there_at_once() -> None:
    _header, blobs = received(opened("l1"), "modules.l1")
    counted = torch.frombuffer(bytearray(blobs["one_0"]), dtype=torch.float32).reshape(-1, 2)
    assert counted[:, 0].tolist() == [(n + 0.5) / 4 for n in range(24)]
    sizes = penalties.sizes(fresh("net", {}, 0))
    within = (sizes >= 10**-1.5) & (sizes < 10**-1.25)
    assert float(counted[18, 1]) == pytest.approx(100 * float(within.double().mean()), rel=1e-5)
    assert float(counted[:, 1].sum()) == pytest.approx(100, abs=0.1)


def test_each_network_is_shown_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    first, go_on, trained = threading.Event(), threading.Event(), regularised_penalties._train

    def slow(l1: float, *more: Any) -> regularised_penalties.Trained:
        if l1:
            more[1].say(1, 2, more[2])  # as each epoch does
            first.set()
            go_on.wait(60)
        return trained(l1, *more)

    monkeypatch.setattr(regularised_penalties, "EPOCHS", 1)
    monkeypatch.setattr(regularised_penalties, "_train", slow)
    app = opened("l1", penalty_l1=0.003)
    app.button(key="modules.l1.train").click().run()
    assert first.wait(60)
    app.run()
    header, _blobs = received(app, "modules.l1")
    shown = [one["name"] for one in header["charts"][0]["series"]]
    assert shown == ["Untrained", "No penalty", "L2, λ = 0.001"]
    go_on.set()
    while len(app.table[0].value) < 3:
        app.run()
    assert troubles(app) == []


def test_dropout_drops_what_pytorch_drops() -> None:
    app = opened("dropout", dropout_draw=3, dropout_passes=4)
    found = dropping.passes(_maps(), "Dropout2d", 0.4, 4, 3)
    assert f"**{len(found.dropped(-1))} of 16 maps are dropped**" in said(app)
    assert "= **1.667**" in said(app)
    header, blobs = received(app, "modules.dropout")
    assert header["tiles"]["crossed"] == [[], list(found.dropped(-1)), []]
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32).reshape(3, 32, 32)
    assert torch.equal(values[1, :8, 8:16], found.outputs[-1, 1])
    app.button(key="modules.draw_again").click().run()
    assert app.query_params["dropout_draw"] == "4"
    table = by_numbers(app, "modules.dropout").expander[0].table[0].value
    assert len(table) == 16


def test_a_single_pass_is_its_own_mean() -> None:
    app = opened("dropout", dropout_passes=1)
    table = by_numbers(app, "modules.dropout").expander[0].table[0].value
    assert "Mean of 1 pass" in table.columns


@pytest.mark.parametrize(("p", "words"), [(1.0, "nothing is left"), (0.0, "**0 of 1,024 values")])
def test_dropout_at_its_ends(p: float, words: str) -> None:
    assert words in said(opened("dropout", dropout_p=p))


def test_single_values_are_dropped_too() -> None:
    app = opened("dropout", dropout_kind="Dropout")
    assert re.search(r"\*\*\d+ of 1,024 values are dropped", said(app))
    assert received(app, "modules.dropout")[0]["tiles"]["crossed"] == [[], [], []]


def test_running_statistics_move_as_pytorchs() -> None:
    app = by_numbers(
        opened("batch_norm", norm_momentum=0.25, norm_frozen_from=10, norm_channel=3), "modules.statistics"
    )
    layer = nn.BatchNorm2d(16, momentum=0.25)
    for n, batch in enumerate(regularised_norm._maps().split(16)):
        layer.train(n < 10)
        layer(batch)
    assert layer.running_mean is not None
    after = float(layer.running_mean[3])
    assert f"= **{after:.4f}**".replace("-", "−") in said(app)
    moved = app.expander[0].table[0].value["running_mean"].astype(float).tolist()
    assert moved[9:] == [pytest.approx(after, rel=1e-5)] * 15
    assert moved[8] != moved[9]


def test_batch_norm_from_the_start_in_eval() -> None:
    assert "In eval() from the start" in said(opened("batch_norm", norm_frozen_from=0))


def test_a_bias_before_batch_norm_changes_nothing() -> None:
    app = opened("bias", norm_channel=7, norm_bias=-3)
    convolved, normalised, in_eval, gradient, shift = (float(row[1]) for row in app.table[0].value.values)
    assert convolved == pytest.approx(3)
    assert normalised < 1e-5
    assert in_eval > 0.1
    assert gradient < 1e-6
    assert shift > 1e-3
    for key in ("modules.bias", "modules.bias.normalised"):
        assert len(received(app, key)[0]["titles"]) == 2
    assert len(by_numbers(app, "modules.bias").expander[0].table[0].value) == 256


@pytest.mark.parametrize(("regulariser", "name"), [("dropout", "bird"), ("bias", "airplane")])
def test_the_sketch_that_the_maps_come_from_is_shown_and_named(regulariser: str, name: str) -> None:
    app = opened(regulariser)
    assert f"The maps come from this sketch: {name}." in [one.value.replace("\\", "") for one in app.caption]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"penalty_l2": 0.002}, "**SGD: the same.** Added to the gradient"),
        ({"penalty_l2": 2**-10}, "**SGD: the same**, to the last bit of every weight."),
        ({"penalty_optimizer": "AdamW"}, "**AdamW: not the same.** The weights end up to 0.011 apart"),
    ],
)
def test_it_says_whether_l2_and_weight_decay_are_the_same(query: dict[str, object], words: str) -> None:
    assert words in said(opened("l2", **query))


def test_the_differences_are_drawn_beside_what_the_weights_have_moved() -> None:
    header, blobs = received(opened("l2"), "modules.l2")
    names = [one["name"] for one in header["charts"][1]["series"]]
    assert names[2] == "To compare: how far a weight has moved"
    moved = torch.frombuffer(bytearray(blobs["other_2"]), dtype=torch.float32).reshape(-1, 2)[:, 1]
    apart = torch.frombuffer(bytearray(blobs["other_0"]), dtype=torch.float32).reshape(-1, 2)[:, 1]
    assert float(apart.max()) < 1e-4 * float(moved.max())
    assert {one["resting"] for one in header["charts"]} == {"step; in the legend: step 12"}
