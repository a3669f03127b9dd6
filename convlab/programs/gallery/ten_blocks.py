import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x))) + x


def count(module):
    return sum(p.numel() for p in module.parameters())


blocks = nn.Sequential(*(10 * [ResBlock(32)]))
print(f"One block: {count(ResBlock(32)):,} parameters")
print(f"{len(blocks)} blocks: {count(blocks):,} parameters")
