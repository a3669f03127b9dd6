"""A fresh start, no file brought: figures of every experiment of Kernels, Feature maps and Train.

The right values are computed here, with PyTorch alone.
"""

import re

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, expect
from torch import Tensor, nn

from convlab.networks.designs import Net
from convlab.pictures import crop, images, photographs
from tests.browser import harness
from tests.browser.first_look import TABLES, bundled, chances, normalised, opened, share
from tests.browser.harness import Tab


@pytest.fixture(scope="module")
def tab(browser: Browser, fresh_server: harness.Server) -> Tab:
    return harness.new_tab(browser, fresh_server)


@pytest.fixture(scope="module")
def cat() -> Tensor:
    """The picture that Feature maps opens with, uint8 [3, 32, 32]."""
    return crop.cut(photographs.photograph("cat"))


@pytest.fixture(scope="module")
def photographs_net() -> Net:
    module = Net()
    bundled(module, "net")
    return module


def test_feature_maps_tells_the_classes_of_the_open_network(
    tab: Tab, photographs_net: Net, cat: Tensor
) -> None:
    _metrics, words = opened(tab, "/feature_maps")
    airplane, bird = chances(photographs_net, cat[None])[0].tolist()
    for name, chance in (("airplane", airplane), ("bird", bird)):
        assert f"{name} {chance:.3f} logit" in words
    assert "18,090 parameters" in words


def test_feature_maps_measures_the_field_of_the_open_unit(
    tab: Tab, photographs_net: Net, cat: Tensor
) -> None:
    metrics, _words = opened(tab, "/feature_maps?experiment=field&layer=pool2&row=3&col=3")
    pixels = normalised(cat[None]).double().requires_grad_()
    net = Net().double()
    for parameter in net.parameters():
        nn.init.ones_(parameter)  # every path counts
    seen = F.avg_pool2d(net.conv2(F.avg_pool2d(net.conv1(pixels), 2)), 2)[0, 0, 3, 3]
    seen.backward()
    assert pixels.grad is not None
    touched = pixels.grad[0].abs().sum(0) > 0
    rows, columns = touched.any(1).sum(), touched.any(0).sum()
    assert metrics["Window by the formula (px)"] == f"{rows} × {columns}"
    assert metrics["Pixels by autograd"] == str(int(touched.sum()))


def test_feature_maps_pools_the_open_map(tab: Tab, photographs_net: Net, cat: Tensor) -> None:
    metrics, words = opened(tab, "/feature_maps?experiment=pooling")
    with torch.no_grad():
        maps = photographs_net.conv1(normalised(cat[None]))[0, 0]
    assert metrics["Values that survive max pooling"] == "25%"
    assert f"blue is -{float(maps.abs().max()):.3g}" in words.replace("−", "-")


def test_feature_maps_compares_with_the_same_design_untrained(
    tab: Tab, photographs_net: Net, cat: Tensor
) -> None:
    _metrics, words = opened(tab, "/feature_maps?experiment=compare")
    torch.manual_seed(0)
    fresh = Net()
    with torch.no_grad():
        for net in (photographs_net, fresh):
            end = float(net.conv1(normalised(cat[None]))[0].abs().max())
            assert f"blue is -{end:.3g}" in words.replace("−", "-")


def test_feature_maps_finds_the_large_cross(tab: Tab) -> None:
    _metrics, words = opened(tab, "/feature_maps?experiment=cross")
    peaks = [float(peak) for peak in re.findall(r"peak (\d[\d.]*\d)", words)]
    assert len(peaks) == 3
    assert max(peaks) == peaks[0]


def test_feature_maps_says_what_pytorch_says(tab: Tab) -> None:
    _metrics, words = opened(tab, "/feature_maps?experiment=fit")
    layers = nn.Sequential(nn.MaxPool2d(2), nn.Linear(512, 32))
    with pytest.raises(RuntimeError) as told:
        layers(torch.zeros(1, 8, 16, 16))
    assert str(told.value) in words


@pytest.fixture(scope="module")
def grey_cat() -> Tensor:
    """The picture that Kernels opens with, float [1, 128, 128]."""
    return images.to_float(images.working(photographs.photograph("cat"), size_px=128, grey=True))


