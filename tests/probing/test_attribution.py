"""Each method against its definition, the axioms, and a shared network that two threads explain with."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.variants import NetResDeep, ResBlock
from convlab.probing import attribution, bundled
from convlab.probing.attribution import METHODS, rank_correlation
from convlab.probing.probe import Probe

NAMES = ("airplane", "bird")


def picture(seed: int = 0) -> Tensor:
    """Coarse blots: large connected areas, as photographs have."""
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    fine = F.interpolate(coarse, size=(32, 32), mode="bilinear")
    return (fine[0] * 255).to(torch.uint8)


def probe(key: str = "net", seed: int = 0) -> Probe:
    return Probe(seeded(design(key).build, seed).eval(), NAMES)


def trained() -> Probe:
    return Probe(checkpoints.load(bundled.file("net").read_bytes()).module, NAMES)


def logit(asked: Probe, x: Tensor, target: int) -> float:
    with torch.no_grad():
        return float(asked.network(x)[0, target])


@pytest.mark.parametrize("key", DESIGNS)
@pytest.mark.parametrize("target", [0, 1])
def test_saliency_is_the_gradient(key: str, target: int) -> None:
    asked = probe(key)
    found = attribution.saliency(asked, picture(), target)
    x = asked.normalise(picture()[None]).requires_grad_()
    (gradient,) = torch.autograd.grad(asked.network(x)[0, target], x)
    assert torch.allclose(found.abs(), gradient[0].abs().amax(0), atol=1e-6)
    for row, col in ((0, 0), (15, 16), (31, 30)):
        channels = gradient[0, :, row, col].tolist()
        assert float(found[row, col]) == pytest.approx(max(channels, key=abs), abs=1e-6)


@pytest.mark.parametrize("key", DESIGNS)
def test_integrated_gradients_are_complete(key: str) -> None:
    """The tolerance is 0.3% of the difference, or 0.003 where that is below 1."""
    asked = probe(key, seed=1)
    x = asked.normalise(picture(1)[None])
    for target in (0, 1):
        wanted = logit(asked, x, target) - logit(asked, torch.zeros_like(x), target)
        found = attribution.integrated_gradients(asked, picture(1), target)
        assert float(found.sum()) == pytest.approx(wanted, rel=0.0031, abs=0.0031)
        assert attribution.logit_difference(asked, picture(1), target) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_integrated_gradients_of_trained_weights_are_complete(seed: int) -> None:
    asked = trained()
    x = asked.normalise(picture(seed)[None])
    wanted = attribution.logit_difference(asked, picture(seed), 1)
    found = attribution.integrated_gradients(asked, picture(seed), 1)
    assert abs(float(found.sum()) - wanted) <= 0.0031 * max(1.0, abs(wanted))
    assert wanted == pytest.approx(logit(asked, x, 1) - logit(asked, torch.zeros_like(x), 1), abs=1e-4)


def test_integrated_gradients_of_a_linear_network_are_its_products() -> None:
    linear = nn.Linear(3 * 32 * 32, 2)
    asked = Probe(nn.Sequential(nn.Flatten(), linear).eval(), NAMES)
    x = asked.normalise(picture()[None])
    weight = linear.weight[1].detach().view(3, 32, 32)
    found = attribution.integrated_gradients(asked, picture(), 1)
    assert torch.allclose(found, (weight * x[0]).sum(0), atol=1e-5)


def test_a_picture_of_the_mean_colour_has_nothing_to_share_out() -> None:
    mean = torch.tensor(trained().mean)[:, None, None].expand(3, 32, 32)
    found = attribution.integrated_gradients(trained(), mean, 0)
    assert float(found.abs().max()) == 0


@pytest.mark.parametrize(
    ("key", "size", "stride"),
    [("net", 5, 2), ("net", 8, 8), ("net", 1, 1), ("net", 32, 1), ("net_res", 7, 3)],
)
def test_occlusion_pixel_by_pixel(key: str, size: int, stride: int) -> None:
    asked = probe(key) if key != "net" else trained()
    x = asked.normalise(picture()[None])
    whole = logit(asked, x, 1)
    losses: dict[tuple[int, int], list[float]] = {(r, c): [] for r in range(32) for c in range(32)}
    starts = range(0, 32 - size + stride, stride)  # the last square may hang over the edge
    for top in starts:
        covered = x.repeat(len(starts), 1, 1, 1)
        for place, left in enumerate(starts):
            covered[place, :, top : top + size, left : left + size] = 0
        with torch.no_grad():
            kept = asked.network(covered)[:, 1].tolist()
        for left, value in zip(starts, kept, strict=True):
            for row in range(top, min(top + size, 32)):
                for col in range(left, min(left + size, 32)):
                    losses[row, col].append(whole - value)
    wanted = torch.tensor([sum(found) / len(found) for found in losses.values()]).view(32, 32)
    assert torch.allclose(attribution.occlusion(asked, picture(), 1, size, stride), wanted, atol=2e-5)


def test_a_covered_square_by_hand_and_what_hangs_over_the_edge_covers_the_rest() -> None:
    asked = trained()
    corners = [(0, 0), (-2, 29), (30, -4), (40, 3), (10, 20)]
    found = attribution.covered(asked, picture(), corners, 5)
    x = asked.normalise(picture()[None])
    slices = [(slice(0, 5), slice(0, 5)), (slice(0, 3), slice(29, 32)), (slice(30, 32), slice(0, 1))]
    slices += [(slice(0, 0), slice(0, 0)), (slice(10, 15), slice(20, 25))]
    for row, (down, across) in zip(found, slices, strict=True):
        bare = x.clone()
        bare[0, :, down, across] = 0
        with torch.no_grad():
            assert torch.allclose(row, asked.network(bare)[0], atol=1e-5)


@pytest.mark.parametrize(
    ("key", "layer", "side"),
    [
        ("saliency", None, 1),
        ("integrated_gradients", None, 1),
        ("occlusion", None, 5),
        ("grad_cam", None, 2),  # conv2 has 16 x 16 units
        ("grad_cam", "conv1", 1),
    ],
)
def test_what_a_value_of_a_map_is_about(key: str, layer: str | None, side: int) -> None:
    assert attribution.patch_px(trained(), key, layer) == side


def test_a_linear_network_loses_by_a_covered_pixel_what_integrated_gradients_say() -> None:
    asked = Probe(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)).eval(), NAMES)
    found = attribution.integrated_gradients(asked, picture(), 1)
    corners = [(0, 0), (31, 31), (7, 20)]
    lost = asked.logits(picture()[None])[0, 1] - attribution.covered(asked, picture(), corners, 1)[:, 1]
    assert lost.tolist() == pytest.approx([float(found[place]) for place in corners], abs=1e-5)


@pytest.mark.parametrize("target", [0, 1])
def test_grad_cam_of_net_by_hand(target: int) -> None:
    asked = trained()
    network = asked.network
    assert isinstance(network, Net)
    x = asked.normalise(picture()[None])
    maps = network.conv2(F.max_pool2d(torch.tanh(network.conv1(x)), 2)).detach().requires_grad_()
    hidden = F.max_pool2d(torch.tanh(maps), 2).flatten(1)
    score = network.fc2(torch.tanh(network.fc1(hidden)))[0, target]
    (gradient,) = torch.autograd.grad(score, maps)  # [1, 8, 16, 16]
    coarse = torch.zeros(16, 16)
    for channel in range(8):
        coarse += gradient[0, channel].mean() * maps[0, channel].detach()
    wanted = F.interpolate(coarse[None, None], size=(32, 32), mode="bilinear")[0, 0]
    found = attribution.grad_cam(asked, picture(), target)
    assert torch.allclose(found, wanted, atol=1e-6)
    assert torch.equal(found, attribution.grad_cam(asked, picture(), target, "conv2"))
    assert float(found.min()) < 0 < float(found.max())
    assert not torch.allclose(found, attribution.grad_cam(asked, picture(), target, "conv1"))


def test_grad_cam_of_one_block_at_many_places_tells_the_places_apart() -> None:
    network = seeded(lambda: NetResDeep(n_chans1=8, n_blocks=3, shared=True), 0).eval()
    asked = Probe(network, NAMES)
    names = attribution.convolutions(network)
    assert names == ("conv1", "resblocks.0.conv", "resblocks.1.conv", "resblocks.2.conv")
    x = F.max_pool2d(torch.relu(network.conv1(asked.normalise(picture()[None]))), 2)
    for place in range(3):
        block = network.resblocks[place]
        assert isinstance(block, ResBlock)
        maps = block.conv(x).detach().requires_grad_()
        x = torch.relu(block.batch_norm(maps)) + x
        later = x
        for behind in range(place + 1, 3):
            later = network.resblocks[behind](later)
        hidden = F.max_pool2d(later, 2).flatten(1)
        (gradient,) = torch.autograd.grad(network.fc2(torch.relu(network.fc1(hidden)))[0, 0], maps)
        coarse = (gradient.mean((2, 3), keepdim=True) * maps.detach()).sum(1, keepdim=True)
        wanted = F.interpolate(coarse, size=(32, 32), mode="bilinear")[0, 0]
        found = attribution.grad_cam(asked, picture(), 0, f"resblocks.{place}.conv")
        assert torch.allclose(found, wanted, atol=1e-5)
        x = x.detach()


@pytest.mark.parametrize("key", DESIGNS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_explains_every_design(key: str, method: str) -> None:
    if (key, method) == ("dense", "grad_cam"):
        with pytest.raises(UserError, match="needs a convolution"):
            attribution.grad_cam(probe(key), picture(), 0)
        return
    found = [METHODS[method].explain(probe(key), picture(), target) for target in (0, 1)]
    assert all(values.shape == (32, 32) and values.dtype == torch.float32 for values in found)
    assert not any(values.requires_grad for values in found)
    assert not torch.equal(found[0], found[1])
    assert min(float(values.min()) for values in found) < 0  # signed


def test_two_threads_explain_as_one_after_the_other() -> None:
    asked = trained()
    work = [(method, seed) for seed in range(3) for method in METHODS]

    def explain(job: tuple[str, int]) -> Tensor:
        return METHODS[job[0]].explain(asked, picture(job[1]), job[1] % 2)

    serial = [explain(job) for job in work]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            assert all(map(torch.equal, serial, pool.map(explain, work)))


class Meeting(nn.Module):
    """Between its two layers every forward pass waits for as many as there are to be at once."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 5), nn.Linear(4 * 28 * 28, 2)
        self.barrier = threading.Barrier(parties, timeout=20)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        self.barrier.wait()
        logits: Tensor = self.fc(torch.tanh(maps).flatten(1))
        return logits


