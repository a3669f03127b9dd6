import torch
from torch import nn

torch.manual_seed(0)
conv = nn.Conv2d(3, 16, kernel_size=3, padding=1)
picture = torch.rand(3, 32, 32)
alone = conv(picture)
in_a_batch = conv(picture.unsqueeze(0))
print("Shape:", list(alone.shape))
print("The same values:", torch.allclose(alone, in_a_batch[0], atol=1e-6))
