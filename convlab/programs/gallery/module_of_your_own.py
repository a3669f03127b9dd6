import torch
from torch import nn


class Edges(nn.Module):
    def __init__(self, channels):
        self.channels = channels
        self.conv = nn.Conv2d(3, channels, kernel_size=3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x))


model = Edges(16)
print("Shape:", list(model(torch.rand(1, 3, 32, 32)).shape))
