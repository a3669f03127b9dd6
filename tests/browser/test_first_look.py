"""A fresh start, no file brought: every experiment of Probe shows the figures of its own network and data.

The right values are computed here, with PyTorch alone.
"""

import re

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser
from torch import Tensor, nn

from convlab.datasets import sketches
from convlab.datasets.exams import get
from convlab.networks.designs import Net
from convlab.networks.variants import NetBatchNorm
from convlab.ui.picture import SKETCHES
from tests.browser import harness
from tests.browser.first_look import METRICS, bundled, chances, normalised, opened, right, share
from tests.browser.harness import Tab


@pytest.fixture(scope="module")
def tab(browser: Browser, fresh_server: harness.Server) -> Tab:
    return harness.new_tab(browser, fresh_server)


@pytest.fixture(scope="module")
def val(fresh_server: harness.Server) -> tuple[Tensor, Tensor]:
    """The sketches' validation pictures, normalised, and their labels."""
    found = get("sketches").val
    return normalised(found.images), found.labels


@pytest.fixture(scope="module")
def net() -> nn.Module:
    return bundled(Net(), "net_sketches")


@pytest.fixture(scope="module")
def logits(net: nn.Module, val: tuple[Tensor, Tensor]) -> Tensor:
    with torch.no_grad():
        found: Tensor = net(val[0]).double()
    return found


@pytest.fixture(scope="module")
def bird() -> Tensor:
    """The picture that Probe opens with, uint8 [3, 32, 32]."""
    return sketches.sketch(sketches.SKETCHES["bird"][0]) if hasattr(sketches, "SKETCHES") else first_sketch()


def first_sketch() -> Tensor:

    return sketches.sketch(SKETCHES["bird"][0])


def test_probe_opens_on_a_picture_of_its_networks_own_kind(
    tab: Tab, net: nn.Module, bird: Tensor, logits: Tensor, val: tuple[Tensor, Tensor]
) -> None:
    _metrics, words = opened(tab, "/probe")
    airplane, bird_share = chances(net, bird[None])[0].tolist()
    assert f"{airplane:.4f}" in words
    assert f"{bird_share:.4f}" in words
    assert f"validation accuracy {right(logits, val[1]):.3f} on 1,000 pictures" in words


def test_probe_counts_the_networks_mistakes_on_its_own_validation_pictures(
    tab: Tab, logits: Tensor, val: tuple[Tensor, Tensor]
) -> None:
    metrics, _words = opened(tab, "/probe?experiment=mistakes")
    labels, verdicts = val[1], logits.argmax(1)
    wrong = int((verdicts != labels).sum())
    assert metrics["Accuracy"] == share(right(logits, labels))
    assert metrics["Wrong"] == f"{wrong} of 1,000"
    assert metrics["Loss"] == f"{F.cross_entropy(logits, labels):.4f}"
    cells = [int(((labels == row) & (verdicts == column)).sum()) for row in (0, 1) for column in (0, 1)]
    lines = [row.locator("th, td").all_inner_texts() for row in tab.page.locator("tr:has(button.cell)").all()]
    rows = {line[0]: line[1:] for line in lines}
    assert rows["airplane"] == [str(cells[0]), str(cells[1]), share(cells[0] / 500)]
    assert rows["bird"] == [str(cells[2]), str(cells[3]), share(cells[3] / 500)]
    confidence = logits.softmax(1).amax(1)
    hits = (verdicts == labels).double()
    error = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            error += float(inside.double().mean() * (confidence[inside].mean() - hits[inside].mean()).abs())
    assert metrics["Calibration error"] == share(error)
    ladder = torch.linspace(0.5, 4, 3501, dtype=torch.float64)
    losses = torch.stack([F.cross_entropy(logits / t, labels) for t in ladder])
    assert float(metrics["Best temperature"]) == pytest.approx(float(ladder[losses.argmin()]), abs=0.0051)
    surest = float(confidence[verdicts != labels].max())
    assert f"{100 * surest:.1f}%" in tab.page.locator(".wall .card").first.inner_text()


