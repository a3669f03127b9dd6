import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2))
pictures = torch.rand(4, 3, 32, 32)
labels = torch.tensor([0.0, 1.0, 1.0, 0.0])
loss = F.cross_entropy(model(pictures), labels)
print("Loss:", round(loss.item(), 2))
