"""The Modules lesson's controls: what its link holds."""

from convlab.ui.modules.controls import ModulesControls
from convlab.ui.urls import parse


def test_a_link_names_a_part_and_what_lies_below_it() -> None:
    assert parse(ModulesControls, {"part": "registered", "experiment": "maths"}) == (
        ModulesControls(experiment="maths"),
        [],
    )
    assert parse(ModulesControls, {"part": "wheels"}) == (ModulesControls(), ["part"])


def test_the_regularisers_have_limits() -> None:
    bad = {
        "penalty_l2": "2",
        "dropout_p": "1.1",
        "dropout_passes": "0",
        "norm_channel": "16",
        "norm_bias": "99",
    }
    controls, refused = parse(ModulesControls, {**bad, "penalty_optimizer": "AdamW", "norm_momentum": "0"})
    assert sorted(refused) == sorted(bad)
    assert (controls.penalty_optimizer, controls.norm_momentum) == ("AdamW", 0)
