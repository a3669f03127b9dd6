"""convlab.training.left_alive: what losses without .item() keep, counted by hand too."""

import pytest

from convlab.training.left_alive import Alive, left_alive
from tests.training.test_step import batch, net

BATCHES = [batch(range(8 * n, 8 * n + 8)) for n in range(4)]
# What Net saves of 8 pictures for backward(), in bytes: what layers meet or put out, where the maxima were.
SAVED = (
    8 * 3 * 32 * 32 * 4  # the pictures
    + 8 * 16 * 32 * 32 * 4  # tanh behind conv1
    + 8 * 16 * 16 * 16 * (8 + 4)  # the places of the maxima, int64, and what conv2 meets
    + 8 * 8 * 16 * 16 * 4  # tanh behind conv2
    + 8 * 8 * 8 * 8 * (8 + 4)  # the same again, and what fc1 meets
    + 8 * 32 * 4  # tanh behind fc1
    + 8 * 2 * 4  # log softmax
    + 8 * 8  # labels, int64
    + 4  # the weight of all labels
)


@pytest.mark.parametrize("backward", [True, False])
def test_with_item_nothing_stays(backward: bool) -> None:
    assert left_alive(net(), BATCHES, 0.01, item=True, backward=backward) == [Alive(0, 0)] * 4


def test_without_item_the_nodes_stay() -> None:
    """15 a batch and 8 that collect the gradients of the parameters; backward() lets go of the tensors."""
    found = left_alive(net(), BATCHES, 0.01, item=False, backward=True)
    assert found == [Alive(8 + 15 * n, 0) for n in range(1, 5)]


def test_without_backward_the_tensors_stay_too() -> None:
    found = left_alive(net(), BATCHES, 0.01, item=False, backward=False)
    assert SAVED == 1_131_652
    assert found == [Alive(8 + 15 * n, n * SAVED) for n in range(1, 5)]


def test_dropout_saves_its_mask() -> None:
    plain, dropped = (
        left_alive(net(design), BATCHES[:1], 0.01, item=False, backward=False)[0].saved_bytes
        for design in ("net_width", "net_dropout")
    )
    assert dropped > plain
