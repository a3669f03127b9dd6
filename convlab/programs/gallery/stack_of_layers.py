import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 3)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x.mean(dim=(2, 3))


torch.manual_seed(0)
model = Stack()
print("Verdict:", model(torch.rand(1, 3, 32, 32)).shape)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
print("Tensors to train:", len(optimizer.param_groups[0]["params"]))
