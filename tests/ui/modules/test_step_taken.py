"""convlab.ui.modules.step_taken: which columns show what there is after a line."""

import pytest
import torch

from convlab.networks.designs import DESIGNS, seeded
from convlab.probing import bundled
from convlab.training.step import ORDERS, TURNS
from convlab.ui.modules.step_controls import Order, StepControls
from convlab.ui.modules.step_taken import batch, beginning, network_of, network_title, taken


@pytest.mark.parametrize("order", ORDERS)
def test_the_columns_hold_the_weights_before_the_gradients_and_the_weights_after(order: Order) -> None:
    found = taken(StepControls(step_order=order))
    assert len(found.places) == 1 + TURNS * len(ORDERS[order]) + 1
    stepped = [one.weights for one in found.moments if one.line == "step"]
    for place in found.places:
        moment, (before, gradient, after) = place.moment, place.columns
        turn = min(moment.turn, TURNS - 1)
        assert found.states[before] is (found.moments[0].weights if turn == 0 else stepped[turn - 1])
        shown = found.states[gradient]
        for name, value in moment.gradients.items():
            assert value is shown[name]
        assert (after >= 0) == (moment.weights is stepped[turn])
        assert found.states[after if after >= 0 else ~after] is stepped[turn]


def test_at_first_the_player_stands_behind_the_first_turn() -> None:
    found = taken(StepControls())
    place = found.places[found.start]
    assert (place.moment.turn, place.moment.line, place.passes) == (0, "step", 1)
    assert [found.columns[n].title for n in place.columns] == [
        "Weights",
        ".grad",
        "After step 1",
    ]
    assert [row.name for row in found.rows] == [name for name, _ in found.network.named_parameters()]
    assert {column.of for column in found.columns} == {"weights", "gradients"}


@pytest.mark.parametrize(
    ("order", "shows"),
    [
        ("no_zero_grad", (1, "backward")),
        ("step_first", (1, "step")),
        ("zero_grad_last", (1, "step")),
    ],
)
def test_another_loop_begins_where_it_goes_wrong(order: Order, shows: tuple[int, str]) -> None:
    found = taken(StepControls(step_order=order))
    moment = found.places[found.start].moment
    assert (moment.turn, moment.line) == shows


def test_every_weight_of_net_has_a_place() -> None:
    rows = taken(StepControls()).rows
    counts = [row.tensors[0].numel() for row in rows if row.tensors[0] is not None]
    assert counts == [432, 16, 1152, 8, 16384, 32, 64, 2]
    assert sum(counts) == 18_090


def test_the_batch_is_normalised_as_the_bundled_networks_are() -> None:
    pixels, pictures, labels = batch(range(3, 7))
    for key in bundled.NETWORKS:
        if key.endswith(bundled.SKETCHES):
            assert torch.equal(pictures, bundled.weights(key).probe.normalise(pixels))
    assert labels.tolist() == [1, 0, 1, 0]


def test_a_network_is_bundled_or_has_random_weights_of_a_seed() -> None:
    assert network_of("net_sketches", 0) is bundled.weights("net_sketches").probe.network
    own = seeded(DESIGNS["net"].build, 5).state_dict()
    assert all(torch.equal(value, own[name]) for name, value in network_of("net", 5).state_dict().items())
    assert network_title("net") == "Net, the baseline, untrained"
    assert network_title("net_sketches") == "Net (sketches), trained"


def test_a_script_begins_with_the_same_network_and_pictures() -> None:
    begun = beginning(StepControls(step_network="net_dropout_sketches", step_size=4, step_batch=1))
    assert begun.design == "net_dropout"
    assert begun.weights_file is not None
    assert begun.weights_file.name == "convlab/weights/net_dropout_sketches.safetensors"
    assert begun.places == range(4, 8)
    assert beginning(StepControls()).weights_file is None
