"""Train the chapter's Net by the book's recipe and write the weights that ship with ConvLab.

``python -m tools.train_net ../shared/data/birds_vs_airplanes.zip`` takes a few minutes on one CPU core.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from convlab import images
from convlab.models import Net

CLASSES = ("airplane", "bird")
WEIGHTS = Path(__file__).parents[1] / "convlab" / "weights"


def read(archive: Path, part: str) -> tuple[Tensor, Tensor]:
    """Pictures float32 [N, 3, 32, 32], normalised as in the chapter, and labels [N] of ``part``."""
    pixels, labels = [], []
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            folder, _, rest = name.partition("/")
            kind = rest.partition("/")[0]
            if folder == part and kind in CLASSES and name.endswith(".jpg"):
                pixels.append(np.array(Image.open(io.BytesIO(files.read(name))).convert("RGB")))
                labels.append(CLASSES.index(kind))
    values = images.to_float(torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2))
    return images.normalise(values, images.CIFAR10_MEAN, images.CIFAR10_STD), torch.tensor(labels)


def accuracy(net: Net, pictures: Tensor, labels: Tensor) -> float:
    """Share of pictures that the net gets right."""
    with torch.no_grad():
        return float((net(pictures).argmax(1) == labels).float().mean())


def main() -> None:
    """Train, then write net.safetensors and its model card."""
    parser = argparse.ArgumentParser(description="Train Net by the book's recipe.")
    parser.add_argument("archive", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    pictures, labels = read(options.archive, "train")
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    losses = []
    for _epoch in tqdm(range(options.epochs)):
        batches = torch.randperm(len(pictures)).split(64)
        total = 0.0
        for batch in batches:
            loss = F.cross_entropy(net(pictures[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss)
        losses.append(round(total / len(batches), 4))
    card = {
        "design": "net",
        "data": "CIFAR-10 airplanes and birds, 10,000 training and 2,000 validation pictures, as JPEG",
        "recipe": "SGD, learning rate 0.01, batches of 64, cross-entropy, the chapter's mean and deviation",
        "epochs": options.epochs,
        "seed": options.seed,
        "torch": torch.__version__,
        "train_loss": {str(n): losses[n - 1] for n in (1, 10, 20, 50, 100) if n <= len(losses)},
        "train_accuracy": round(accuracy(net, pictures, labels), 4),
        "val_accuracy": round(accuracy(net, *read(options.archive, "test")), 4),
        "remake": f"python -m tools.train_net ARCHIVE --epochs {options.epochs} --seed {options.seed}",
    }
    WEIGHTS.mkdir(exist_ok=True)
    save_file(net.state_dict(), WEIGHTS / "net.safetensors")
    (WEIGHTS / "net.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
