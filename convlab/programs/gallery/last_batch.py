import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
pictures, labels = torch.randn(129, 1, 8, 8), torch.arange(129) % 2
data = TensorDataset(pictures, labels)
loader = DataLoader(data, batch_size=64, shuffle=True)
model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(64, 16),
    nn.BatchNorm1d(16),
    nn.Tanh(),
    nn.Linear(16, 2),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for batch, (x, y) in enumerate(loader):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"Batch {batch}: {len(x)} pictures")
