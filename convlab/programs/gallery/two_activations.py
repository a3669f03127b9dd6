import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 4, kernel_size=3),
    nn.Tanh(),
    nn.ReLU(inplace=True),
    nn.Flatten(),
    nn.Linear(4 * 6 * 6, 2),
)
verdict = model(torch.randn(1, 1, 8, 8))
print("Shape of the verdict:", list(verdict.shape))
verdict.sum().backward()
print("The first kernel has a gradient:", model[0].weight.grad is not None)
