import torch
from torch import nn

torch.manual_seed(0)
model = nn.Conv2d(3, 16, kernel_size=3)
picture = torch.rand(1, 3, 32, 32)
model.to(torch.float64)
picture.to(torch.float64)
print("Network:", model.weight.dtype, " picture:", picture.dtype)
print("Output:", model(picture).dtype)
