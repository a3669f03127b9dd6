"""What is open, in words: fresh networks, bundled ones, many classes; what it is compared with."""

from dataclasses import replace

import pytest
import torch

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS
from convlab.probing.probe import Probe
from convlab.ui import networks
from convlab.ui.feature_maps import opened
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.feature_maps.forward import forward_pass
from convlab.ui.picture import working_picture
from tests.ui.driver import open_page


def test_titles() -> None:
    controls = FeatureMapsControls(seed=4)
    assert opened.title(controls, networks.bundled_model("net_sketches")) == "Net (sketches)"
    assert opened.title(controls, networks.random_model("net", 4)) == "Net, the baseline, untrained, seed 4"
    stack = networks.stack_model('[{"kind":"relu"}]', (3, 8, 8), 4)
    assert opened.title(controls, stack) == "A stack of your own, untrained, seed 4"


def test_the_first_of_many_classes_are_named() -> None:
    controls = FeatureMapsControls()
    forward = forward_pass(controls, working_picture(controls.fitting)[0])
    assert forward is not None
    assert opened._outputs(forward) == "classes: airplane, bird"
    names = tuple(f"k_{n}" for n in range(20))
    probe = Probe(forward.model.probe.network, names)
    many = replace(forward, model=replace(forward.model, probe=probe, source="checkpoint"))
    assert opened._outputs(many).replace("\\", "") == "classes: k_0, k_1, k_2, k_3, k_4, k_5 and 14 more"


def test_a_file_is_compared_with_its_design_and_options_untrained() -> None:
    torch.manual_seed(9)
    module = DESIGNS["net_width"].make(n_chans1=8, activation="relu", num_classes=5).eval()
    given = networks.random_model("net_width", 0)
    match = replace(given.match, options={"n_chans1": 8, "activation": "relu", "num_classes": 5})
    model = replace(
        given, probe=Probe(module, tuple("abcde")), match=match, source="checkpoint", title="x.pt"
    )
    pair = opened.before_and_after(FeatureMapsControls(seed=9), model)
    assert pair.trained is module
    wanted, found = module.state_dict(), pair.untrained.state_dict()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert pair.names[1].endswith("the design's own initialisation, seed 9")


def test_a_fresh_network_without_a_trained_one_is_told_where_there_are() -> None:
    with pytest.raises(UserError, match="Trained weights are bundled for net, net_dropout, net_batch_norm"):
        opened.before_and_after(FeatureMapsControls(), networks.random_model("net_depth", 0))


def test_a_link_to_a_run_that_names_none_says_so() -> None:
    app = open_page("pages/feature_maps.py", weights="run", run="abc")
    shown = " ".join(str(one.value) for one in [*app.error, *app.warning, *app.info])
    assert "The link names no run" in shown
    assert "''" not in shown