def test_probe_compares_noise_with_the_networks_own_pictures(
    tab: Tab, net: nn.Module, logits: Tensor
) -> None:
    metrics, words = opened(tab, "/probe?experiment=outside")
    noise = torch.randint(
        0, 256, (2000, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    outside = chances(net, noise)
    assert metrics["over 95% sure"] == share(float((outside.amax(1) > 0.95).double().mean()))
    assert metrics["over 99% sure"] == share(float((outside.amax(1) > 0.99).double().mean()))
    assert metrics["classified as airplane"] == share(float((outside.argmax(1) == 0).double().mean()))
    inside = logits.softmax(1).amax(1)
    higher = (inside[:, None] > outside.amax(1)[None]).double().mean()
    assert float(metrics["AUROC, Largest probability"]) == pytest.approx(float(higher), abs=6e-4)
    assert f"refused: {share(float((inside < 0.95).double().mean()))} of the 1,000 pictures inside" in words


def test_probe_pushes_the_picture(tab: Tab, net: nn.Module, bird: Tensor) -> None:
    _metrics, words = opened(tab, "/probe?experiment=change")
    padded = F.pad(normalised(bird[None]), (5, 0))[:, :, :, :32]  # 5 px to the right, the mean colour behind
    with torch.no_grad():
        moved = net(padded).double().softmax(1)[0]
    assert f"5 px: {('airplane', 'bird')[int(moved.argmax())]} {float(moved.max()):.3f}" in words


def test_probe_in_both_modes(tab: Tab, val: tuple[Tensor, Tensor]) -> None:
    query = "/probe?experiment=modes&model=shipped%3Anet_batch_norm_sketches"
    metrics, _words = opened(tab, query)
    net = bundled(NetBatchNorm(), "net_batch_norm_sketches")
    pictures, labels = val
    with torch.no_grad():
        evaluated = right(net(pictures), labels)
        order = labels.argsort(stable=True)  # as the page opens: one class after the other
        trained = [net.train()(pictures[at]) for at in order.split(16)]
    assert metrics["in model.eval()"] == share(evaluated, 2)
    assert metrics["in model.train()"] == share(right(torch.cat(trained), labels[order]), 2)
    assert evaluated > right(torch.cat(trained), labels[order])  # or the experiment taught the wrong thing


def test_probe_silences_a_kernel(tab: Tab, bird: Tensor, val: tuple[Tensor, Tensor]) -> None:
    metrics, _words = opened(tab, "/probe?experiment=surgery")
    net = bundled(Net(), "net_sketches")
    before = float(chances(net, bird[None])[0, 1])
    with torch.no_grad():
        assert metrics["Accuracy before"] == share(right(net(val[0]), val[1]), 2)
        net.get_parameter("conv1.weight")[0] = 0
        assert metrics["bird, before"] == f"{before:.3f}"
        afterwards = [share(right(net(val[0]), val[1]), 2), f"{float(chances(net, bird[None])[0, 1]):.3f}"]
    assert [value for label, value in tab.page.evaluate(METRICS) if label == "after"] == afterwards


def test_probe_explains_the_verdict_that_it_shows(tab: Tab, net: nn.Module, bird: Tensor) -> None:
    _metrics, words = opened(tab, "/probe?experiment=four_ways")
    with torch.no_grad():
        gap = (net(normalised(bird[None])) - net(torch.zeros(1, 3, 32, 32)))[0, 1]
    assert f"the logit is {float(gap):.3f} above the mean colour's" in words


@pytest.mark.parametrize("game", ["board", "paint", "ascend"])
def test_probe_plays_with_the_picture_that_it_shows(
    tab: Tab, net: nn.Module, bird: Tensor, game: str
) -> None:
    _metrics, words = opened(tab, f"/probe?experiment=arena&game={game}")
    before = f"bird {float(chances(net, bird[None])[0, 1]):.3f}"
    assert before in words
    if game == "ascend":
        assert "after: airplane" in words
        size = re.search(r"Its size: L2 ([\d.]+)", words)
        assert size is not None
        assert float(size[1]) <= 1.0005


@pytest.mark.parametrize("experiment", ["mistakes", "outside", "modes", "surgery", "change"])
def test_a_network_of_photographs_is_not_examined_on_sketches(tab: Tab, experiment: str) -> None:
    metrics, words = opened(tab, f"/probe?model=shipped%3Anet&experiment={experiment}")
    assert "not here" in words or "not on this machine" in words
    assert not {"Accuracy", "Accuracy before", "in model.eval()"} & set(metrics)
