"""Two runs that differ in nothing but their first weights, and what a first batch says of these."""

from typing import cast

from convlab.training import network
from convlab.ui.modules.controls import ModulesControls, State
from convlab.ui.modules.depth_trained import BEGINNINGS, code, first, settings
from tests.ui.modules.controlled import controlled


def state(**controls: object) -> State:
    return controlled(depth_blocks=3, depth_chans=8, **controls)


def test_only_the_first_weights_differ() -> None:
    own, default = (settings(state(depth_shared=True, depth_lr=0.02).value, one) for one in BEGINNINGS)
    assert own.changed(initialisation="reset_parameters") == default
    assert own.options == {"n_chans1": 8, "n_blocks": 3, "shared": True}
    assert (own.lr, own.epochs, own.seed) == (0.02, ModulesControls().depth_epochs, 0)
    weights = [network.build(one, 2).state_dict()["resblocks.0.batch_norm.weight"] for one in (own, default)]
    assert [weight.unique().tolist() for weight in weights] == [[0.5], [1.0]]


def test_the_script_gives_the_first_batch_of_the_table() -> None:
    told = state(depth_seed=4)
    found: dict[str, object] = {"__name__": "script"}
    exec(compile(code(told), "script", "exec"), found)
    wanted = cast(list[tuple[float, float, float]], found["found"])
    columns = list(first(told.value).values())
    assert columns[0] == ["the design's own", "PyTorch's default"]
    for n in range(3):
        assert columns[1 + n] == [f"{numbers[n]:.4g}" for numbers in wanted]
