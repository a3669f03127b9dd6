"""Networks that are none of the chapter's: their bounds, and what is refused."""

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import foreign


def conv(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *layers)


def test_too_many_parameters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign.check(conv(), "mine")
    monkeypatch.setattr(foreign, "MAX_PARAMETERS", 100)
    with pytest.raises(UserError, match="mine has 112 parameters and may have 100"):
        foreign.check(conv(), "mine")


def test_attention_is_refused_in_a_sentence() -> None:
    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            return x

    with pytest.raises(UserError, match="by attention"):
        foreign.check(Attends(), "mine")


def test_neither_maps_nor_a_vector_is_refused() -> None:
    class Five(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.relu().unsqueeze(1)

    with pytest.raises(UserError, match="neither maps nor a vector"):
        foreign.traced(Five(), (3, 8, 8), "mine")


def test_pictures_are_made_smaller_until_all_maps_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    network = conv(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    assert foreign.largest_side(network, 3, 224, "mine") == 224
    assert foreign.largest_side(network, 3, 299, "mine") == 256
    monkeypatch.setattr(foreign, "MAX_VALUES", 7 * 100 * 100)
    assert foreign.largest_side(network, 3, 224, "mine") == 96
    assert foreign.values(foreign.traced(network, (3, 96, 96), "mine")) == 7 * 96 * 96 + 4 + 4 + 2
    monkeypatch.setattr(foreign, "MAX_VALUES", 100)
    with pytest.raises(UserError, match="put out more than 100 values"):
        foreign.largest_side(network, 3, 224, "mine")
    with pytest.raises(UserError, match="put out more than 100 values"):
        foreign.check_values(foreign.traced(network, (3, 32, 32), "mine"), "mine")


def test_names_of_classes_fit_or_are_numbers() -> None:
    network = foreign.traced(conv(nn.Flatten(), nn.Linear(4 * 64, 2)), (3, 8, 8), "mine")
    assert foreign.class_names(network) == ("class 0", "class 1")
    assert foreign.class_names(network, ("a", "b")) == ("a", "b")
    with pytest.raises(UserError, match="There are 3 class names"):
        foreign.class_names(network, ("a", "b", "c"))
    assert foreign.class_names(foreign.traced(conv(), (3, 8, 8), "mine")) == ()


def test_nothing_is_run_to_find_out() -> None:
    with torch.device("meta"):
        assert foreign.values(foreign.traced(conv(), (3, 8, 8), "mine")) == 7 * 64
