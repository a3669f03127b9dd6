"""Variants of ``Net``: the chapter's (8.5), wider, regularised, deeper, and two made for speed."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class NetWidth(nn.Module):
    """``Net`` with n_chans1 and half as many channels: 38,386 parameters at 32 (8.5.1)."""

    def __init__(self, n_chans1: int = 32, activation: str = "tanh", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.activation(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetDropout(nn.Module):
    """``NetWidth`` that zeroes whole channels with probability 0.4 behind each pool, in training (8.5.2)."""

    def __init__(self, n_chans1: int = 32, activation: str = "tanh", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv1_dropout = nn.Dropout2d(p=0.4)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv2_dropout = nn.Dropout2d(p=0.4)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = self.conv1_dropout(F.max_pool2d(self.activation(self.conv1(x)), 2))  # [N, n_chans1, 16, 16]
        x = self.conv2_dropout(F.max_pool2d(self.activation(self.conv2(x)), 2))  # [N, n_chans1 // 2, 8, 8]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetBatchNorm(nn.Module):
    """``NetWidth`` with batch norm between convolution and tanh: 38,482 parameters at 32 (8.5.2).

    The book's text puts it behind the activation, its code before: this is the code.
    """

    def __init__(self, n_chans1: int = 32, activation: str = "tanh", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv1_batchnorm = nn.BatchNorm2d(n_chans1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv2_batchnorm = nn.BatchNorm2d(n_chans1 // 2)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(self.activation(self.conv1_batchnorm(self.conv1(x))), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.activation(self.conv2_batchnorm(self.conv2(x))), 2)  # [N, n_chans1 // 2, 8, 8]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetDepth(nn.Module):
    """Three convolutions with ReLU, 4x4 at the end: 16,130 parameters at 32 (8.5.3)."""

    def __init__(self, n_chans1: int = 32, activation: str = "relu", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(n_chans1 // 2, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(4 * 4 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.activation(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = F.max_pool2d(self.activation(self.conv3(x)), 2)  # [N, n_chans1 // 2, 4, 4]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetRes(nn.Module):
    """``NetDepth`` with conv3's input added to its output before the last pool: a skip connection (8.5.3)."""

    def __init__(self, n_chans1: int = 32, activation: str = "relu", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(n_chans1 // 2, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(4 * 4 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.activation(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = F.max_pool2d(self.activation(self.conv3(x)) + x, 2)  # [N, n_chans1 // 2, 4, 4]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class ResBlock(nn.Module):
    """Convolution without bias, batch norm, ReLU, plus the input (8.5.3).

    Batch norm starts with weight 0.5: a standard deviation of 0.5, so a variance of 0.25, not 0.5.
    """

    def __init__(self, n_chans: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_chans, n_chans, kernel_size=3, padding=1, bias=False)
        self.batch_norm = nn.BatchNorm2d(n_chans)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.constant_(self.batch_norm.weight, 0.5)
        nn.init.zeros_(self.batch_norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures in and out, float32 [N, n_chans, H, W]."""
        return torch.relu(self.batch_norm(self.conv(x))) + x


class NetResDeep(nn.Module):
    """A convolution, n_blocks ``ResBlock``s, two Linear layers (8.5.3).

    ``shared`` repeats one block, as the book's ``n_blocks * [ResBlock(...)]`` does: 75,810 parameters at any
    depth. Separate blocks have 159,330 (10) or 994,530 (100).
    """

    def __init__(
        self, n_chans1: int = 32, n_blocks: int = 10, shared: bool = False, num_classes: int = 2
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        blocks = [ResBlock(n_chans1) for _ in range(1 if shared else n_blocks)]
        self.resblocks = nn.Sequential(*(n_blocks * blocks if shared else blocks))
        self.fc1 = nn.Linear(8 * 8 * n_chans1, 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.resblocks(x), 2)  # [N, n_chans1, 8, 8]
        x = torch.relu(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetFast(nn.Module):
    """Made to learn much in a few seconds on a CPU: 26,194 parameters at 16 (not in the chapter).

    The first convolution strides, so that the large maps are never computed, and batch norm allows a high
    learning rate.
    """

    def __init__(self, n_chans1: int = 16, activation: str = "relu", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=4, stride=2, padding=1)
        self.conv1_batchnorm = nn.BatchNorm2d(n_chans1)
        self.conv2 = nn.Conv2d(n_chans1, 2 * n_chans1, kernel_size=3, padding=1)
        self.conv2_batchnorm = nn.BatchNorm2d(2 * n_chans1)
        self.conv3 = nn.Conv2d(2 * n_chans1, 4 * n_chans1, kernel_size=3, padding=1)
        self.conv3_batchnorm = nn.BatchNorm2d(4 * n_chans1)
        self.fc = nn.Linear(4 * 4 * (4 * n_chans1), num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = self.activation(self.conv1_batchnorm(self.conv1(x)))  # [N, n_chans1, 16, 16]
        x = self.activation(F.max_pool2d(self.conv2_batchnorm(self.conv2(x)), 2))  # [N, 2 n_chans1, 8, 8]
        x = self.activation(F.max_pool2d(self.conv3_batchnorm(self.conv3(x)), 2))  # [N, 4 n_chans1, 4, 4]
        logits: Tensor = self.fc(x.flatten(1))
        return logits


class NetFixed(nn.Module):
    """``NetFast`` with a first layer that is never trained: 25,378 parameters at 16 (not in the chapter).

    ``conv1`` has the first kernels of ``cosine_kernels``, and the same again negative, as ReLU cuts off what
    is below 0. They need no batch norm, and no gradient goes back to them. The other norms are behind the
    pools, which leave them a quarter of the values.
    """

    def __init__(self, n_chans1: int = 16, activation: str = "relu", num_classes: int = 2) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=4, stride=2, padding=1, bias=False)
        kernels = cosine_kernels()[: n_chans1 // 2]
        self.conv1.weight = nn.Parameter(torch.cat([kernels, -kernels]), requires_grad=False)
        self.conv2 = nn.Conv2d(n_chans1, 2 * n_chans1, kernel_size=3, padding=1)
        self.conv2_batchnorm = nn.BatchNorm2d(2 * n_chans1)
        self.conv3 = nn.Conv2d(2 * n_chans1, 4 * n_chans1, kernel_size=3, padding=1)
        self.conv3_batchnorm = nn.BatchNorm2d(4 * n_chans1)
        self.fc = nn.Linear(4 * 4 * (4 * n_chans1), num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = self.activation(self.conv1(x))  # [N, n_chans1, 16, 16]
        x = self.activation(self.conv2_batchnorm(F.max_pool2d(self.conv2(x), 2)))  # [N, 2 n_chans1, 8, 8]
        x = self.activation(self.conv3_batchnorm(F.max_pool2d(self.conv3(x), 2)))  # [N, 4 n_chans1, 4, 4]
        logits: Tensor = self.fc(x.flatten(1))
        return logits


def cosine_kernels() -> Tensor:
    """All 48 waves of a 4x4 patch, float32 [48, 3, 4, 4], each so large that on photographs it gives about 1.

    Waves of the discrete cosine transform, in brightness, red against blue, and green against both: nearly
    the principal components of photographs, largest first (Ahmed, Natarajan, Rao 1974,
    https://doi.org/10.1109/T-C.1974.223784). How large each is follows from the mean squares of the three
    colours in normalised CIFAR-10 pictures, and from a correlation of 0.9 for each pixel of distance.
    """
    places = torch.arange(4, dtype=torch.float64)
    wave = F.normalize(torch.cos(torch.pi / 4 * (places + 0.5) * places[:, None]))  # [frequency, pixel]
    waves, pixels = torch.kron(wave, wave), torch.cartesian_prod(places, places)
    spread = (waves @ 0.9 ** torch.cdist(pixels, pixels) @ waves.T).diagonal()
    squares = torch.outer(torch.tensor([2.7, 0.27, 0.04]).double(), spread).flatten()
    colours = F.normalize(torch.tensor([[1, 1, 1], [1, 0, -1], [1, -2, 1]]).double())
    kernels = torch.kron(colours, waves) / squares.sqrt()[:, None]
    order = squares.round(decimals=9).argsort(descending=True, stable=True)  # across before down, everywhere
    return kernels[order].view(48, 3, 4, 4).float()
