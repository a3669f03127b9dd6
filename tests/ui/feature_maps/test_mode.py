"""The Mode control: what train() shows is PyTorch's in train(), and what it changes is said."""

import copy
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.networks import modes
from convlab.ui import networks
from convlab.ui.feature_maps import batch, network_route
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.picture import working_picture
from tests.pages.test_feature_maps import PAGE, choose, controls, header_names, set_to, shown
from tests.pages.test_feature_maps_experiments import run_script
from tests.ui.driver import open_page, troubles
from tests.ui.panel import results

NORM = {"network": "net_batch_norm", "weights": "sketches", "picture": "sketch:bird"}
DROP = {"network": "net_dropout", "weights": "sketches", "picture": "sketch:bird"}


def captions(app: AppTest) -> str:
    return " ".join(c.value.replace("\\", "") for c in app.caption)


def in_train(app: AppTest, key: str, draw: int) -> Tensor:
    """The outputs of the bundled network for the open picture, by PyTorch in train() alone."""
    model = networks.bundled_model(key)
    picture = working_picture(controls(app).fitting, exact=True)[0]
    others = batch.beside(model, controls(app).picture, picture, draw, 100_000)
    twin = copy.deepcopy(model.probe.network).train()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(draw)
        found: Tensor = twin(torch.cat([picture.values[None], others.values]))[0]
    return found


@pytest.mark.parametrize(("link", "key"), [(NORM, "net_batch_norm_sketches"), (DROP, "net_dropout_sketches")])
def test_all_parts_show_the_pass_in_train(link: dict[str, str], key: str) -> None:
    app = open_page(PAGE, **link)
    evaluated = shown(app)[1]
    set_to(app, "mode", "train")
    assert troubles(app) == []
    assert app.query_params["mode"] == "train"
    trained = shown(app)[1]
    assert torch.equal(trained[-1], in_train(app, key, 0))
    assert not torch.equal(trained[-1], evaluated[-1])
    assert torch.equal(trained[0], evaluated[0])
    app.button(key="feature_maps.draw_again").click().run()
    assert controls(app).draw == 1
    assert torch.equal(shown(app)[1][-1], in_train(app, key, 1))
    before = [tensor.clone() for tensor in networks.bundled_model(key).probe.network.state_dict().values()]
    set_to(app, "mode", "eval")
    assert torch.equal(shown(app)[1][-1], evaluated[-1])
    after = networks.bundled_model(key).probe.network.state_dict().values()
    assert all(map(torch.equal, before, after))
    assert not networks.bundled_model(key).probe.network.training


def test_the_line_says_what_train_changes() -> None:
    app = open_page(PAGE, **DROP, mode="train")
    header, values = shown(app)
    names = header_names(header)
    layer = names.index("conv1_dropout")
    dropped = header["layers"][layer]["dropped"]
    assert 3 < len(dropped) < 25
    assert all(not values[layer][n].any() for n in dropped)
    assert not set(dropped) & set(header["layers"][layer]["dead"])
    said = captions(app)
    assert "a batch of this picture and 7 more of the network's own data" in said
    assert f"conv1_dropout dropped {len(dropped)} of 32 maps." in said
    chances = values[-1].softmax(0)
    assert f"Verdict **{('airplane', 'bird')[int(chances.argmax())]} {float(chances.max()):.3f}**" in said
    app = open_page(PAGE, **NORM, mode="train")
    assert "Batch norm takes this batch's mean and variance." in captions(app)
    assert "dropped" not in captions(app)


def test_a_unit_of_batch_norm_and_one_of_dropout_taken_apart() -> None:
    app = open_page(PAGE, **NORM, mode="train", layer="conv1_batchnorm", channel=3, row=4, col=5)
    detail = shown(app)[0]["detail"]
    notes = {name: note for name, _value, note in detail["terms"]}
    assert (notes["mean"], notes["variance"]) == ("of this batch", "of this batch")
    set_to(app, "mode", "eval")
    notes = {name: note for name, _value, note in shown(app)[0]["detail"]["terms"]}
    assert (notes["mean"], notes["variance"]) == ("running", "running")
    app = open_page(PAGE, **DROP, mode="train", layer="conv1_dropout")
    header, values = shown(app)
    layer = header_names(header).index("conv1_dropout")
    dropped = header["layers"][layer]["dropped"]
    choose(app, layer, dropped[0], 3, 3)
    (step,) = shown(app)[0]["detail"]["steps"]
    assert step.endswith(" × 0 = 0.0000")
    kept = next(n for n in range(32) if n not in dropped)
    choose(app, layer, kept, 3, 3)
    (step,) = shown(app)[0]["detail"]["steps"]
    entered = f"{float(values[layer - 1][kept, 3, 3]):.4f}".replace("-", "−")
    assert step.startswith(f"{entered} / (1 − 0.4) = ")


def test_the_opened_line_says_it_and_draw_again_stands_beside_the_mode() -> None:
    for opened in (DROP, NORM, {}, {"network": "net_batch_norm", "weights": "random"}):
        for mode in ("eval", "train"):
            app = open_page(PAGE, **opened, mode=mode)
            assert troubles(app) == []
            lines = [c.value for c in app.caption if "parameters" in c.value or "train()" in c.value]
            assert len(lines) == 1 or not opened  # no line more above the lab
            there = any(one.key == "feature_maps.draw_again" for one in app.button)
            assert there == (mode == "train" and bool(opened))


