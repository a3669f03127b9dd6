"""Feature maps speaks of the network that is open: its classes, normalisation, untrained twin and script."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from convlab.datasets.dataset import Dataset, Split
from convlab.networks import checkpoints, stacks
from convlab.networks.designs import DESIGNS
from convlab.pictures import images
from convlab.pictures.crop import centred, cut
from convlab.pictures.photographs import photograph
from convlab.probing import bundled
from convlab.training import network
from convlab.training.runs import Run
from convlab.ui.networks import OWN_STACK
from convlab.ui.words import cell
from tests import sources
from tests.pages.test_feature_maps import PAGE, controls, set_to, shown
from tests.pages.test_feature_maps_experiments import run_script, texts
from tests.training import small
from tests.ui.driver import open_page, troubles

NAMES = ("猫", "dog & cat", "<b>x</b>")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield
        three.cache_clear()


@cache
def three() -> Run:
    """A run on three classes, with ReLU, half as many channels and the data's own normalisation."""

    def split(count: int) -> Split:
        generator = torch.Generator().manual_seed(count)
        pictures = torch.randint(0, 180, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
        return Split(pictures, torch.arange(count) % 3)

    options = {"activation": "relu", "n_chans1": 16}
    told = {"design": "net_res", "options": options, "normalisation": "data", "initialisation": "kaiming"}
    run = small.create(**told, seed=5, epochs=2)
    small.train(run, data=lambda key: Dataset("three", NAMES, split(24), split(9)))
    return run


def of_run(run: Run, **link: object) -> AppTest:
    return open_page(PAGE, weights="run", run=run.id, **link)


def plain(run: Run, epoch: int) -> nn.Module:
    """The run's network by PyTorch alone."""
    module = DESIGNS["net_res"].make(n_chans1=16, activation="relu", num_classes=3)
    module.load_state_dict(run.weights_at(epoch))
    return module.eval()


def cat(mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """What enters: the middle of the photograph, float32 [3, 32, 32], normalised."""
    whole = photograph("cat")
    pixels = cut(whole, centred(*whole.shape[1:]), "black", mean) / 255
    return (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def told_by(names: Iterable[str], logits: Tensor) -> list[tuple[str, float, float]]:
    """The same by PyTorch alone."""
    return list(zip(names, logits.softmax(0).tolist(), logits.tolist(), strict=True))


def verdict(header: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, probability and logit of each class that the lab is sent."""
    return [(row["name"], row["p"], row["logit"]) for row in header["classes"]["rows"]]


def test_a_runs_classes_are_named_wherever_its_outputs_are() -> None:
    run = three()
    app = of_run(run, layer="fc2", channel=2, experiment="code")
    assert troubles(app) == []
    header, values = shown(app)
    told = run.environment
    with torch.no_grad():
        wanted = plain(run, 2)(cat(tuple(told["mean"]), tuple(told["std"]))[None])[0]
    torch.testing.assert_close(values[-1], wanted, atol=1e-5, rtol=1e-5)
    assert header["classes"]["words"] == "Softmax of fc2. It knows only these, and must choose one."
    assert verdict(header) == told_by(NAMES, values[-1])
    assert header["layers"][-1]["names"] == list(NAMES)
    assert not any(name for layer in header["layers"][:-1] for name in layer["names"])
    assert header["detail"]["title"] == "fc2, unit 2: <b>x</b>"
    assert repr(NAMES) in app.code[0].value
    app.session_state["feature_maps.by_numbers"] = True
    app.run()
    output = dict(app.expander[0].table[0].value.values)["Output"]
    assert output == cell(NAMES[2])  # a table would read markup
    everything = " ".join([str(header), *(str(e.value) for e in [*app.markdown, *app.caption, *app.code])])
    assert "airplane" not in everything


def test_the_line_above_the_lab_says_what_is_open() -> None:
    run = three()
    (line,) = [c.value.replace("\\", "") for c in of_run(run).caption if "parameters" in c.value]
    assert "epoch 2: With a skip connection (activation=relu, n_chans1=16)" in line
    count = sum(parameter.numel() for parameter in plain(run, 2).parameters())
    assert f"{count:,} parameters; classes: 猫, dog & cat, <b>x</b>; " in line
    mean, std = (", ".join(f"{one:.4g}" for one in run.environment[name]) for name in ("mean", "std"))
    assert f"normalised, mean {mean}, std {std}." in line
    (line,) = [c.value for c in of_run(run, normalised=0).caption if "parameters" in c.value]
    assert line.endswith("the picture enters as it is, though the network was trained on normalised ones.")


def test_the_network_of_a_run_is_the_one_that_the_selector_shows() -> None:
    app = of_run(three(), network="net")
    assert controls(app).network == "net_res"
    set_to(app, "network", "net_width")
    assert (controls(app).network, controls(app).weights) == ("net_width", "random")
    assert len(shown(app)[0]["layers"]) == 11
    set_to(app, "network", "net_res")  # and back again
    assert (controls(app).weights, controls(app).run) == ("run", three().id)
    app = of_run(three())
    set_to(app, "network", "net")
    assert controls(app).weights == "trained"


@pytest.mark.parametrize(
    "link", [{"network": "net_res", "weights": "random"}, {"network": OWN_STACK}], ids=str
)
def test_the_outputs_of_an_untrained_network_have_no_names(link: dict[str, object]) -> None:
    app = open_page(PAGE, **link, layer="fc2" if "weights" in link else "9", channel=1, experiment="code")
    header, values = shown(app)
    names = ["output 0, untrained", "output 1, untrained"]
    assert header["classes"]["words"].endswith(", which is untrained and stands for no classes.")
    assert verdict(header) == told_by(names, values[-1])
    assert header["layers"][-1]["names"] == names
    last = "fc2" if "weights" in link else "9 Linear"
    assert header["detail"]["title"] == f"{last}, unit 1: output 1, untrained"
    assert "airplane" not in str(header) + str([code.value for code in app.code])
    assert "classes" not in run_script(app.code[0].value)


@pytest.mark.parametrize("count", [1, 3, 6, 7, 300])
def test_a_stack_may_have_any_number_of_outputs(count: int) -> None:
    stack = stacks.Stack(layers=(stacks.Flatten(), stacks.Linear(out_features=count)))
    header, values = shown(open_page(PAGE, network=OWN_STACK, stack=stack.text(), size=8, layer="1"))
    chances = values[-1].softmax(0)
    if count == 1:
        assert header["classes"]["rows"] == []
        assert header["classes"]["words"] == "The network ends in one number: it says nothing of classes."
    elif count <= 6:
        assert [p for _name, p, _logit in verdict(header)] == chances.tolist()
        assert header["classes"]["others"] is None
    else:
        top = chances.topk(5)
        best = [f"output {n}" for n in top.indices.tolist()]
        told = verdict(header)
        assert [name for name, _p, _logit in told] == best
        assert [p for _name, p, _logit in told] == top.values.tolist()
        others, rest = header["classes"]["others"]
        assert others == count - 5
        assert rest == pytest.approx(1 - float(top.values.sum()), abs=1e-5)
    assert len(header["layers"][-1]["names"]) == count


def test_a_stack_that_ends_in_maps_has_no_verdict() -> None:
    header = shown(open_page(PAGE, network=OWN_STACK, stack=stacks.CONV_POOL_CONV.text(), size=8))[0]
    assert header["classes"] == {
        "words": "The network ends in maps: it says nothing of classes.",
        "rows": [],
        "others": None,
        "score": None,
    }
    assert header["layers"][-1]["names"] == []


# --- trained and untrained


def compared(monkeypatch: pytest.MonkeyPatch, **link: object) -> tuple[AppTest, list[list[Tensor]]]:
    """The page, and the maps of both rows."""
    from convlab.ui import figures

    rows: list[list[Tensor]] = []

    def keep(maps: Any, *_others: Any, **_look: Any) -> None:
        rows.append([values for _title, values in maps])

    monkeypatch.setattr(figures, "map_row", keep)
    app = open_page(PAGE, experiment="compare", layer="conv2", **link)
    assert troubles(app) == []
    return app, rows


def conv2(module: nn.Module, x: Tensor) -> Tensor:
    """Of Net, its like, and NetRes, by hand; [C, H, W]."""
    act: Any = module.activation
    with torch.no_grad():
        pooled = torch.max_pool2d(act(module.conv1(x[None])), 2)  # type: ignore[operator]
        found: Tensor = module.conv2(pooled)[0]  # type: ignore[operator]
        return found


def assert_rows(rows: list[list[Tensor]], modules: tuple[nn.Module, nn.Module], x: Tensor) -> None:
    for maps, module in zip(rows, modules, strict=True):
        torch.testing.assert_close(torch.stack(maps), conv2(module, x)[:8], atol=1e-5, rtol=1e-5)


def test_a_run_is_compared_with_its_own_first_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    run = three()
    x = cat(tuple(run.environment["mean"]), tuple(run.environment["std"]))
    app, rows = compared(monkeypatch, weights="run", run=run.id, epoch=1)
    assert_rows(rows, (plain(run, 1), plain(run, 0)), x)
    assert "the weights that the run began with" in texts(app)
    built = network.build(run.settings, 3).state_dict()
    assert all(torch.equal(built[name], value) for name, value in run.weights_at(0).items())


def test_a_run_that_kept_no_first_weights_is_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = three()
    x = cat(tuple(run.environment["mean"]), tuple(run.environment["std"]))
    first = plain(run, 0)
    monkeypatch.setattr(Run, "epochs_stored", lambda self: (1, 2))
    app, rows = compared(monkeypatch, weights="run", run=run.id, epoch=2)
    assert_rows(rows, (plain(run, 2), first), x)
    assert "Kaiming initialisation, seed 5" in texts(app)


def test_a_run_before_its_first_epoch_has_nothing_to_compare() -> None:
    app = of_run(three(), epoch=0, experiment="compare")
    assert "before its first epoch" in app.info[0].value


@pytest.mark.parametrize(
    ("design", "weights"), [("net", "trained"), ("net", "sketches"), ("net_dropout", "sketches")]
)
def test_bundled_weights_are_compared_with_their_own_beginning(
    design: str, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = design if weights == "trained" else f"{design}_sketches"
    app, rows = compared(monkeypatch, network=design, weights=weights, seed=7)
    trained = checkpoints.load(bundled.file(key).read_bytes()).module
    seed = bundled.card(key)["seed"]
    torch.manual_seed(seed)
    untrained = DESIGNS[design].make().eval()
    assert_rows(rows, (trained, untrained), cat(images.CIFAR10_MEAN, images.CIFAR10_STD))
    assert f"the design's own initialisation, seed {seed}" in texts(app)


def test_a_fresh_network_is_compared_with_the_trained_one_of_its_design(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _app, rows = compared(monkeypatch, network="net", weights="random", seed=3)
    torch.manual_seed(3)
    untrained = DESIGNS["net"].make().eval()
    trained = checkpoints.load(bundled.file("net").read_bytes()).module
    assert_rows(rows, (trained, untrained), cat(images.CIFAR10_MEAN, images.CIFAR10_STD))


# --- scripts


def downloaded(app: AppTest) -> tuple[str, bytes]:
    """The weights that the page offers beside its script: what the file is called, and what is in it."""
    (button,) = [one for one in app.get("download_button") if "feature_maps.weights_file" in one.proto.id]
    name = button.proto.label.removeprefix("Download ")
    run = three()
    final = name == f"convlab-{run.id}.safetensors"
    file = run.weights() if final else run.folder / "epochs" / f"{controls(app).epoch:05d}.safetensors"
    return name, file.read_bytes()


@pytest.mark.parametrize("epoch", [-1, 1])
def test_the_script_of_a_run_is_the_run(epoch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = of_run(three(), epoch=epoch, experiment="code")
    name, data = downloaded(app)
    assert name == f"convlab-{three().id}{'' if epoch < 0 else '-epoch1'}.safetensors"
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    found = run_script(app.code[0].value)
    _header, values = shown(app)
    assert torch.equal(found["image"], values[0])
    assert torch.equal(found["output"][0], values[-1])
    assert found["classes"] == NAMES
    assert torch.equal(found["probabilities"], values[-1].softmax(0))


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"weights": "sketches"},
        {"network": "net_batch_norm", "weights": "sketches"},
        {"network": "net_fast"},
    ],
    ids=str,
)
def test_the_script_of_bundled_weights_is_the_page(
    link: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sources.ROOT)  # the trained weights are named from there
    app = open_page(PAGE, experiment="code", **link)
    found = run_script(app.code[0].value)
    assert torch.equal(found["output"][0], shown(app)[1][-1])
    assert found["classes"] == ("airplane", "bird")


def give(app: AppTest, data: bytes) -> AppTest:
    """Upload a file of weights."""
    (uploader,) = [one for one in app.file_uploader if one.key == "feature_maps.upload"]
    after: AppTest = uploader.set_value([("mine.pt", data, "application/octet-stream")]).run()
    return after


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_a_file_of_ones_own_is_read_as_it_tells_and_so_does_its_script(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = three()
    data = run.pt() if ending == "pt" else run.weights().read_bytes()
    app = give(open_page(PAGE, weights="checkpoint", experiment="code", layer="fc2", channel=1), data)
    assert troubles(app) == []
    assert controls(app).network == "net_res"
    (tmp_path / f"my_checkpoint.{ending}").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    found = run_script(app.code[0].value)
    header, values = shown(app)
    mean, std = tuple(run.environment["mean"]), tuple(run.environment["std"])
    with torch.no_grad():
        wanted = plain(run, 2)(cat(mean, std)[None])[0]
    torch.testing.assert_close(values[-1], wanted, atol=1e-5, rtol=1e-5)
    assert torch.equal(found["image"], values[0])
    assert torch.equal(found["output"][0], values[-1])
    assert found["classes"] == NAMES
    assert header["detail"]["title"] == "fc2, unit 1: dog & cat"


def test_a_file_without_names_has_numbered_classes() -> None:
    torch.manual_seed(0)
    module = DESIGNS["net_res_deep"].make(n_chans1=4, n_blocks=1, num_classes=3)
    options = {"n_chans1": 4, "n_blocks": 1, "num_classes": 3}
    words: dict[str, Any] = {"design": "net_res_deep", "options": options}
    words |= {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}
    module = DESIGNS["net_res_deep"].make(**options)
    data = save(module.state_dict(), {name: json.dumps(value) for name, value in words.items()})
    header, values = shown(give(open_page(PAGE, weights="checkpoint", layer="fc2"), data))
    told, chances = verdict(header), values[-1].softmax(0).tolist()
    assert [(name, p) for name, p, _logit in told] == [(f"class {n}", p) for n, p in enumerate(chances)]
