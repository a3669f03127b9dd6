"""The chapter's networks: parameter counts, and the book's own weights on shifted pictures."""

import io
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from convlab.convolution.equivariance import shift_image
from convlab.errors import UserError
from convlab.networks.designs import (
    DESIGNS,
    Net,
    NetModules,
    dense_net,
    design,
    parameter_counts,
    seeded,
    sequential_net,
)
from convlab.training.randomness import Randomness
from convlab.training.settings import Settings

MEAN = torch.tensor([0.4915, 0.4823, 0.4468])[:, None, None]
QUICK = ("net_fast", "net_fixed")
TANH, RELU = {"activation": "tanh"}, {"activation": "relu"}
STD = torch.tensor([0.2470, 0.2435, 0.2616])[:, None, None]


def test_the_dense_net_has_206_times_the_parameters_of_net() -> None:
    with torch.device("meta"):
        dense, net = parameter_counts(dense_net()), parameter_counts(Net())
    assert dense == [3_145_728, 1024, 524_288, 512, 65_536, 128, 256, 2]
    assert net == [432, 16, 1152, 8, 16_384, 32, 64, 2]
    assert (sum(dense), sum(net)) == (3_737_474, 18_090)
    assert round(sum(dense) / sum(net), 1) == 206.6


def test_parameter_counts_of_the_first_layer() -> None:
    assert parameter_counts(nn.Conv2d(3, 16, kernel_size=3)) == [432, 16]


def test_frozen_parameters_are_not_counted() -> None:
    assert parameter_counts(nn.Linear(3, 2).requires_grad_(False)) == []


def count(key: str, **options: object) -> int:
    return sum(parameter_counts(design(key).build(**options)))


def test_net_has_the_books_parameters_and_keys() -> None:
    assert parameter_counts(design("net").build()) == [432, 16, 1152, 8, 16_384, 32, 64, 2]
    layers = ("conv1", "conv2", "fc1", "fc2")
    assert list(Net().state_dict()) == [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]


def test_sequential_needs_the_flatten() -> None:
    pictures = torch.zeros(1, 3, 32, 32)
    with pytest.raises(RuntimeError) as error:
        sequential_net(flatten=False)(pictures)
    assert str(error.value) == "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"
    assert sequential_net()(pictures).shape == (1, 2)
    assert count("sequential") == 18_090


def test_module_and_functional_form_are_equal() -> None:
    functional, modules = Net(), NetModules()
    assert str(modules.load_state_dict(functional.state_dict())) == "<All keys matched successfully>"
    pictures = torch.randn(5, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(functional(pictures), modules(pictures))


@pytest.mark.parametrize(
    ("key", "parameters"),
    [
        ("net_width", 38_386),
        ("net_dropout", 38_386),
        ("net_batch_norm", 38_482),
        ("net_depth", 16_130),
        ("net_res", 16_130),
        ("dense", 3_737_474),
    ],
)
def test_e_parameters_as_in_the_chapter(key: str, parameters: int) -> None:
    assert count(key) == parameters


def test_22_exercise_1_other_kernels() -> None:
    assert parameter_counts(Net(kernel_size=5)) == [1200, 16, 3200, 8, 16_384, 32, 64, 2]
    assert count("net", kernel_size=5) == 20_906
    assert count("net", kernel_size=(1, 3)) == 17_034


@pytest.mark.parametrize("key", DESIGNS)
def test_every_design_takes_the_chapters_pictures(key: str) -> None:
    entry = DESIGNS[key]
    net = entry.build().eval()
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 2)
    for name, allowed in entry.options.items():
        for value in (allowed[0], allowed[-1]):
            classes = value if name == "num_classes" else 2
            assert entry.build(**{name: value}).eval()(torch.zeros(1, 3, 32, 32)).shape == (1, classes)
    assert "num_classes" in entry.options


@pytest.mark.parametrize("key", [key for key in DESIGNS if "activation" in DESIGNS[key].options])
def test_the_activation_is_where_it_was(key: str) -> None:
    pictures = torch.randn(2, 3, 32, 32)
    usual, tanh, relu = (
        seeded(partial(DESIGNS[key].build, **options), 0).eval() for options in ({}, TANH, RELU)
    )
    assert torch.equal(usual(pictures), (relu if key in ("net_depth", "net_res", *QUICK) else tanh)(pictures))
    assert not torch.equal(tanh(pictures), relu(pictures))
    assert parameter_counts(tanh) == parameter_counts(relu)


