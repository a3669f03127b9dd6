import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv.weight)  # the skip is all there is
        nn.init.zeros_(self.conv.bias)

    def forward(self, x):
        out = F.relu(x, inplace=True)
        return self.conv(out) + x


x = torch.tensor([-2.0, -1.0, 0.0, 1.0]).reshape(1, 1, 2, 2)
print("In: ", x.flatten().tolist())
print("Out:", Block(1)(x).flatten().tolist())
