"""Pictures that are there more than once, pixel for pixel."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Twins:
    """How many pictures have the pixels of another one.

    Validation pictures that are among the training pictures too; pictures that stand in their split already;
    different pictures that stand under more than one label, and two labels that share one of these, if any.
    """

    across: int = 0
    repeated: int = 0
    contradicting: int = 0
    labels: tuple[int, ...] = ()


def find(train: tuple[Tensor, Tensor], val: tuple[Tensor, Tensor]) -> Twins:
    """Compare all pictures of two splits, each its pictures uint8 [N, ...] and their labels int64 [N]."""
    prints = [
        [hashlib.blake2b(picture.data, digest_size=16).digest() for picture in images.contiguous().numpy()]
        for images, _ in (train, val)
    ]
    labels: dict[bytes, set[int]] = defaultdict(set)
    for found, (_, of_split) in zip(prints, (train, val), strict=True):
        for one, label in zip(found, of_split.tolist(), strict=True):
            labels[one].add(label)
    several = Counter(tuple(sorted(found)) for found in labels.values() if len(found) > 1)
    seen = set(prints[0])
    across, repeated = sum(one in seen for one in prints[1]), sum(len(one) - len(set(one)) for one in prints)
    shared = max(several, key=lambda found: several[found])[:2] if several else ()
    return Twins(across, repeated, several.total(), shared)
