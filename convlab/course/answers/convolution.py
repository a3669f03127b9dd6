"""What a convolution computes, and what kernels do to pictures (sections 8.1, 8.2 and 8.2.2)."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def doubled_picture() -> dict[str, object]:
    """How many parameters a convolution has when the picture's side doubles; a dense layer beside it."""
    conv = nn.Conv2d(1, 1, kernel_size=3, padding=1)
    sides = [conv(torch.zeros(1, 1, n, n)).shape[-1] for n in (32, 64)]
    small, large = (nn.Linear(n * n, n * n, device="meta").weight.numel() for n in sides)
    parameters = sum(p.numel() for p in conv.parameters())
    return {"answer": parameters, "small": small, "large": large, "times": large // small}


def one_pixel() -> dict[str, object]:
    """One output pixel of the vertical edges kernel on the house: nine products, added up."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[0] / 255
    kernel = torch.tensor([[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]])
    products = house[4:7, 0:3] * kernel
    output = F.conv2d(house[None, None], kernel[None, None])[0, 0]
    return {"answer": float(products.sum()), "conv2d": float(output[4, 0]), "products": products.numel()}


def uses_of_a_weight() -> dict[str, object]:
    """At how many places one weight of a 3x3 kernel works on 8x8 pixels: its gradient counts them."""
    kernel = torch.ones(1, 1, 3, 3, requires_grad=True)
    output = F.conv2d(torch.ones(1, 1, 8, 8), kernel)
    (gradient,) = torch.autograd.grad(output.sum(), kernel)
    return {"answer": int(gradient[0, 0, 1, 1]), "side": output.shape[-1]}


def matrix_of_a_convolution() -> dict[str, object]:
    """Which share of the matrix is 0 whatever the weights: 3x3 kernel, 6x6 pixels, 4x4 of output."""
    unit_pictures = torch.eye(36).view(36, 1, 6, 6)
    matrix = F.conv2d(unit_pictures, torch.ones(1, 1, 3, 3)).view(36, 16).T
    zeros = int((matrix == 0).sum())
    rows, columns = matrix.shape
    share = 100 * zeros // matrix.numel()
    return {"answer": share, "rows": rows, "columns": columns, "zeros": zeros, "entries": matrix.numel()}


def shifted_picture() -> dict[str, object]:
    """Where the value of output pixel (4, 0) is once the picture has moved two pixels to the right."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[:1] / 255
    kernel = torch.tensor([[-1.0, 0.0, 1.0]] * 3)[None, None]
    before = F.conv2d(house[None], kernel)[0, 0]
    after = F.conv2d(F.pad(house, (2, -2))[None], kernel)[0, 0]
    places = torch.isclose(after, before[4, 0], atol=1e-5).nonzero().tolist()
    return {"answer": [f"{row},{column}" for row, column in places], "value": float(before[4, 0])}


def shifted_bird() -> dict[str, object]:
    """What Net, trained on sketches, says of a bird, and of the same bird four pixels to the right."""
    from convlab.datasets.sketches import sketch
    from convlab.pictures import crop, images
    from convlab.probing import bundled

    probe = bundled.weights("net_sketches").probe
    windows = crop.Square(0, 0, 32), crop.Square(-4, 0, 32)
    pictures = torch.stack([crop.cut(sketch(15), window, "edge") for window in windows])
    values = images.normalise(images.to_float(pictures), probe.mean, probe.std)
    with torch.no_grad():
        here, there = probe.network(values).softmax(1)
    words = [probe.classes[int(row.argmax())] for row in (here, there)]
    return {"answer": words[1], "before": words[0], "here": float(here.max()), "there": float(there.max())}


def one_white_pixel() -> dict[str, object]:
    """How the weights of a kernel lie round a white pixel after PyTorch's convolution."""
    kernel = torch.arange(1.0, 10).view(3, 3)
    picture = torch.zeros(8, 8)
    picture[4, 4] = 1
    found = F.conv2d(picture[None, None], kernel[None, None])[0, 0, 2:5, 2:5]
    ways = {"as-written": kernel, "turned": kernel.flip(0, 1), "mirrored": kernel.flip(1)}
    answer = next(name for name, expected in ways.items() if torch.equal(found, expected))
    return {"answer": answer, "first": int(found[0, 0]), "last": int(found[2, 2])}


def third_term() -> dict[str, object]:
    """Which pixel meets the weight w02 in o11, whose window begins at i11."""
    picture = torch.zeros(1, 1, 8, 8, requires_grad=True)
    only_w02 = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    o11 = F.conv2d(picture, only_w02[None, None])[0, 0, 1, 1]
    (gradient,) = torch.autograd.grad(o11, picture)
    row, column = gradient[0, 0].nonzero()[0].tolist()
    return {"answer": f"i{row}{column}"}


def weights_of_a_layer() -> dict[str, object]:
    """How many weights nn.Conv2d(3, 16, kernel_size=3) has."""
    conv = nn.Conv2d(3, 16, kernel_size=3)
    shape = " × ".join(str(n) for n in conv.weight.shape)
    return {"answer": conv.weight.numel(), "shape": shape, "biases": conv.get_parameter("bias").numel()}


def weights_of_a_kernel() -> dict[str, object]:
    """How many weights make one output pixel of an RGB picture with a 3x3 kernel."""
    conv = nn.Conv2d(3, 1, kernel_size=3)
    return {"answer": conv.weight[0].numel(), "channels": conv.in_channels}


def maps_of_a_kernel() -> dict[str, object]:
    """How many maps one kernel makes of an RGB picture, and how many with the channels kept apart."""
    picture = torch.rand(1, 3, 8, 8)
    summed = nn.Conv2d(3, 1, kernel_size=3)(picture)
    apart = nn.Conv2d(3, 3, kernel_size=3, groups=3)(picture)
    return {"answer": summed.shape[1], "apart": apart.shape[1]}


def ones_against_ninths() -> dict[str, object]:
    """How many times as large the output is with every weight 1 as with every weight 1/9."""
    picture = torch.rand(1, 1, 8, 8, dtype=torch.float64)
    conv = nn.Conv2d(1, 1, kernel_size=3, bias=False, dtype=torch.float64)
    means = []
    for weight in (1.0, 1.0 / 9.0):
        with torch.no_grad():
            conv.weight.fill_(weight)
            means.append(conv(picture).mean().item())
    return {"answer": round(means[0] / means[1], 6), "has_one": hasattr(conv.weight, "one_")}


def blurred_rgb() -> dict[str, object]:
    """How many times as bright as an RGB picture its blur with weights of 1/9 is."""
    picture = torch.rand(1, 3, 32, 32, dtype=torch.float64)
    around = F.pad(picture, (1, 1, 1, 1), mode="circular")
    ninths = torch.full((1, 3, 3, 3), 1 / 9, dtype=torch.float64)
    times = F.conv2d(around, ninths).mean() / picture.mean()
    return {"answer": round(float(times), 6), "weights": ninths.numel()}


def darker_to_the_right() -> dict[str, object]:
    """The output pixels that are lowest for the vertical edges kernel on the house."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[0] / 255
    kernel = torch.tensor([[-1.0, 0.0, 1.0]] * 3)
    output = F.conv2d(house[None, None], kernel[None, None])[0, 0]
    places = torch.isclose(output, output.min(), atol=1e-5).nonzero().tolist()
    answer = [f"{row},{column}" for row, column in places]
    return {"answer": answer, "drop": float(-output.min()), "highest": float(output.max())}


def from_above_to_below() -> dict[str, object]:
    """The output pixels that are highest for the horizontal edges kernel on the house."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[0] / 255
    kernel = torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    output = F.conv2d(house[None, None], kernel[None, None])[0, 0]
    places = torch.isclose(output, output.max(), atol=1e-5).nonzero().tolist()
    return {"answer": [f"{row},{column}" for row, column in places], "rise": float(output.max())}


def one_slope_of_the_roof() -> dict[str, object]:
    """Which slope of the house's roof the falling diagonal kernel finds, and how strongly each."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[0] / 255
    kernel = torch.tensor([[0.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, -1.0, 0.0]])
    roof = F.conv2d(house[None, None], kernel[None, None])[0, 0, :2].abs()  # windows above the wall
    left, right = (float(half.max()) for half in (roof[:, :3], roof[:, 3:]))
    answer = "both" if math.isclose(left, right) else "left" if left > right else "right"
    return {"answer": answer, "left": left, "right": right}


def edges_of_a_checkerboard() -> dict[str, object]:
    """What the vertical edges kernel, and the one made for it, find on a checkerboard of single pixels."""
    rows, columns = torch.arange(8)[:, None], torch.arange(8)[None, :]
    board = ((rows + columns) % 2).float()[None, None]
    vertical = torch.tensor([[-1.0, 0.0, 1.0]] * 3)
    detector = torch.tensor([[0.2, -0.25, 0.2], [-0.25, 0.2, -0.25], [0.2, -0.25, 0.2]])
    edges, found = (F.conv2d(board, kernel[None, None]) for kernel in (vertical, detector))
    answer = "nothing" if not edges.any() else "stripes" if edges.std(-2).max() == 0 else "checks"
    return {"answer": answer, "strongest": float(found.max())}


def small_crosses() -> dict[str, object]:
    """Where the cross kernel answers most strongly to a picture with two small crosses."""
    from convlab.pictures.drawings import draw

    picture = draw("small_cross", 8)[0] / 255
    cross = torch.tensor([[-0.25, 0.2, -0.25], [0.2, 0.2, 0.2], [-0.25, 0.2, -0.25]])
    output = F.conv2d(picture[None, None], cross[None, None])[0, 0]
    places = torch.isclose(output, output.max(), atol=1e-5).nonzero().tolist()
    return {"answer": [f"{row},{column}" for row, column in places], "highest": float(output.max())}


def dilated_kernel() -> dict[str, object]:
    """How many pixels a 3x3 kernel with dilation 2 spans, and how many of them it reads."""
    picture = torch.zeros(1, 1, 9, 9, requires_grad=True)
    output = F.conv2d(picture, torch.ones(1, 1, 3, 3), dilation=2)
    (gradient,) = torch.autograd.grad(output[0, 0, 0, 0], picture)
    read = gradient[0, 0].nonzero()
    return {"answer": int(read.max()) + 1, "read": len(read), "side": output.shape[-1]}


def learned_kernel() -> dict[str, object]:
    """How far from the kernel that made the target 200 steps of gradient descent end, from random weights."""
    from convlab.pictures.drawings import draw

    house = draw("house", 8)[:1] / 255
    house = (house - house.mean()) / house.std()
    edges = torch.tensor([[-1.0, 0.0, 1.0]] * 3)[None, None]
    target = F.conv2d(house[None], edges)
    weight = torch.empty(1, 1, 3, 3).uniform_(-1 / 3, 1 / 3, generator=torch.Generator().manual_seed(0))
    losses = []
    for _ in range(201):
        weight.requires_grad_(True)
        loss = F.mse_loss(F.conv2d(house[None], weight), target)
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, weight)
        last, weight = weight.detach(), weight.detach() - 0.24 * gradient
    off = float((last - edges).abs().max())
    answer = "the-kernel" if off < 0.001 else "another" if losses[-1] < 0.001 * losses[0] else "none"
    return {"answer": answer, "off": off, "first": losses[0], "last": losses[-1]}


def sign_of_the_loss() -> dict[str, object]:
    """The right class's probability after 20 steps that minimise the negative cross-entropy."""
    logits, right = torch.zeros(1, 2), torch.tensor([1])
    for _ in range(20):
        logits.requires_grad_(True)
        (gradient,) = torch.autograd.grad(-F.cross_entropy(logits, right), logits)
        logits = logits.detach() - 0.1 * gradient
    chance = float(logits.softmax(1)[0, 1])
    answer = "wrong" if chance < 0.1 else "right" if chance > 0.9 else "even"
    return {"answer": answer, "chance": chance}
