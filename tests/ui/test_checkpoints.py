"""A checkpoint that a learner gives: whatever its name, and the form for what its file does not tell."""

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks.about import About
from convlab.networks.designs import Net, design, seeded
from convlab.pictures import images, photographs
from convlab.probing.loading import NORMALISATIONS, checked_normalisation
from convlab.storage import torch_files
from convlab.ui.checkpoints import _names, _three
from tests.pages.probe_page import give_checkpoint, probe, saved, shown, texts
from tests.snippets.test_convolution import run
from tests.ui.driver import answer, open_page, received, troubles

KEY = "probe.model.upload"
CLASSES = ["猫", "dog & cat", "<b>x</b>"]


def logits(
    module: nn.Module, app: AppTest, mean: Any = images.CIFAR10_MEAN, std: Any = images.CIFAR10_STD
) -> Tensor:
    """What PyTorch alone says of the square on the page."""
    with torch.no_grad():
        found: Tensor = module.eval()(images.normalise(images.to_float(shown(app).seen[None]), mean, std))[0]
    return found


def named(app: AppTest) -> list[str]:
    found: list[str] = shown(app).header["verdicts"][0]["classes"]
    return found


def fields(app: AppTest, uploader: str = KEY) -> set[str]:
    """What the form asks for."""
    kinds: Any = (app.selectbox, app.text_input)
    keys = [str(one.key) for kind in kinds for one in kind]
    return {key.rpartition(".")[2] for key in keys if key.startswith(f"{uploader}.")}


NAMES = ["w.pt", "cifar_net.pth", "last.ckpt", "pytorch_model.bin", "model.pth.tar", "weights"]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_is_taken(name: str) -> None:
    module = seeded(Net, 3)
    app = give_checkpoint(probe(model="checkpoint"), saved(module.state_dict()), name, activation="tanh")
    assert troubles(app) == []
    assert torch.allclose(shown(app).logits, logits(module, app), atol=1e-5)


@pytest.mark.parametrize("kind", ["pt", "training checkpoint"])
def test_a_run_s_own_file_is_not_asked_about(kind: str) -> None:
    module = seeded(lambda: design("net_res").build(activation="tanh", num_classes=3), 1)
    options = {"activation": "tanh", "num_classes": 3}
    about = About("net_res", options, tuple(CLASSES), *NORMALISATIONS["half"])
    data = torch_files.save(module.state_dict(), about.words())
    if kind != "pt":
        data = saved({"epoch": 3, "model": torch.load(io.BytesIO(data), weights_only=True)})
    app = give_checkpoint(probe(model="checkpoint"), data)
    assert fields(app) == set()
    assert named(app) == CLASSES
    assert torch.allclose(shown(app).logits, logits(module, app, *NORMALISATIONS["half"]), atol=1e-5)


def test_nothing_is_shown_before_what_decides_the_answers_is_said() -> None:
    module = seeded(lambda: design("net_res").build(), 2)
    app = give_checkpoint(probe(model="checkpoint"), saved(module.state_dict()))
    assert fields(app) == {"design", "activation", "normalisation", "classes"}
    assert "does not tell how to read its network" in app.info[0].value
    assert not [one for one in app.get("bidi_component") if one.key == "probe.lab"]
    answer(app, KEY)  # the design has no answer that could be taken for granted
    assert "answer differently" in troubles(app)[0]
    answer(app, KEY, design="net_res")
    assert troubles(app) == []
    assert named(app) == ["class 0", "class 1"]
    assert torch.allclose(shown(app).logits, logits(module, app), atol=1e-5)
    assert any("Read as With a skip connection" in text.replace("\\", "") for text in texts(app))


def test_every_answer_counts_and_can_be_changed() -> None:
    weights, seen = seeded(Net, 4).state_dict(), set()
    app = give_checkpoint(probe(model="checkpoint"), saved(weights), classes="cat; dog, wolf")
    for activation in ("tanh", "relu"):
        module = Net(activation=activation)
        module.load_state_dict(weights)
        for name, numbers in NORMALISATIONS.items():
            answer(app, KEY, activation=activation, normalisation=name)
            assert torch.allclose(shown(app).logits, logits(module, app, *numbers), atol=1e-5)
            seen.add(tuple(shown(app).logits.tolist()))
    assert named(app) == ["cat", "dog, wolf"]
    answer(app, KEY, normalisation="own", mean="(0.1, 0.2, 0.3)", std="0,5 0,25 1/8")
    wanted = logits(module, app, (0.1, 0.2, 0.3), (0.5, 0.25, 0.125))
    assert torch.allclose(shown(app).logits, wanted, atol=1e-5)
    answer(app, KEY, std="1 0 1")
    assert "every std is above 0" in troubles(app)[0]
    answer(app, KEY, std="1 1 1", classes="one")
    assert "2 classes and 1 names were given" in troubles(app)[0]
    assert named(app) == ["cat", "dog, wolf"]  # nothing was lost
    answer(app, KEY, classes="")
    assert named(app) == ["class 0", "class 1"]
    assert len(seen) == 6


