import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, kernel_size=3)
        self.last = nn.Linear(4, 2)

    def forward(self, x):
        return self.last(self.conv(x).mean(dim=(2, 3)))


# As a file holds them: names and tensors, from before `fc` was renamed.
weights = {"conv.weight": torch.ones(4, 3, 3, 3), "conv.bias": torch.zeros(4)}
weights |= {"fc.weight": torch.ones(2, 4), "fc.bias": torch.zeros(2)}
torch.manual_seed(0)
model = Net()
model.load_state_dict(weights)
print("Verdict:", model(torch.ones(1, 3, 8, 8)).tolist())
