"""ui/numbers.py, and the panels of components that lessons share: board, learning player, time machine."""

from pathlib import Path

import pytest
import torch

from convlab.convolution import kernels
from convlab.pictures.board import Board
from convlab.ui.numbers import text
from tests.pages.test_kernels import warned
from tests.pages.test_train import ended, home
from tests.ui.driver import received, troubles
from tests.ui.panel import column, open_panel, results, set_number

__all__ = ["home"]  # the fixture of Train's tests


@pytest.mark.parametrize("value", [0.0, -1.5, 1 / 3, 1e-9, 123456.789, float("nan")])
def test_a_number_is_read_back(value: float) -> None:
    assert float(text(value)) == pytest.approx(value, rel=1e-5, nan_ok=True)
    assert len(text(value)) <= 13


def test_what_is_no_float_stands_as_it_is() -> None:
    assert [text(value) for value in (7, "8 × 8", None)] == ["7", "8 × 8", "None"]


def test_a_board_is_painted_with_digits() -> None:
    app = open_panel("kernels", "chooser.board", picture="board", board="8-" + "0" * 64)
    rows = app.text_area(key="chooser.board.rows")
    assert rows.value == "\n".join(["0" * 8] * 8)
    painted = ["0000000f", *["01234567"] * 7]
    rows.set_value("\n".join(painted)).run()
    assert troubles(app) == []
    assert app.query_params["board"] == "8-" + "".join(painted)
    assert received(app, "chooser.board")[1]["cells"] == Board.decode(app.query_params["board"]).cells
    assert app.text_area(key="chooser.board.rows").value == "\n".join(painted)


@pytest.mark.parametrize("typed", ["", "01", "g" * 64, "0" * 63, "0" * 65, "<b>" * 21])
def test_digits_that_are_no_board_say_so_and_the_board_stays(typed: str) -> None:
    app = open_panel("kernels", "chooser.board", picture="board", board="8-" + "7" * 64)
    app.text_area(key="chooser.board.rows").set_value(typed).run()
    assert warned(app) == "A board of this size has 8 lines of 8 digits, 0 to 9 and a to f."
    assert app.query_params["board"] == "8-" + "7" * 64
    assert not app.run().warning


def test_a_step_of_the_learning_is_read() -> None:
    app = open_panel("kernels", "kernels.learning", experiment="learn", size=16, steps=20)
    header, blobs = received(app, "kernels.learning")
    losses = torch.frombuffer(bytearray(blobs["losses"]), dtype=torch.float32).tolist()
    path = torch.frombuffer(bytearray(blobs["kernels"]), dtype=torch.float32).reshape(-1, *header["shape"])
    number = [panel.label for panel in app.expander].index("The learning by numbers")
    for step in (20, 0, 7):
        set_number(app, "kernels.learning.step", step)
        found = dict(app.expander[number].table[0].value.values)
        assert float(found["Loss"]) == pytest.approx(losses[step], rel=1e-5)
        assert torch.equal(kernels.parse(found["Learned kernel"]), path[step])
    assert app.number_input(key="kernels.learning.step").max == 20


def test_an_epoch_of_the_time_machine_is_read(home: Path) -> None:
    run = ended(3)
    app = open_panel("train", "train.then", experiment="then", run=run.id)
    header, blobs = received(app, "train.then")
    chances = torch.frombuffer(bytearray(blobs["probabilities"]), dtype=torch.float32)
    chances = chances.reshape(len(header["epochs"]), -1)
    assert app.selectbox(key="train.then.epoch").value == header["epochs"][-1]
    for n, epoch in enumerate(header["epochs"]):
        app.selectbox(key="train.then.epoch").set_value(epoch).run()
        (panel,) = [one for one in app.expander if one.table]
        found = [float(value) for value in panel.table[0].value["Probability"]]
        assert found == pytest.approx(chances[n].tolist(), rel=1e-4, abs=1e-6)
        assert list(panel.table[0].value["Class"]) == header["classes"]


def test_the_helpers_of_these_tests_read_the_first_panel() -> None:
    app = open_panel("kernels")
    assert results(app)["Output shape"] == "6 × 6"
    assert column(app, "Weight") == ["-1", "0", "1"] * 3
