"""What a visit has changed in its networks: kept by network, undone, a file that opens again."""

import pytest
import torch

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.edits import NONE, Edits, Grid, Place
from convlab.probing.loading import load_probe
from convlab.ui import edited, networks

ONES: Grid = ((1.0, 1.0, 1.0),) * 3
HERE = Place("conv1", 2, 1)


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside an app Streamlit's session state is the process's."""
    monkeypatch.setattr("convlab.ui.edited.st.session_state", {})
    monkeypatch.setattr("convlab.ui.kept.st.session_state", {})


def test_the_open_network_has_the_kernels_and_the_shared_one_does_not() -> None:
    model = networks.bundled_model("net")
    assert edited.edited(model) is model
    edited.change(model, {HERE: ONES})
    found = edited.edited(model)
    weight = found.probe.network.get_parameter("conv1.weight")
    assert torch.equal(weight[2, 1], torch.ones(3, 3))
    assert not torch.equal(model.probe.network.get_parameter("conv1.weight")[2, 1], torch.ones(3, 3))
    assert (found.own, found.edits.kernels) == (model, {HERE: ONES})
    assert found.identity != model.identity
    assert "kernels changed: 1" in found.name
    assert edited.edited(found) is found  # the same object, whoever asks
    other = networks.random_model("net", 0)
    assert edited.edited(other) is other


def test_undo_redo_and_restore() -> None:
    model = networks.bundled_model("net")
    edited.change(model, {HERE: ONES})
    edited.change(model, {Place("conv2", 0, 0): ONES})
    assert len(edited.now(model)) == 2
    steps = edited.steps(model)
    steps.moved(-1)
    assert edited.now(model).kernels == {HERE: ONES}
    steps.moved(-5)
    assert edited.edited(model) is model
    steps.moved(2)
    edited.restore(model)
    assert edited.now(model) == NONE
    assert (steps.behind, steps.ahead) == (3, 0)


def test_a_kernel_that_does_not_fit_leaves_what_there_was() -> None:
    model = networks.bundled_model("net")
    edited.change(model, {HERE: ONES})
    with pytest.raises(UserError):
        edited.change(model, {Place("conv1", 99, 0): ONES})
    with pytest.raises(UserError):
        edited.keep(model, Edits({Place("conv9", 0, 0): ONES}))
    assert edited.now(model).kernels == {HERE: ONES}


@pytest.mark.parametrize("model", [networks.bundled_model("net"), networks.random_model("net_res_deep", 3)])
def test_the_file_opens_again_with_all_that_the_network_tells(model: networks.Model) -> None:
    edited.change(model, {HERE: ONES})
    made = edited.edited(model)
    data = edited.weights_file(made)
    found = load_probe(data)
    wanted, weights = made.probe.network.state_dict(), found.probe.network.state_dict()
    assert all(torch.equal(weights[name], wanted[name]) for name in wanted)
    assert (found.match.design, found.probe.mean, found.probe.std) == (
        model.match.design,
        model.probe.mean,
        model.probe.std,
    )
    assert found.probe.classes == (model.probe.classes or ("class 0", "class 1"))
    assert checkpoints.load(data).about.run is None


def test_so_many_networks_are_remembered() -> None:
    models = [networks.random_model("net", seed) for seed in range(52)]
    for model in models:
        edited.change(model, {HERE: ONES})
        edited.steps(models[0])
    assert edited.now(models[0])
    assert edited.now(models[-1])
    assert not edited.now(models[1])