def test_a_network_without_such_layers_says_so_and_offers_two_that_have_them() -> None:
    app = open_page(PAGE, mode="train")
    assert "neither batch norm nor dropout: train() and eval() are the same" in captions(app)
    app.button(key="feature_maps.mode.net_batch_norm").click().run()
    assert troubles(app) == []
    found = controls(app)
    assert (found.network, found.weights, found.mode) == ("net_batch_norm", "sketches", "train")
    assert app.selectbox(key="feature_maps.network").value == "net_batch_norm"
    assert "Batch norm takes this batch's" in captions(app)


def test_untrained_batch_norm_in_eval_is_said_to_do_nothing() -> None:
    sentence = "**Untrained batch norm** changes next to nothing in eval()"
    app = open_page(PAGE, network="net_batch_norm", weights="random")
    assert sentence in captions(app)
    values = dict(zip(header_names(shown(app)[0]), shown(app)[1], strict=True))
    torch.testing.assert_close(values["conv1_batchnorm"], values["conv1"], rtol=1e-4, atol=1e-5)
    set_to(app, "mode", "train")
    assert sentence not in captions(app)
    set_to(app, "mode", "eval")
    app.button(key="feature_maps.mode.net_batch_norm").click().run()
    assert (controls(app).weights, controls(app).mode) == ("sketches", "eval")
    assert sentence not in captions(app)
    assert sentence not in captions(open_page(PAGE))


def table(app: AppTest, column: str) -> dict[str, list[Any]]:
    (found,) = [one.value for one in app.table if column in one.value]
    return {name: list(found[name]) for name in found}


def test_the_experiment_compares_draws_and_statistics() -> None:
    app = open_page(PAGE, **NORM, experiment="modes", layer="conv2_batchnorm", draw=4)
    assert troubles(app) == []
    rows = table(app, "Mode")
    assert rows["Mode"] == ["eval()", *(f"train(), draw {n}" for n in range(4, 12))]
    assert "Dropped" not in rows
    for n, chance in enumerate(rows["Probability of bird"][1:], 4):
        wanted = float(in_train(app, "net_batch_norm_sketches", n).softmax(0)[1])
        assert float(chance) == pytest.approx(wanted, abs=6e-5)
    found = table(app, "Batch mean, train()")
    network: Any = networks.bundled_model("net_batch_norm_sketches").probe.network
    running = network.conv2_batchnorm.running_mean.tolist()
    assert [float(text) for text in found["Running mean, eval()"]] == pytest.approx(running, rel=1e-4)
    assert [float(text) for text in found["Batch mean, train()"]] != pytest.approx(running, rel=1e-2)
    dropped = table(open_page(PAGE, **DROP, experiment="modes"), "Dropped")["Dropped"]
    assert dropped[0] == "0"
    assert len(set(dropped)) > 2


def test_by_numbers_names_the_dropped_maps() -> None:
    app = open_page(PAGE, **DROP, mode="train", layer="conv1_dropout")
    app.session_state["feature_maps.by_numbers"] = True
    app.run()
    header = shown(app)[0]
    dropped = header["layers"][header_names(header).index("conv1_dropout")]["dropped"]
    assert results(app)["Dropped maps"] == ", ".join(map(str, dropped))


def test_a_stack_with_batch_norm_meets_photographs() -> None:
    stack = '[{"kind":"conv","out_channels":4},{"kind":"batch_norm"},{"kind":"relu"}]'
    app = open_page(PAGE, network="stack", stack=stack, size=16, colour="rgb", mode="train")
    assert troubles(app) == []
    assert "7 more of ConvLab's photographs" in captions(app)
    values = shown(app)[1]
    assert modes.BATCH_NORMS[1] in shown(app)[0]["layers"][2]["words"]
    assert not torch.allclose(values[2], values[1], atol=1e-2)


STACK = '[{"kind":"conv","out_channels":4},{"kind":"batch_norm"},{"kind":"flatten"},{"kind":"linear"}]'


@pytest.mark.parametrize(
    "link",
    [NORM, {**DROP, "draw": "3"}, {**NORM, "weights": "random", "picture": "photo:cat"}],
    ids=["norm", "dropout", "photographs"],
)
def test_the_script_runs_the_same_batch(link: dict[str, str]) -> None:
    app = open_page(PAGE, **link, mode="train", experiment="code")
    assert troubles(app) == []
    left = run_script(app.code[0].value)
    assert torch.equal(left["output"][0], shown(app)[1][-1])


def test_the_script_of_a_stack_runs_the_same_batch() -> None:
    link = {"network": "stack", "stack": STACK, "size": 16, "colour": "grey", "mode": "train"}
    app = open_page(PAGE, **link, experiment="code")
    assert troubles(app) == []
    assert torch.equal(run_script(app.code[0].value)["output"][0], shown(app)[1][-1])


def test_while_a_kernel_is_dragged_in_train_the_page_answers_not_the_route() -> None:
    model = networks.bundled_model("net_batch_norm_sketches")
    found = FeatureMapsControls(network="net_batch_norm", weights="sketches")
    assert network_route.named(model, found) is not None
    assert network_route.named(model, found.model_copy(update={"mode": "train"})) is None
