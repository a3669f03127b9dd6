"""A few easy pictures under the sketches' key: pages and runs find them ready instead of drawing 5,000."""

import torch

from convlab.datasets import shelf, sketches
from convlab.datasets.dataset import Dataset, Split

TRAIN, VAL = 320, 80


def few() -> Dataset:
    """Dark airplanes and bright birds of noise, 320 to train on and 80 to validate."""
    generator = torch.Generator().manual_seed(5)

    def split(count: int) -> Split:
        labels = torch.arange(count) % 2
        noise = torch.randint(0, 130, (count, 3, 32, 32), generator=generator)
        return Split((noise + 120 * labels[:, None, None, None]).to(torch.uint8), labels)

    return Dataset(sketches.TITLE, sketches.CLASSES, split(TRAIN), split(VAL), drawn=True)


def few_sketches() -> None:
    """Put them onto the shelf of the present CONVLAB_HOME, as if they had been drawn."""
    shelf.put(few(), "sketches")
