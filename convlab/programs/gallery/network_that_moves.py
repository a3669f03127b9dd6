import torch
from torch import nn

torch.manual_seed(0)
model = nn.Conv2d(3, 16, kernel_size=3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.to(torch.float64)
before = model.weight.clone()
model(torch.rand(1, 3, 32, 32, dtype=torch.float64)).mean().backward()
optimizer.step()
print("The weights are", model.weight.dtype)
print("The step has changed them:", not torch.equal(before, model.weight))