@pytest.mark.parametrize("method", ["saliency", "grad_cam"])
def test_two_threads_in_the_same_layer_at_the_same_time(method: str) -> None:
    """A hook on the shared layer would see the other thread's picture."""
    alone, together = (Probe(seeded(partial(Meeting, n), 0).eval(), NAMES) for n in (1, 2))
    serial = [METHODS[method].explain(alone, picture(seed), 1) for seed in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda seed: METHODS[method].explain(together, picture(seed), 1), range(2)))
    assert all(map(torch.equal, serial, found))


def test_two_threads_randomise_as_one_after_the_other() -> None:
    asked = trained()

    def tested(seed: int) -> list[float]:
        steps = attribution.survival(asked, picture(), 0, attribution.grad_cam, seed)
        return [step.correlation for step in steps]

    serial = [tested(seed) for seed in range(6)]
    assert len({tuple(found) for found in serial}) == 6
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(tested, range(6))) == serial


def traces(network: nn.Module) -> list[object]:
    """All that a method might leave behind in a network."""
    hooks = [
        (name, kind, dict(getattr(module, kind)))
        for name, module in network.named_modules()
        for kind in vars(module)
        if kind.endswith("_hooks")
    ]
    modes = [module.training for module in network.modules()]
    gradients = [(p.requires_grad, p.grad is None) for p in network.parameters()]
    values = [float(tensor.double().sum()) for tensor in network.state_dict().values()]
    return [hooks, modes, gradients, values]


