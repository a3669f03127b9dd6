"""convlab.ui.networks: what is opened, and that a checkpoint is read and hashed once for all lessons."""

import hashlib
from typing import Any

import pytest
import torch

from convlab.errors import UserError
from convlab.networks import checkpoints, designs, stacks
from convlab.networks.designs import seeded
from convlab.probing import bundled
from convlab.ui import networks
from convlab.ui.networks import Model
from tests.pages.probe_page import give_checkpoint, probe, saved, shown
from tests.ui.driver import received, troubles


def same(model: Model, module: torch.nn.Module) -> bool:
    """Whether the model has this module's weights, in eval mode."""
    wanted, found = module.state_dict(), model.probe.network.state_dict()
    equal = all(torch.equal(wanted[name], found[name]) for name in wanted)
    return equal and not model.probe.network.training


def test_bundled_weights_are_the_file() -> None:
    model = networks.bundled_model("net")
    data = bundled.file("net").read_bytes()
    assert model.identity == hashlib.sha256(data).hexdigest()
    assert same(model, checkpoints.load(data).module)
    assert model.source == "shipped:net"
    assert networks.bundled_model("net") is model
    with pytest.raises(UserError):
        networks.bundled_model("dense")


def test_random_weights_follow_the_seed() -> None:
    model = networks.random_model("net_res_deep", 4)
    assert model.match.options == {"n_blocks": 5}
    assert same(model, seeded(lambda: designs.design("net_res_deep").build(n_blocks=5), 4))
    assert model != networks.random_model("net_res_deep", 5)


def test_a_stack_is_built_for_its_picture() -> None:
    text = stacks.EXAMPLE.text()
    model = networks.stack_model(text, (3, 24, 24), 2)
    assert same(model, stacks.build(stacks.parse(text), 3, (24, 24), 2))
    assert model.match.design == ""


def test_a_models_title_names_the_epoch_of_a_run() -> None:
    model = networks.random_model("net", 0)
    later = Model("x", model.probe, "<b>", model.match, "run:0123456789abcdef", 3)
    assert later.name == "<b>, epoch 3"


def test_a_checkpoint_is_read_and_hashed_once_for_both_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(seeded(designs.Net, 6).state_dict())
    calls = {"load": 0, "sha256": 0}
    load, sha256 = checkpoints.load, hashlib.sha256

    def counted_load(given: bytes) -> checkpoints.Checkpoint:
        calls["load"] += given == data
        return load(given)

    def counted_sha256(given: Any = b"", **options: Any) -> Any:
        calls["sha256"] += bytes(given) == data
        return sha256(given, **options)

    monkeypatch.setattr(checkpoints, "load", counted_load)
    monkeypatch.setattr(hashlib, "sha256", counted_sha256)
    app = give_checkpoint(probe(model="checkpoint"), data, activation="tanh")
    for _rerun in range(3):
        app.run()
    logits = shown(app).logits
    assert calls == {"load": 1, "sha256": 1}
    app.query_params.clear()
    app.query_params["weights"] = "checkpoint"
    app.switch_page("pages/feature_maps.py").run()
    app.run()
    assert troubles(app) == []
    assert not app.info
    header, blobs = received(app, "feature_maps.lab")
    last = torch.frombuffer(bytearray(blobs[f"layer_{len(header['layers']) - 1}"]), dtype=torch.float32)
    assert torch.allclose(last, logits, atol=1e-5)
    assert calls == {"load": 1, "sha256": 1}
