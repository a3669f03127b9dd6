"""What a trained network says of any picture, how sure it is, and how it is fooled (sections 8.6 and 8.7)."""

import torch
import torch.nn.functional as F
from torch import nn


def pruned_accuracy() -> dict[str, object]:
    """How many per cent the bundled Net is right about once four fifths of its weights are 0."""
    from convlab.datasets import sketches
    from convlab.probing import bundled, surgery
    from convlab.probing.evaluation import evaluate

    probe, pictures = bundled.weights("net_sketches").probe, sketches.validation()
    pruned = surgery.pruned(probe, 0.8)
    before, after = (evaluate(one, pictures.images, pictures.labels) for one in (probe, pruned.probe))
    return {
        "answer": round(100 * after.accuracy, 1),
        "before": 100 * before.accuracy,
        "kept": pruned.weights - pruned.zeros,
        "weights": pruned.weights,
    }


def verdict_on_a_cat() -> dict[str, object]:
    """What a network of birds and airplanes says of a cat, and how sure it is."""
    from convlab.pictures import crop
    from convlab.pictures.photographs import photograph
    from convlab.probing import bundled

    probe = bundled.weights("net").probe
    chances = probe.probabilities(crop.cut(photograph("cat"))[None])[0]
    return {"answer": probe.classes[int(chances.argmax())], "sure": 100 * chances.max().item()}


def sure_of_noise() -> dict[str, object]:
    """Of how many per cent of 2,000 pictures of noise a network of sketches is more than 95% sure."""
    from convlab.probing import bundled, ood

    probe = bundled.weights("net_sketches").probe
    chances = probe.probabilities(ood.uniform_noise(2000))
    sure, first = (chances.amax(1) > 0.95).double().mean(), (chances.argmax(1) == 0).double().mean()
    return {"answer": round(100 * sure.item(), 1), "share": 100 * first.item(), "verdict": probe.classes[0]}


def verdict_on_black() -> dict[str, object]:
    """What a network of birds and airplanes says of a black picture and of a white one."""
    from convlab.probing import bundled

    probe = bundled.weights("net").probe
    black, white = probe.probabilities(torch.tensor([0.0, 1.0])[:, None, None, None].expand(2, 3, 32, 32))
    return {
        "answer": probe.classes[int(black.argmax())],
        "black": 100 * black.max().item(),
        "white": 100 * white.max().item(),
        "other": probe.classes[int(white.argmax())],
    }


def pixels_to_another_verdict() -> dict[str, object]:
    """How many pixels to the right a sketch of a bird has to move until the verdict is another."""
    from convlab.datasets.sketches import sketch
    from convlab.probing import bundled, perturbations

    probe, shifts = bundled.weights("net_sketches").probe, list(range(9))
    moved = perturbations.pictures(probe, sketch(15), "shift", shifts)
    bird = probe.probabilities(moved)[:, 1]
    first = int((bird < 0.5).nonzero()[0])
    return {"answer": first, "before": 100 * bird[0].item(), "after": 100 * bird[first].item()}


def temperature_and_verdict() -> dict[str, object]:
    """How sure a network is of one sketch at temperature 1 and 5, and whether its verdict stays."""
    from convlab.datasets.sketches import sketch
    from convlab.probing import bundled

    logits = bundled.weights("net_sketches").probe.logits(sketch(46)[None])[0]
    cold, warm = logits.softmax(0), (logits / 5).softmax(0)
    same = bool(cold.argmax() == warm.argmax())
    return {
        "answer": "same" if same else "other",
        "cold": 100 * cold.max().item(),
        "warm": 100 * warm.max().item(),
    }


def sure_and_right() -> dict[str, object]:
    """How many per cent a network is right about, beside how sure it is on average."""
    from convlab.datasets import sketches
    from convlab.probing import bundled
    from convlab.probing.evaluation import evaluate

    pictures = sketches.validation()
    found = evaluate(bundled.weights("net_sketches").probe, pictures.images, pictures.labels)
    sure, verdicts = found.logits.softmax(1).max(1)
    wrong = verdicts != pictures.labels
    return {
        "answer": round(100 * (1 - wrong.double().mean().item()), 1),
        "sure": 100 * sure.mean().item(),
        "certain": int((sure > 0.95).sum()),
        "and_wrong": int((wrong & (sure > 0.95)).sum()),
    }


def larger_kernels() -> dict[str, object]:
    """How many parameters Net has with kernels of 5x5."""
    layers = [
        nn.Conv2d(3, 16, 5, padding=2),
        nn.Conv2d(16, 8, 5, padding=2),
        nn.Linear(512, 32),
        nn.Linear(32, 2),
    ]
    counts = [p.numel() for layer in layers for p in layer.parameters()]
    return {"answer": sum(counts), "first": counts[0], "second": counts[2], "linear": counts[4]}


def padding_left_at_one() -> dict[str, object]:
    """How many numbers reach fc1 where 5x5 kernels keep the padding of 1."""
    x = torch.zeros(1, 3, 32, 32)
    for conv in (nn.Conv2d(3, 16, 5, padding=1), nn.Conv2d(16, 8, 5, padding=1)):
        x = F.max_pool2d(conv(x), 2)
    said = ""
    try:
        nn.Linear(8 * 8 * 8, 32)(x.flatten(1))
    except RuntimeError as error:
        said = str(error)
    return {"answer": x.flatten(1).shape[1], "side": x.shape[3], "said": said}


