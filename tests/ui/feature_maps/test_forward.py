"""The network that Feature maps' controls name, and its forward pass on the picture."""

import pytest
import torch

from convlab.errors import UserError
from convlab.ui import networks
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import design_model, forward_pass
from convlab.ui.picture import working_picture


def test_each_kind_of_weights_opens_its_own() -> None:
    assert design_model(FeatureMapsControls()) is networks.bundled_model("net")
    random = networks.random_model("net_res", 3)
    assert design_model(FeatureMapsControls(network="net_res", weights="random", seed=3)) is random
    assert design_model(FeatureMapsControls(network="net_res", seed=3)) is random  # none are bundled
    for weights in ({"weights": "checkpoint"}, {"weights": "run", "run": "0123456789abcdef"}):
        with pytest.raises(UserError):
            design_model(FeatureMapsControls.model_validate(weights))


def test_a_pass_has_every_layers_output() -> None:
    controls = FeatureMapsControls()
    picture, _notice = working_picture(controls.fitting)
    forward = forward_pass(controls, picture)
    assert forward is not None
    assert forward.names[:3] == ["input", "conv1", "tanh1"]
    assert set(forward.fields) == set(forward.names[1:])
    wanted = forward.model.probe.network(picture.values[None])[0]
    assert torch.equal(forward.output(forward.names[-1]), wanted)
    assert forward_pass(controls, picture) is forward  # kept for this session