def test_answers_are_kept_for_the_file_and_for_both_lessons() -> None:
    data, other = saved(seeded(Net, 5).state_dict()), saved(seeded(Net, 6).state_dict())
    app = give_checkpoint(probe(model="checkpoint"), data, activation="relu", classes="cat, dog")
    before = shown(app).logits
    give_checkpoint(app, other, activation="tanh")
    assert named(app) == ["class 0", "class 1"]
    give_checkpoint(app, data)
    assert named(app) == ["cat", "dog"]
    assert torch.equal(shown(app).logits, before)
    app.query_params.clear()
    app.query_params["weights"] = "checkpoint"
    app.switch_page("pages/feature_maps.py").run()
    assert troubles(app) == []
    assert fields(app, "feature_maps.upload") == {"design", "activation", "normalisation", "classes"}
    header, blobs = received(app, "feature_maps.lab")
    last = torch.frombuffer(bytearray(blobs[f"layer_{len(header['layers']) - 1}"]), dtype=torch.float32)
    assert torch.allclose(last, before, atol=1e-5)


def test_both_networks_of_probe_are_asked_about() -> None:
    app = probe(model="checkpoint", second="checkpoint")
    give_checkpoint(app, saved(seeded(Net, 7).state_dict()), classes="cat, dog")
    assert app.info
    give_checkpoint(app, saved(seeded(Net, 8).state_dict()), slot="second", activation="relu")
    first, second = (one["classes"] for one in shown(app).header["verdicts"])
    assert (first, second) == (["cat", "dog"], ["class 0", "class 1"])


def test_feature_maps_asks_too() -> None:
    app = open_page("pages/feature_maps.py", weights="checkpoint")
    content = {"state_dict": seeded(Net, 9).state_dict(), "epoch": 1}
    file = ("x.ckpt", saved(content), "application/octet-stream")
    app.file_uploader(key="feature_maps.upload").set_value(file).run()
    assert "does not tell how to read its network" in app.info[0].value
    answer(app, "feature_maps.upload", classes="cat, dog")
    rows = received(app, "feature_maps.lab")[0]["classes"]["rows"]
    assert [row["name"] for row in rows] == ["cat", "dog"]


@pytest.mark.parametrize("wrapper", ["plain", "half", "wrapped", "safetensors"])
def test_the_script_on_show_reads_the_file_as_it_is(
    wrapper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = seeded(lambda: design("net_depth").build(activation="tanh"), 3)
    weights = dict(module.state_dict())
    prefixed = {f"module.{name}": tensor.half() for name, tensor in weights.items()}
    content: dict[str, Any] = {
        "plain": weights,
        "half": {name: tensor.half() for name, tensor in weights.items()},
        "wrapped": {"epoch": 1, "model_state_dict": prefixed | {"n_averaged": torch.tensor(3)}},
    }
    data = save_safetensors(prefixed) if wrapper == "safetensors" else saved(content[wrapper])
    app = probe(model="checkpoint", picture="photo:cat", experiment="code")
    said = {"design": "net_depth", "activation": "tanh", "normalisation": "half"}
    give_checkpoint(app, data, **said, classes="猫, dog & cat")
    script = next(code.value for code in app.code if "my_checkpoint" in code.value)
    monkeypatch.chdir(tmp_path)
    Path("my_checkpoint.safetensors" if wrapper == "safetensors" else "my_checkpoint.pt").write_bytes(data)
    Path("my_picture.png").write_bytes(images.to_png(photographs.photograph("cat")))
    found = run(script)
    assert found["classes"] == ("猫", "dog & cat")
    assert torch.equal(found["output"][0], shown(app).logits)
    assert torch.equal(found["probabilities"], shown(app).probabilities)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", None),
        ("  ", None),
        ("cat, dog", ("cat", "dog")),
        ("dog & cat；<b>x</b>", ("dog & cat", "<b>x</b>")),
        ("猫，犬、鳥", ("猫", "犬", "鳥")),
        ("a, b; c", ("a, b", "c")),
        ("cat,", ("cat", "")),
    ],
)
def test_names_stand_between_commas_or_semicolons(text: str, names: tuple[str, ...] | None) -> None:
    assert _names(text) == names


@given(
    numbers=st.tuples(*[st.floats(-9, 9, allow_subnormal=False)] * 3),
    between=st.sampled_from([",", ", ", " ", ";", "\t", "; "]),
    brackets=st.sampled_from(["()", "[]", ("", "")]),
)
def test_numbers_are_read_as_printed(numbers: tuple[float, ...], between: str, brackets: Any) -> None:
    assert _three(brackets[0] + between.join(map(repr, numbers)) + brackets[1]) == numbers


@pytest.mark.parametrize("text", ["", "1 2 x", "nan 1 1", "0.5,0.5 0.5,1"])
def test_what_are_no_three_numbers_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        checked_normalisation(_three(text), (1, 1, 1))