EDGES = torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])[None, None]


def test_kernels_lays_the_convolution_out_as_a_matrix(tab: Tab) -> None:
    metrics, _words = opened(tab, "/kernels?experiment=matrix")
    columns = F.conv2d(torch.eye(36).view(36, 1, 6, 6), EDGES).flatten(1).T
    reached = F.conv2d(torch.eye(36).view(36, 1, 6, 6), torch.ones(1, 1, 3, 3)).flatten(1).T
    assert metrics["Shape of the matrix"] == "16 × 36"
    assert metrics["Always 0: no weight reaches there"] == share(float((reached == 0).double().mean()))
    assert metrics["0 with these weights"] == share(float((columns == 0).double().mean()))


def test_kernels_shifts_the_picture(tab: Tab, grey_cat: Tensor) -> None:
    metrics, _words = opened(tab, "/kernels?experiment=shift")
    moved = F.pad(grey_cat[None], (4, -4))
    difference = F.conv2d(moved, EDGES) - F.pad(F.conv2d(grey_cat[None], EDGES), (4, -4))
    assert metrics["Largest difference"] == f"{float(difference.abs().max()):.3g}"
    assert metrics["Largest difference away from the borders"] == "0"


def test_kernels_says_what_the_books_slips_cost(tab: Tab, grey_cat: Tensor) -> None:
    opened(tab, "/kernels?experiment=errata")
    rows = {row[0]: row[1] for row in tab.page.evaluate(TABLES) if len(row) == 2}
    output = F.conv2d(grey_cat[None], EDGES)[0, 0]
    assert float(rows["o11 from F.conv2d"]) == pytest.approx(float(output[1, 1]), rel=1e-5)  # from 0
    slip = float(output[1, 1] + EDGES[0, 0, 0, 2] * (grey_cat[0, 2, 2] - grey_cat[0, 1, 3]))
    assert float(rows["o11 as printed, with i22 * w02"]) == pytest.approx(slip, rel=1e-5)
    ones = 9 * float(grey_cat.mean())  # with circular padding every pixel counts nine times
    assert float(rows["Mean of the output with weights 1"]) == pytest.approx(ones, rel=1e-5)


def test_kernels_counts_parameters_as_pytorch_does(tab: Tab) -> None:
    _metrics, words = opened(tab, "/kernels?experiment=parameters")
    dense = nn.Sequential(nn.Linear(3072, 1024), nn.Linear(1024, 512), nn.Linear(512, 128), nn.Linear(128, 2))
    total, small = (sum(p.numel() for p in module.parameters()) for module in (dense, Net()))
    assert (
        f"{total:,} parameters when dense, {small:,} when convolutional: {total / small:.1f} times" in words
    )


def test_kernels_keeps_the_learning_rate_below_the_limit(tab: Tab) -> None:
    _metrics, words = opened(tab, "/kernels?experiment=learn")
    picture = images.to_float(images.working(photographs.photograph("cat"), size_px=64, grey=True)).double()
    picture = (picture - picture.mean()) / picture.std()
    windows = F.unfold(picture[None], 3)[0]
    curvature = float(torch.linalg.eigvalsh(2 * windows @ windows.T / windows.shape[1]).max())
    assert f"stable below {2 / curvature:.3g}" in words


def test_train_counts_the_pictures_that_it_draws(tab: Tab) -> None:
    tab.open("/train?experiment=data")
    expect(tab.page.get_by_test_id("stTable").first).to_be_visible(timeout=120_000)
    tab.wait_idle(500)
    rows = {row[0]: row[1:] for row in tab.page.evaluate(TABLES)}
    assert [rows[name][:2] for name in ("airplane", "bird")] == [["2,000", "500"], ["2,000", "500"]]


def test_train_lays_no_book_beside_what_it_does_not_fit(tab: Tab) -> None:
    opened(tab, "/train?experiment=chapter")
    rows = {row[0]: row[1:] for row in tab.page.evaluate(TABLES) if row}
    assert rows["Net, the baseline"][0] == "0.930 / 0.890"
    assert rows["Net, the baseline"][1] == "– / –"
