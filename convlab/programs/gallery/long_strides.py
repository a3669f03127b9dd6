import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
labels = torch.arange(200) % 2
pictures = torch.randn(200, 1, 8, 8) + 0.5 * labels[:, None, None, None]
layers = nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2)
model = nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=50.0)
for step in range(41):
    loss = F.cross_entropy(model(pictures), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"Step {step}: loss {loss.item():.3g}")
