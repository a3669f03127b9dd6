"""convlab.ui.feature_maps.controls: what a link may say, and the picture that a network takes."""

import pytest
import streamlit
from pydantic import ValidationError

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS
from convlab.networks.graph import INPUT
from convlab.ui.feature_maps import controls
from convlab.ui.feature_maps.controls import CROSS, FeatureMapsControls
from convlab.ui.networks import CROSS as CROSS_NETWORK
from convlab.ui.networks import FOREIGN, NETWORKS, OWN_STACK


def test_all_designs_and_a_stack_are_offered() -> None:
    assert list(NETWORKS) == [*DESIGNS, CROSS_NETWORK, OWN_STACK, *FOREIGN]
    for network in NETWORKS:
        assert FeatureMapsControls(network=network).own_stack == (network == OWN_STACK)
        assert FeatureMapsControls(network=network).cross == (network == CROSS_NETWORK)
        assert FeatureMapsControls(network=network).foreign == (network in FOREIGN)


def test_designs_take_32_px_rgb_and_stacks_up_to_64_px() -> None:
    design = FeatureMapsControls(size=128, colour="grey")
    assert (design.fitting.size, design.fitting.colour) == (32, "rgb")
    stack = FeatureMapsControls(network=OWN_STACK, size=128, colour="grey")
    assert (stack.fitting.size, stack.fitting.colour) == (64, "grey")
    small = FeatureMapsControls(network=OWN_STACK, size=16)
    assert small.fitting is small
    cross = FeatureMapsControls(network=CROSS_NETWORK, size=96).fitting
    assert (cross.size, cross.colour, cross.normalised) == (64, "grey", False)


def test_texts_are_kept_in_their_one_form() -> None:
    loose = ' [{"kind": "conv", "out_channels": 8}, {"kind": "relu"}] '
    made = FeatureMapsControls(stack=loose, first_kernel="0,1,0\n1 1 1; 0 1 0")
    assert made.stack == stacks.Stack(layers=(stacks.Conv2d(), stacks.ReLU())).text()
    assert made.first_kernel == "0 1 0; 1 1 1; 0 1 0"
    assert FeatureMapsControls().first_kernel == CROSS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_kernel", "1 2; 3 4"),
        ("second_kernel", "1 1 1; 1 1 1; 1 1 1 | 1 1 1; 1 1 1; 1 1 1 | 1 1 1; 1 1 1; 1 1 1"),
        ("first_kernel", "x"),
        ("stack", "[]"),
        ("stack", '[{"kind":"dropout"}]'),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FeatureMapsControls.model_validate({field: value})
    (error,) = refused.value.errors()
    assert isinstance(error["ctx"]["error"], UserError)


def test_the_unit_as_a_station_names_it() -> None:
    at = FeatureMapsControls(layer="conv2", channel=3, row=1, col=4)
    assert (at.unit, FeatureMapsControls().unit) == ("conv2 1,4", "")
    assert (at.elsewhere().unit, at.elsewhere().elsewhere().unit) == ("conv2 0,0", "input 0,0")


def test_a_unit_of_a_vector_is_named_by_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "session_state", {})
    controls.note_shapes({"conv2": (8, 16, 16), "fc1": (32,)})
    at = FeatureMapsControls(layer="fc1", channel=17)
    assert [FeatureMapsControls(layer="fc1", channel=n).unit for n in (17, 31, 99)] == [
        "fc1 17",
        "fc1 31",
        "fc1 31",
    ]
    assert FeatureMapsControls(layer="conv2", row=99).unit == "conv2 15,8"
    moved = FeatureMapsControls(layer="conv2", channel=3).pointed("unit", "fc1 17")
    assert (moved.unit, moved.layer, moved.channel) == (at.unit, "fc1", 17)
    assert (at.elsewhere().unit, at.elsewhere().elsewhere().layer) == ("fc1 0", INPUT)
    for broken in ("fc1 x", "fc1", "conv2 1,", "fc1 -1"):
        with pytest.raises(ValueError, match=r"int|greater"):
            at.pointed("unit", broken)
