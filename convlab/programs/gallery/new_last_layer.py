import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
labels = torch.arange(240) % 3
pictures = 0.5 * torch.randn(240, 1, 8, 8) + labels[:, None, None, None]
layers = nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2)
model = nn.Sequential(*layers)
model.requires_grad_(False)  # what it has learned stays
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model[3] = nn.Linear(32, 3)  # three classes now
for step in range(201):
    loss = F.cross_entropy(model(pictures), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(f"Step {step}: loss {loss.item():.3f}")
