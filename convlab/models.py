"""Networks of the chapter, and how many parameters they have."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Net(nn.Module):
    """The chapter's convolutional network for 3x32x32 pictures, two classes: 18,090 parameters (8.3).

    The state_dict keys are the book's, so that its own checkpoint loads as it is.
    """

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


def dense_net() -> nn.Sequential:
    """The book's fully connected network for the same task: 3,737,474 parameters (8.1 and chapter 7)."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * 32 * 32, 1024),
        nn.Tanh(),
        nn.Linear(1024, 512),
        nn.Tanh(),
        nn.Linear(512, 128),
        nn.Tanh(),
        nn.Linear(128, 2),
    )


def parameter_counts(module: nn.Module) -> list[int]:
    """Entries of each trainable parameter tensor, in order; a module on "meta" is counted all the same."""
    return [parameter.numel() for parameter in module.parameters() if parameter.requires_grad]
