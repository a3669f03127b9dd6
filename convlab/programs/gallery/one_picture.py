import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 8, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(4),
    nn.Flatten(),
    nn.Linear(8 * 8 * 8, 2),
)
picture = torch.rand(3, 32, 32)
verdict = model(picture)
print("Shape of the verdict:", list(verdict.shape))
