"""The chapter's variants (8.5): what each adds to Net, by hand."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.networks.designs import design, parameter_counts
from convlab.networks.initialisation import initialise
from convlab.networks.variants import NetResDeep, ResBlock, cosine_kernels
from tests.networks.test_designs import count, validation_pictures


@pytest.mark.parametrize(("n_chans1", "parameters"), [(8, 8_806), (16, 18_090), (32, 38_386), (64, 85_890)])
def test_e_net_width(n_chans1: int, parameters: int) -> None:
    assert count("net_width", n_chans1=n_chans1) == parameters


@pytest.mark.parametrize(
    ("n_blocks", "shared", "parameters"),
    [(10, True, 75_810), (100, True, 75_810), (10, False, 159_330), (100, False, 994_530)],
)
def test_one_block_repeated_or_many(n_blocks: int, shared: bool, parameters: int) -> None:
    assert count("net_res_deep", n_blocks=n_blocks, shared=shared) == parameters
    net = NetResDeep(n_blocks=n_blocks, shared=shared)
    assert len(net.resblocks) == n_blocks
    assert len({id(block) for block in net.resblocks}) == (1 if shared else n_blocks)


def test_blocks_start_with_weight_half_and_kaiming_weights() -> None:
    torch.manual_seed(0)
    block = ResBlock(64)
    assert block.conv.bias is None
    assert block.batch_norm.weight.tolist() == [0.5] * 64
    assert block.batch_norm.bias.tolist() == [0.0] * 64
    assert block.conv.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    normalised = block.batch_norm(torch.randn(64, 64, 8, 8))
    assert normalised.var().item() == pytest.approx(0.25, rel=0.01)


def test_batch_norm_comes_before_tanh() -> None:
    net = design("net_batch_norm").build().eval()
    pictures = torch.randn(2, 3, 32, 32)
    assert float(net.conv1_batchnorm.weight.detach().fill_(0).sum()) == 0  # type: ignore[operator, union-attr]
    seen: list[Tensor] = []
    net.conv2.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))  # type: ignore[union-attr]
    net(pictures)
    assert not seen[0].any()  # tanh(0): behind the norm; before it, tanh would come through the pool


def test_net_fast_by_hand() -> None:
    net = design("net_fast").build()
    assert parameter_counts(net) == [768, 16, 16, 16, 4608, 32, 32, 32, 18_432, 64, 64, 64, 2048, 2]
    assert count("net_fast") == 26_194
    assert count("net_fast", n_chans1=24) == 56_570


def test_net_fixed_by_hand() -> None:
    net = design("net_fixed").build()
    assert parameter_counts(net) == [4608, 32, 32, 32, 18_432, 64, 64, 64, 2048, 2]
    assert count("net_fixed") == 25_378
    kernels = net.conv1.weight  # type: ignore[union-attr]
    assert torch.equal(kernels, torch.cat([cosine_kernels()[:8], -cosine_kernels()[:8]]))  # type: ignore[arg-type]
    for key in ("reset_parameters", "xavier", "kaiming"):
        before = net.fc.weight.detach().clone()  # type: ignore[operator, union-attr]
        initialise(net, key)
        assert torch.equal(net.conv1.weight[:8], cosine_kernels()[:8])  # type: ignore[index, union-attr]
        assert not torch.equal(net.fc.weight, before)  # type: ignore[arg-type, union-attr]


def test_the_fixed_kernels_are_waves_at_right_angles() -> None:
    kernels = cosine_kernels().flatten(1)
    waves = F.normalize(kernels)
    torch.testing.assert_close(waves @ waves.T, torch.eye(48), rtol=0, atol=1e-6)
    assert (kernels.norm(dim=1).diff() >= -1e-6).all()  # what varies less is made larger
    assert kernels[0].unique().numel() == 1  # brightness
    red, green, blue = kernels[1].view(3, 16)
    assert green.abs().max() < 1e-7
    torch.testing.assert_close(red, -blue)
    slope = kernels[2].view(3, 4, 4)
    torch.testing.assert_close(slope, slope[:1, :1].expand(3, 4, 4))  # from left to right
    torch.testing.assert_close(slope, -slope.flip(2))


def test_the_fixed_kernels_are_the_classs_principal_components_about_as_large_as_1(shared: Path) -> None:
    pictures, _classes = validation_pictures(shared / "data" / "birds_vs_airplanes.zip")
    patches = F.unfold(pictures, 4, stride=4).transpose(1, 2).flatten(0, 1)
    _values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    waves = F.normalize(cosine_kernels()[:8].flatten(1))
    kept = (waves @ vectors[:, -8:]).square().sum(1)  # how much of each lies in the first eight components
    assert kept.min() > 0.9
    size = F.conv2d(pictures, cosine_kernels()[:8], stride=4).square().mean((0, 2, 3)).sqrt()
    assert size.min() > 0.5
    assert size.max() < 2


def test_dropout_is_off_in_eval_mode() -> None:
    net, pictures = design("net_dropout").build(), torch.randn(2, 3, 32, 32)
    assert torch.equal(net.eval()(pictures), net(pictures))
    assert not torch.equal(net.train()(pictures), net(pictures))


def test_net_res_adds_what_conv3_was_given() -> None:
    depth, res = design("net_depth").build(), design("net_res").build()
    res.load_state_dict(depth.state_dict())
    pictures = torch.randn(2, 3, 32, 32)
    out = torch.max_pool2d(torch.relu(res.conv1(pictures)), 2)  # type: ignore[operator]
    out = torch.max_pool2d(torch.relu(res.conv2(out)), 2)  # type: ignore[operator]
    plain = torch.relu(res.conv3(out))  # type: ignore[operator]
    for net, last in ((depth, plain), (res, plain + out)):
        wanted = net.fc2(torch.relu(net.fc1(torch.max_pool2d(last, 2).flatten(1))))  # type: ignore[operator]
        assert torch.equal(net(pictures), wanted)