def test_options_from_json_have_tuples() -> None:
    assert design("net").checked({"kernel_size": [1, 3]}) == {"kernel_size": (1, 3)}


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("no", {}, "There is no design 'no': choose one of net, "),
        (
            "net",
            {"n_chans1": 8},
            "This design has no option 'n_chans1': it has kernel_size, ",
        ),
        ("dense", {"n_chans1": 8}, "This design has no option 'n_chans1': it has activation, num_classes."),
        ("net", {"kernel_size": 4}, "kernel_size cannot be 4: choose one of 3, 5, (1, 3)."),
        ("net_width", {"n_chans1": 9}, "n_chans1 cannot be 9: choose one of 2, 4 ... 128."),
        ("net_res_deep", {"n_blocks": 101}, "n_blocks cannot be 101: choose one of 1, 2 ... 100."),
        ("net_res_deep", {"n_blocks": True}, "n_blocks cannot be True: "),
        ("net_res_deep", {"shared": 1}, "shared cannot be 1: choose one of False, True."),
    ],
)
def test_a_wrong_option_is_named(key: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        design(key).build(**options)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("key", DESIGNS)
def test_seeded_is_manual_seed_and_leaves_the_generator_alone(key: str) -> None:
    torch.manual_seed(5)
    wanted = DESIGNS[key].build().state_dict()
    torch.manual_seed(123)
    before = torch.get_rng_state()
    found = seeded(DESIGNS[key].build, 5).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_seeded_puts_the_generator_back_after_an_error() -> None:
    before = torch.get_rng_state()

    def fail() -> nn.Module:
        torch.rand(3)
        raise ValueError("no network")

    with pytest.raises(ValueError, match="no network"):
        seeded(fail, 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_threads_build_as_one_after_the_other() -> None:
    def slow() -> nn.Module:
        first = nn.Linear(2, 2)
        time.sleep(0.01)  # where another thread would draw from the same generator
        return nn.Sequential(first, nn.Linear(2, 2))

    def drawn(seed: int) -> list[Tensor]:
        return list(seeded(slow, seed).state_dict().values())

    serial = [drawn(seed) for seed in range(6)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(drawn, range(6)))
    assert all(
        torch.equal(a, b)
        for one, other in zip(serial, together, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_net_by_its_functional_parts() -> None:
    torch.manual_seed(0)
    net, pictures = Net(), torch.rand(2, 3, 32, 32)
    out = torch.max_pool2d(torch.tanh(net.conv1(pictures)), 2)
    out = torch.max_pool2d(torch.tanh(net.conv2(out)), 2)
    out = net.fc2(torch.tanh(net.fc1(out.reshape(2, 512))))
    assert torch.equal(net(pictures), out)
    assert dense_net()(pictures).shape == out.shape == (2, 2)


def validation_pictures(archive: Path) -> tuple[Tensor, Tensor]:
    """Normalised float32 [2000, 3, 32, 32] and classes, airplane 0 and bird 1."""
    pictures, classes = [], []
    with zipfile.ZipFile(archive) as file:
        for name in sorted(n for n in file.namelist() if n.startswith("test/") and n.endswith(".jpg")):
            picture = np.array(Image.open(io.BytesIO(file.read(name))).convert("RGB"))
            pictures.append(torch.from_numpy(picture).permute(2, 0, 1))
            classes.append(int("/bird/" in name))
    return (torch.stack(pictures) / 255 - MEAN) / STD, torch.tensor(classes)


def test_a_seed_gives_its_weights_whatever_other_threads_build_and_drop_out() -> None:
    stop = threading.Event()

    def build() -> None:
        while not stop.is_set():
            DESIGNS["net_depth"].build()

    def drop() -> None:
        module = DESIGNS["net_dropout"].build().train()
        chance = Randomness(Settings(design="net_dropout", seed=5), module, torch.device("cpu"))
        while not stop.is_set():
            with chance.dropout():
                module(torch.ones(1, 3, 32, 32))

    wanted = seeded(DESIGNS["net"].build, 0).state_dict()
    others = [threading.Thread(target=build), threading.Thread(target=drop)]
    for one in others:
        one.start()
    try:
        for _ in range(200):
            found = seeded(DESIGNS["net"].build, 0).state_dict()
            assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    finally:
        stop.set()
        for one in others:
            one.join()


def test_the_books_classifier_is_not_invariant_to_shifts(shared: Path) -> None:
    net = Net()
    weights = torch.load(shared / "data" / "book_birds_vs_airplanes.pt", weights_only=True)
    assert str(net.load_state_dict(weights)) == "<All keys matched successfully>"
    pictures, classes = validation_pictures(shared / "data" / "birds_vs_airplanes.zip")
    accuracy = []
    with torch.no_grad():
        for dx in (0, 1, 2, 4, 8):
            shifted = shift_image(pictures, dx, 0, wrap=False)
            verdicts = torch.cat([net(batch).argmax(1) for batch in shifted.split(100)])
            accuracy.append((verdicts == classes).float().mean().item())
    assert accuracy == pytest.approx([0.881, 0.8735, 0.859, 0.8155, 0.689], abs=0.0015)
