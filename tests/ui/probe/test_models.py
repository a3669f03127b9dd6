"""Which networks the Probe page asks: what the controls name, in order."""

import pytest

from convlab.errors import UserError
from convlab.ui import networks
from convlab.ui.probe import models
from convlab.ui.probe.controls import ProbeControls


def test_one_network_or_two_are_opened_in_order() -> None:
    assert models.open_models(ProbeControls().settled()) == [networks.bundled_model("net_sketches")]
    both = ProbeControls(model="shipped:net_fast", second="shipped:net")
    assert [model.source for model in models.open_models(both)] == ["shipped:net_fast", "shipped:net"]


@pytest.mark.parametrize("model", ["shipped:dense", "run:0123456789abcdef", "checkpoint"])
@pytest.mark.parametrize("slot", models.SLOTS)
def test_a_missing_network_is_a_sentence(slot: str, model: str) -> None:
    with pytest.raises(UserError):
        models.open_models(ProbeControls.model_validate({slot: model}))


def test_what_a_link_names_is_on_the_list() -> None:
    found = models._titles("run:0123456789abcdef", first=False)
    assert found["run:0123456789abcdef"] == "run:0123456789abcdef"
    assert next(iter(found)) == ""
    assert found["shipped:net"] == "Net (photographs)"
