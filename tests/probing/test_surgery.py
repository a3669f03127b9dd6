"""One kernel changed by hand, all of a layer's silenced in turn, the smallest weights pruned."""

import itertools
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.variants import NetDropout, NetResDeep
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe
from convlab.probing.surgery import convolutions, edited, knock_outs, pruned


def probe(seed: int = 0) -> Probe:
    return Probe(seeded(Net, seed).eval(), ("airplane", "bird"))


def split(count: int) -> Split:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
    return Split(images, torch.randint(0, 2, (count,), generator=generator))


def differences(one: nn.Module, other: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Name and mask of every tensor that differs."""
    for (name, left), right in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        if not torch.equal(left, right):
            yield name, left != right


def test_convolutions_in_order() -> None:
    assert list(convolutions(Net())) == ["conv1", "conv2"]
    assert list(convolutions(NetResDeep(8, 5, shared=True))) == ["conv1", "resblocks.0.conv"]
    assert len(convolutions(NetResDeep(8, 5, shared=False))) == 6


def test_only_the_named_kernel_changes() -> None:
    before = probe()
    after = edited(before, "conv2", 3, 5, 0.25)
    [(name, where)] = differences(before.network, after.network)
    assert name == "conv2.weight"
    assert torch.equal(where.nonzero()[:, :2].unique(dim=0), torch.tensor([[3, 5]]))
    assert (after.network.get_parameter("conv2.weight")[3, 5] == 0.25).all()
    assert (after.classes, after.mean, after.std) == (before.classes, before.mean, before.std)
    assert not after.network.training


def test_a_whole_kernel_and_a_drawn_one() -> None:
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    drawn = edited(probe(), "conv1", 2, 1, sobel)
    assert torch.equal(drawn.network.get_parameter("conv1.weight")[2, 1], sobel)
    whole = torch.arange(27.0).reshape(3, 3, 3)
    both = edited(drawn, "conv1", 4, None, whole)  # edits add up
    assert torch.equal(both.network.get_parameter("conv1.weight")[4], whole)
    assert torch.equal(both.network.get_parameter("conv1.weight")[2, 1], sobel)


def test_a_silenced_kernel_leaves_its_bias() -> None:
    before = probe()
    after = edited(before, "conv1", 6, None, 0.0)
    x = before.normalise(split(2).images)
    with torch.no_grad():
        one, other = (p.network.get_submodule("conv1")(x) for p in (before, after))
    assert torch.equal(other[:, 6], before.network.get_parameter("conv1.bias")[6].expand(2, 32, 32))
    assert torch.equal(one[:, :6], other[:, :6])
    assert torch.equal(one[:, 7:], other[:, 7:])


def test_zero_on_zero_is_no_change() -> None:
    before = edited(probe(), "conv1", 0, None, 0.0)
    assert list(differences(before.network, edited(before, "conv1", 0, None, 0.0).network)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fc1", 0, 0, 0.0), "no convolution 'fc1': choose one of conv1, conv2"),
        (("conv1", 16, 0, 0.0), "out_channel is 16: choose 0 to 15"),
        (("conv1", -1, 0, 0.0), "out_channel is -1"),
        (("conv1", 0, 3, 0.0), "in_channel is 3: choose 0 to 2"),
        (("conv1", 0, 0, torch.zeros(2, 3)), r"conv1 has the shape \[3, 3\], not \[2, 3\]"),
        (("conv1", 0, None, torch.zeros(3, 3)), r"the shape \[3, 3, 3\], not \[3, 3\]"),
        (("conv1", 0, 0, float("nan")), "finite number"),
        (("conv1", 0, 0, torch.full((3, 3), torch.inf)), "finite number"),
    ],
)
def test_what_cannot_be_cut(arguments: tuple[str, int, int | None, float | Tensor], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        edited(probe(), *arguments)


def test_knock_outs_are_each_kernel_by_itself() -> None:
    before, data = probe(), split(60)
    found = list(knock_outs(before, data, "conv2"))
    assert len(found) == 8
    for channel, right in enumerate(found):
        without = edited(before, "conv2", channel, None, 0.0)
        wanted = without.logits(data.images).argmax(1) == data.labels
        assert right == pytest.approx(float(wanted.double().mean()))


def test_knock_outs_come_one_by_one_and_refuse_at_once() -> None:
    assert len(list(itertools.islice(knock_outs(probe(), split(4), "conv1"), 2))) == 2
    with pytest.raises(UserError, match="no convolution 'conv9'"):
        knock_outs(probe(), split(4), "conv9")


def test_pruning_by_hand() -> None:
    layer = nn.Linear(3072, 2)
    weights = torch.arange(1.0, 6145) * torch.tensor([1.0, -1.0]).repeat(3072)
    with torch.no_grad():
        layer.weight.copy_(weights.reshape(2, 3072))
    found = pruned(Probe(nn.Sequential(nn.Flatten(), layer), ("a", "b")), 0.25)
    kept = found.probe.network.get_parameter("1.weight").flatten()
    assert (found.zeros, found.weights) == (1536, 6144)
    assert (kept[:1536] == 0).all()
    assert torch.equal(kept[1536:], weights[1536:])
    assert torch.equal(found.probe.network.get_parameter("1.bias"), layer.bias)


@pytest.mark.parametrize("key", DESIGNS)
def test_pruning_takes_the_share_of_every_layer(key: str) -> None:
    options = {"n_blocks": 2} if key == "net_res_deep" else {}
    before = Probe(seeded(lambda: design(key).build(**options), 0).eval(), ("airplane", "bird"))
    for share in (0.3, 1.0) if key != "dense" else (0.3,):
        found = pruned(before, share)
        for name, module in found.probe.network.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                weight, old = module.weight.detach(), before.network.get_parameter(f"{name}.weight").detach()
                assert int((weight == 0).sum()) == round(share * weight.numel())
                assert bool((weight[weight != 0] == old[weight != 0]).all())
                if share < 1:
                    assert float(weight[weight != 0].abs().min()) >= float(old[weight == 0].abs().max())
        assert found.zeros == pytest.approx(share * found.weights, abs=8)


def test_a_share_is_0_to_1() -> None:
    for share in (-0.1, 1.01, float("nan")):
        with pytest.raises(UserError, match="choose 0 to 1"):
            pruned(probe(), share)


def test_the_copy_stays_in_eval_mode() -> None:
    before = Probe(seeded(NetDropout, 0).eval(), ("airplane", "bird"))
    for after in (edited(before, "conv1", 0, None, 0.0), pruned(before, 0.5).probe):
        assert not any(module.training for module in after.network.modules())
        assert torch.equal(after.logits(split(3).images), after.logits(split(3).images))


def test_the_book_s_kernels(book: Probe, val: Split) -> None:
    """Of .881, the last kernel of conv2 holds .1275; the network does without the first."""
    found = list(knock_outs(book, val, "conv2"))
    wanted = [0.873, 0.8455, 0.816, 0.8715, 0.8425, 0.8255, 0.8455, 0.7535]
    assert found == pytest.approx(wanted, abs=0.001)


def test_the_book_s_weights_pruned(book: Probe, val: Split) -> None:
    """Footnote 2: a third of all weights may go without a trace, nine tenths may not."""
    wanted = {0: 0.881, 0.3: 0.8845, 0.5: 0.847, 0.7: 0.7215, 0.9: 0.579, 1: 0.5}
    cut = {share: pruned(book, share).probe for share in wanted}
    found = {share: evaluate(probe, val.images, val.labels).accuracy for share, probe in cut.items()}
    assert found == pytest.approx(wanted, abs=0.001)
