"""The part "One training step" of pages/modules.py, by its widgets and by what its components are sent."""

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.training.step import ORDERS
from convlab.ui.modules.step_controls import Order, StepControls
from convlab.ui.modules.step_taken import taken
from tests.ui.driver import open_page, received, send, troubles

PAGE = "pages/modules.py"
LOOP, SHEET = "modules.step.loop", "modules.step.sheet"


def opened(**query: object) -> AppTest:
    app = open_page(PAGE, part="step", **query)
    assert troubles(app) == []
    return app


def by_numbers(app: AppTest) -> dict[str, str]:
    """What the panel says first: what has happened, and the losses."""
    app.session_state["modules.step.by_numbers"] = True
    app.run()
    return dict(app.expander[0].table[0].value.values)


@pytest.mark.parametrize("order", ORDERS)
def test_the_browser_gets_the_loop_that_ran(order: Order) -> None:
    app = opened(step_order=order, step_size=5)
    found = taken(StepControls(step_order=order, step_size=5))
    header, blobs = received(app, LOOP)
    assert header["code"][0] == "for turn in range(2):"
    assert len(header["stops"]) == len(found.places)
    assert header["names"] == ["airplane", "bird", "airplane", "bird", "airplane"]
    losses = np.frombuffer(blobs["losses"], np.float32).reshape(3, 5)
    logits = np.frombuffer(blobs["logits"], np.float32).reshape(3, 5, 2)
    for n, moment in enumerate(found.passes):
        assert moment.logits is not None
        assert moment.losses is not None
        assert np.array_equal(losses[n], moment.losses.numpy())
        assert np.array_equal(logits[n], moment.logits.numpy())
    pixels = np.frombuffer(blobs["pictures"], np.uint8).reshape(5, 32, 32, 4)
    assert np.array_equal(pixels[..., :3], found.pixels.permute(0, 2, 3, 1).numpy())


def test_the_sheet_gets_every_state_once_and_stands_where_the_player_does() -> None:
    app = opened()
    found = taken(StepControls())
    loop, (sheet, blobs) = received(app, LOOP)[0], received(app, SHEET)
    assert sheet["identity"] == loop["identity"] == found.identity
    assert sheet["shown"] == loop["stops"][loop["start"]]["columns"]
    assert sheet["formula"] == loop["stops"][loop["start"]]["formula"] == "{0} − 0.01 × {1} = {2}"
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32)
    assert len(values) == 5 * 18_090  # weights three times, gradients twice; None costs nothing
    for row, told in zip(found.rows, sheet["rows"], strict=True):
        for tensor, cell in zip(row.tensors, told["cells"], strict=True):
            if tensor is None:
                assert cell["said"] == "None"
            else:
                assert torch.equal(values[cell["at"] :][: tensor.numel()], tensor.flatten())


def test_by_numbers_tells_each_stop() -> None:
    app = opened()
    told = by_numbers(app)
    assert told["Loss at first"] == "0.672797"
    assert told["Loss after one step"] == "0.669132"
    assert told["Loss after two steps"] == "0.665405"
    app.number_input(key="modules.step.place").set_value(2).run()
    told = dict(app.expander[0].table[0].value.values)
    assert told["What has happened"] == "The loss is the mean of the pictures' losses: 0.6728."
    table = app.expander[0].table[1].value
    assert table["Loss"].astype(float).mean() == pytest.approx(0.672797, abs=1e-6)
    assert list(table["Class"][:2]) == ["airplane", "bird"]
    app.number_input(key="modules.step.place").set_value(0).run()
    assert list(app.expander[0].table[1].value.columns) == ["Picture", "Class"]


def test_an_entry_is_before_less_the_rate_times_its_gradient() -> None:
    app = opened(step_lr=0.5, step_entry="fc2.weight,1,3")
    by_numbers(app)
    values = dict(app.expander[0].table[3].value.values)
    before, gradient, after = (float(values[name]) for name in ("Weights", ".grad", "After step 1"))
    assert after == pytest.approx(before - 0.5 * gradient, rel=1e-5)


def test_the_wrong_order_learns_nothing_and_says_what_the_chapter_has() -> None:
    app = opened()
    app.selectbox(key="modules.step_order").set_value("step_first").run()
    told = by_numbers(app)
    assert told["Loss at first"] == told["Loss after two steps"] == "0.672797"
    assert told["Loss after two steps, as in the chapter"] == "0.665405"
    assert app.query_params["step_order"] == "step_first"


def test_a_kept_entry_goes_into_the_link_and_is_looked_at_closer() -> None:
    app = opened()
    send(app, SHEET, "keep", {"name": "conv2.weight", "index": [3, 7, 0, 2]})
    assert troubles(app) == []
    assert app.query_params["step_entry"] == "conv2.weight,3,7,0,2"
    (sentence,) = [text.value for text in app.markdown if "is the sum of" in text.value]
    assert "`conv2.weight[3, 7, 0, 2]`, −0.004439, is the sum of 2,048 numbers" in sentence
    header, blobs = received(app, "modules.step.closer.sum")
    maps = np.frombuffer(blobs["values"], np.float32)
    assert maps.size == 8 * 16 * 16
    assert maps.sum(dtype=np.float64) == pytest.approx(-0.004439, abs=1e-6)
    assert len(header["titles"]) == 8


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "conv9.weight", "index": [0]},
        {"name": "conv1.weight", "index": [16, 0, 0, 0]},
        {"name": "conv1.weight", "index": [0]},
        {"name": "<b>", "index": []},
        {"name": 3, "index": [0]},
        None,
    ],
)
def test_an_entry_that_is_not_there_is_not_kept(sent: object) -> None:
    app = opened()
    send(app, SHEET, "keep", sent)
    assert troubles(app) == []
    assert "step_entry" not in app.query_params


def test_a_linear_layers_gradient_is_a_sum_over_the_pictures_alone() -> None:
    app = opened(step_entry="fc1.weight,3,7")
    table = app.table[-1].value
    assert len(table) == 8
    assert table["It adds"].astype(float).sum() == pytest.approx(0.0025701, abs=1e-6)


def test_what_has_no_such_sum_is_said() -> None:
    app = opened(step_network="net_batch_norm", step_entry="conv1_batchnorm.weight,3")
    (said,) = [info.value for info in app.info]
    assert "is no weight of a convolution or of a linear layer" in said.replace("\\", "")


def test_without_item_the_graph_stays() -> None:
    app = opened(step_closer="item")
    table = app.table[-1].value
    assert list(table["`total += loss.item()`"]) == ["0 nodes, 0 bytes"] * 4
    assert table["`total += loss`, in training"].iloc[-1] == "68 nodes, 0 bytes"
    assert table["`total += loss`, in validation"].iloc[-1] == "68 nodes, 4,526,608 bytes"


@pytest.mark.parametrize("closer", ["sum", "item"])
def test_the_code_of_what_is_looked_at_runs(closer: str) -> None:
    app = opened(step_closer=closer, step_size=2)
    app.session_state["modules.step.closer.code.by_numbers"] = True
    app.run()
    assert troubles(app) == []
    (code,) = [code.value for code in app.expander[-1].code]
    exec(compile(code, closer, "exec"), {"__name__": "script"})


@pytest.mark.parametrize(
    "network", ["net_sketches", "net_dropout_sketches", "net_batch_norm_sketches", "net_res"]
)
@pytest.mark.parametrize("size", [1, 32])
def test_other_networks_and_batches(network: str, size: int) -> None:
    opened(step_network=network, step_size=size, step_batch=99, step_lr=10, step_seed=7)