def overfitting_of_kernels() -> dict[str, object]:
    """Whether 5x5 kernels overfit more than 3x3: three seeds each, on 60 sketches, for a few epochs."""
    from convlab.datasets.sketches import sketch
    from convlab.networks.designs import Net
    from convlab.probing import bundled

    pictures = torch.stack([sketch(n) for n in range(120)])
    inputs = bundled.weights("net_sketches").probe.normalise(pictures)
    labels = torch.arange(120) % 2
    gaps: dict[int, list[float]] = {3: [], 5: []}
    for kernel_size in gaps:
        for _ in range(3):
            net = Net(kernel_size)
            optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
            for _ in range(10):
                for places in torch.randperm(60).split(20):
                    loss = F.cross_entropy(net(inputs[places]), labels[places])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            with torch.no_grad():
                right = (net(inputs).argmax(1) == labels).double()
            gaps[kernel_size].append(100 * (right[:60].mean() - right[60:].mean()).item())
    small, large = (sum(found) / len(found) for found in gaps.values())
    spread = max(max(found) - min(found) for found in gaps.values())
    answer = "unclear" if abs(large - small) < spread else "worse" if large > small else "better"
    each = {f"{name}_each": [round(gap) for gap in gaps[size]] for name, size in (("small", 3), ("large", 5))}
    return {"answer": answer, "small": small, "large": large, "spread": spread, **each}


def kernel_of_one_row() -> dict[str, object]:
    """How many parameters Net has with kernels of (1, 3), and how many weights one of its kernels has."""
    layers = [
        nn.Conv2d(3, 16, (1, 3), padding=(0, 1)), nn.Conv2d(16, 8, (1, 3), padding=(0, 1)),
        nn.Linear(512, 32), nn.Linear(32, 2),
    ]  # fmt: skip
    counts = [p.numel() for layer in layers for p in layer.parameters()]
    return {"answer": counts[0] // 16, "parameters": sum(counts), "usual": 3 * 3 * 3}


def shuffled_rows() -> dict[str, object]:
    """How far the maps of a (1, 3) kernel change, their order aside, when a sketch's rows are shuffled."""
    from functools import partial

    from convlab.datasets.sketches import sketch
    from convlab.networks.designs import Net, seeded
    from convlab.pictures.images import CIFAR10_MEAN, CIFAR10_STD, normalise, to_float

    picture = normalise(to_float(sketch(0)), CIFAR10_MEAN, CIFAR10_STD)[None]
    order = torch.randperm(32, generator=torch.Generator().manual_seed(0))
    found = []
    for kernel_size in ((1, 3), 3):
        conv = seeded(partial(Net, kernel_size), 0).conv1
        with torch.no_grad():
            apart = conv(picture[:, :, order]) - conv(picture)[:, :, order]
        found.append(round(apart.abs().max().item(), 5))
    return {"answer": "row" if found[0] == 0 else "mixed", "row": found[0], "usual": found[1]}


def sure_of_photographs() -> dict[str, object]:
    """Of how many of the lab's twelve photographs, none a bird or an airplane, Net is more than 95% sure."""
    from convlab.pictures import crop
    from convlab.pictures.photographs import PHOTOGRAPHS, photograph
    from convlab.probing import bundled

    pictures = torch.stack([crop.cut(photograph(key)) for key in PHOTOGRAPHS])
    sure = bundled.weights("net").probe.probabilities(pictures).amax(1)
    which = [key for key, chance in zip(PHOTOGRAPHS, sure.tolist(), strict=True) if chance > 0.95]
    return {"answer": len(which), "which": which, "of": len(pictures)}


def cat_to_airplane() -> dict[str, object]:
    """How sure a network gets that a cat is an airplane, edited by its gradient within a budget of 1."""
    from convlab.pictures import crop
    from convlab.pictures.photographs import photograph
    from convlab.probing import adversarial, bundled

    edit = adversarial.ascend(bundled.weights("net").probe, crop.cut(photograph("cat")), target=0, budget=1.0)
    return {
        "answer": round(100 * edit.probabilities.max().item(), 1),
        "before": 100 * edit.probabilities[0].item(),
        "largest": 255 * edit.change.abs().max().item(),
    }


def airplane_to_bird() -> dict[str, object]:
    """By how much of 255 the most changed value of an airplane changes until the verdict is "bird"."""
    from convlab.datasets.sketches import sketch
    from convlab.probing import adversarial, bundled

    probe = bundled.weights("net_sketches").probe
    edit = adversarial.ascend(probe, sketch(46), target=1, budget=0.65)
    return {
        "answer": 255 * edit.change.abs().max().item(),
        "before": 100 * edit.probabilities[0].item(),
        "after": 100 * edit.probabilities.max().item(),
    }


def capacity_and_fooling() -> dict[str, object]:
    """Which of two trained networks, smaller or larger, needs less of a change to call airplanes birds."""
    from convlab.datasets.sketches import sketch
    from convlab.probing import adversarial, bundled

    sketches, changes = torch.stack([sketch(n) for n in range(0, 32, 2)]), []
    for key in ("net_sketches", "net_dropout_sketches"):
        probe = bundled.weights(key).probe
        airplanes = sketches[probe.logits(sketches).argmax(1) == 0][:5]
        least = adversarial.least_change(probe, airplanes, target=1).upper_bounds
        changes.append([round(change, 2) for change in sorted(least.tolist())])
    small, large = (found[len(found) // 2] for found in changes)
    answer = "same" if abs(small - large) < 0.1 * small else "smaller" if small < large else "larger"
    each = {"small_each": changes[0], "large_each": changes[1]}
    return {"answer": answer, "small": small, "large": large, **each}
