"""The chapter's class as the book writes it, for those who look at its code."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Net(nn.Module):
    """``designs.Net`` without options (8.3.3): the same keys, weights and logits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(8 * 8 * 8, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)  # [N, 16, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)  # [N, 8, 8, 8]
        x = torch.tanh(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits
