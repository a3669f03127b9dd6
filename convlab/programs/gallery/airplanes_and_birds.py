import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
# Ten classes in CIFAR-10: 0 is airplane, 2 is bird. We keep these two.
names = {0: "airplane", 2: "bird"}
labels = torch.tensor([0, 2, 2, 0, 2, 0])
pictures = torch.rand(6, 3, 32, 32)
targets = labels

model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, len(names)))
print("Pictures of each class:", targets.bincount().tolist())
print("Loss:", round(F.cross_entropy(model(pictures), targets).item(), 2))
