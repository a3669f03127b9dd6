"""What happens at the border of a picture (sections 8.2 and 8.2.1)."""

import torch
import torch.nn.functional as F
from torch import nn


def without_padding() -> dict[str, object]:
    """How wide 32 pixels are after a 3x3 kernel without padding."""
    conv = nn.Conv2d(3, 16, kernel_size=3)
    batch = torch.rand(3, 32, 32).unsqueeze(0)
    output = conv(batch)
    return {"answer": output.shape[-1], "before": list(batch.shape), "after": list(output.shape)}


def size_of_an_output() -> dict[str, object]:
    """How wide 32 pixels are after a 5x5 kernel with padding 1 and stride 2: by formula, and by PyTorch."""
    n, kernel, padding, stride, dilation = 32, 5, 1, 2, 1
    answer = (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    output = nn.Conv2d(1, 1, kernel, stride, padding)(torch.zeros(1, 1, n, n))
    return {"answer": answer, "by_pytorch": output.shape[-1], "stride_1": (answer - 1) * stride + 1}


def with_padding() -> dict[str, object]:
    """How wide 32 pixels are after a 3x3 kernel with padding 1; what padding does to the parameters."""
    bare, padded = (nn.Conv2d(3, 1, kernel_size=3, padding=padding) for padding in (0, 1))
    output = padded(torch.rand(1, 3, 32, 32))
    more = sum(p.numel() for p in padded.parameters()) - sum(p.numel() for p in bare.parameters())
    return {"answer": output.shape[-1], "more_parameters": more}


def colour_of_a_ghost() -> dict[str, object]:
    """Which colour a ghost pixel stands for round a normalised picture."""
    from convlab.pictures import images

    mean, std = torch.tensor(images.CIFAR10_MEAN), torch.tensor(images.CIFAR10_STD)
    black = (torch.zeros(3) - mean) / std
    ghost = F.pad(torch.rand(3, 8, 8), (1, 1, 1, 1))[:, 0, 0]
    colour = ghost * std + mean
    answer = "black" if torch.equal(ghost, black) else "grey" if torch.equal(colour, mean) else "white"
    red, green, blue = colour.tolist()
    return {"answer": answer, "red": red, "green": green, "blue": blue, "black": float(-black.mean())}


def ghosts_of_a_window() -> dict[str, object]:
    """The output pixels that read the most ghost pixels, with a 3x3 kernel and padding 1 on 8x8 pixels."""
    real = F.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3), padding=1)[0, 0]
    places = (real == real.min()).nonzero().tolist()
    ghosts = 9 - int(real.min())
    return {"answer": [f"{row},{column}" for row, column in places], "ghosts": ghosts}


def even_kernel() -> dict[str, object]:
    """How many ghost columns padding='same' puts to the right for a kernel of 4x4: the pad that agrees."""
    picture, kernel = torch.rand(1, 1, 8, 8), torch.rand(1, 1, 4, 4)
    same = F.conv2d(picture, kernel, padding="same")
    for left, right in ((0, 3), (1, 2), (2, 1), (3, 0)):
        by_hand = F.conv2d(F.pad(picture, (left, right, left, right)), kernel)
        if torch.allclose(by_hand, same, atol=1e-5):
            return {"answer": right, "left": left}
    return {"answer": 0, "left": 0}
