"""The bundled weights: all that lie in the folder, each with a card that says what it reaches."""

import pytest
import torch

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.probing import bundled


def test_what_is_there_is_listed_and_opens() -> None:
    assert "net" in bundled.designs()
    for key in bundled.designs():
        found = bundled.weights(key)
        assert found.checkpoint.matches[0].design == key
        assert found.probe.classes == ("airplane", "bird")
        assert bundled.weights(key) is found
        state = checkpoints.load(bundled.file(key).read_bytes()).module.state_dict()
        assert all(torch.equal(state[name], now) for name, now in found.probe.network.state_dict().items())


def test_every_card_tells_how_good_it_is_and_how_to_make_it_again() -> None:
    for key in bundled.designs():
        card = bundled.card(key)
        assert 0.8 < card["val_accuracy"] < 1
        assert {"data", "recipe", "epochs", "seed", "remake"} <= card.keys()


@pytest.mark.parametrize("key", ["dense", "../net", "", "net.json"])
def test_what_is_not_there_is_refused(key: str) -> None:
    with pytest.raises(UserError, match="No trained weights"):
        bundled.file(key)