class Failing(nn.Module):
    """Fails where gradients or hooks are already at work."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.conv(x)
        raise RuntimeError("failed behind conv")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [Net, lambda: NetResDeep(n_chans1=4, n_blocks=2), Failing])
def test_nothing_stays_behind(make: Callable[[], nn.Module], method: str) -> None:
    network = seeded(make, 0).eval()
    asked, image = Probe(network, NAMES), picture()
    before = traces(network)
    assert before[0]  # the kinds of hooks are found
    if make is Failing:
        with pytest.raises(RuntimeError, match="failed behind conv"):
            METHODS[method].explain(asked, image, 1)
    else:
        METHODS[method].explain(asked, image, 1)
        attribution.survival(asked, image, 1, METHODS[method].explain)
    assert traces(network) == before
    assert torch.equal(image, picture())


def test_no_random_number_is_drawn() -> None:
    state = torch.get_rng_state()
    attribution.survival(trained(), picture(), 0, attribution.saliency)
    assert torch.equal(torch.get_rng_state(), state)


def test_survival_randomises_from_the_last_layer_to_the_first() -> None:
    asked, seen = trained(), []

    def explain(damaged: Probe, image: Tensor, target: int) -> Tensor:
        pairs = zip(damaged.network.named_parameters(), asked.network.parameters(), strict=True)
        seen.append([name for (name, mine), theirs in pairs if not torch.equal(mine, theirs)])
        return attribution.saliency(damaged, image, target)

    steps = attribution.survival(asked, picture(), 1, explain)
    assert [step.layer for step in steps] == ["fc2", "fc1", "conv2", "conv1"]
    names = [
        f"{layer}.{tensor}" for layer in ("conv1", "conv2", "fc1", "fc2") for tensor in ("weight", "bias")
    ]
    assert seen == [[], names[6:], names[4:], names[2:], names]
    kept = attribution.saliency(asked, picture(), 1).abs()
    for step in steps:
        assert step.correlation == rank_correlation(step.values.abs(), kept)
    again = attribution.survival(asked, picture(), 1, attribution.saliency)
    assert [step.correlation for step in again] == [step.correlation for step in steps]
    assert abs(steps[-1].correlation) < 0.5  # little of the trained network's map is left


@pytest.mark.parametrize("key", DESIGNS)
def test_survival_of_every_design(key: str) -> None:
    asked = probe(key)
    steps = attribution.survival(asked, picture(), 1, attribution.saliency)
    with_weights = [name for name, child in asked.network.named_children() if list(child.parameters())]
    assert [step.layer for step in steps] == with_weights[::-1]
    assert all(-1 <= step.correlation <= 1 for step in steps)


def test_batch_norm_gets_its_first_statistics_back() -> None:
    asked = probe("net_batch_norm")
    for tensor in asked.network.state_dict().values():
        tensor.add_(1)
    states = []

    def explain(damaged: Probe, image: Tensor, target: int) -> Tensor:
        states.append(damaged.network.get_buffer("conv2_batchnorm.running_mean").unique().tolist())
        return attribution.saliency(damaged, image, target)

    attribution.survival(asked, picture(), 1, explain)
    assert states == [[1], [1], [1], [0], [0], [0], [0]]
    assert asked.network.get_buffer("conv2_batchnorm.running_mean").unique().tolist() == [1]


def test_rank_correlation_by_hand() -> None:
    one = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(one, one.exp()) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    # ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * (1 + 1 + 1 + 1) / (4 * 15)
    assert rank_correlation(one, torch.tensor([[5.0, 0.0], [9.0, 7.0]])) == pytest.approx(0.6)
    # ranks 1 2 3 4 and 1.5 1.5 3.5 3.5: covariance 4, variances 5 and 4
    assert rank_correlation(one, torch.tensor([[0.0, 0.0], [1.0, 1.0]])) == pytest.approx(4 / 20**0.5)
    assert rank_correlation(one, torch.zeros(2, 2)) == 0


def test_rank_correlation_by_counting() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        pair = torch.randint(0, 9, (2, 50), generator=generator).tolist()
        ranks = [[sum(w < v for w in row) + sum(w == v for w in row) / 2 for v in row] for row in pair]
        wanted = float(torch.tensor(ranks).corrcoef()[0, 1])
        found = rank_correlation(torch.tensor(pair[0]), torch.tensor(pair[1]))
        assert found == pytest.approx(wanted, abs=1e-6)


def test_what_cannot_be_explained() -> None:
    asked = trained()
    for entry in METHODS.values():
        with pytest.raises(UserError, match="There is no class 2: choose 0 to 1"):
            entry.explain(asked, picture(), 2)
        with pytest.raises(UserError, match="pictures of shape"):
            entry.explain(asked, picture()[:, :31], 0)
    with pytest.raises(UserError, match="There is no convolution 'fc1': choose one of conv1, conv2"):
        attribution.grad_cam(asked, picture(), 0, "fc1")
    for size, stride in ((0, 1), (33, 1), (4, 0), (4, 5)):
        with pytest.raises(UserError, match=f"A square of {size} px moved by {stride} px"):
            attribution.occlusion(asked, picture(), 0, size, stride)
    with pytest.raises(UserError, match="There is no method 'magic': choose one of saliency"):
        attribution.method("magic")


def test_a_method_by_its_key() -> None:
    asked = trained()
    layered = attribution.method("grad_cam", "conv1")(asked, picture(), 0)
    assert torch.equal(layered, attribution.grad_cam(asked, picture(), 0, "conv1"))
    assert attribution.method("saliency") is attribution.saliency
