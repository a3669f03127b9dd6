"""The trained weights that ConvLab bundles: which there are, and the card of each."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from convlab.errors import N_, UserError
from convlab.networks.designs import DESIGNS
from convlab.probing.loading import LoadedProbe, load_probe

_FOLDER = Path(__file__).parents[1] / "weights"


def designs() -> tuple[str, ...]:
    """Designs whose trained weights are here, in the order of ``DESIGNS``."""
    return tuple(key for key in DESIGNS if (_FOLDER / f"{key}.safetensors").is_file())


def file(key: str) -> Path:
    """The weights' file. Raises UserError where there are none."""
    if key not in designs():
        raise UserError(N_("No trained weights come with {key}: choose others."), key=repr(key)[:40])
    return _FOLDER / f"{key}.safetensors"


@lru_cache(maxsize=8)
def weights(key: str) -> LoadedProbe:
    """The weights as a probe, the same object for all who ask. Raises UserError where there are none."""
    return load_probe(file(key).read_bytes())


def card(key: str) -> dict[str, Any]:
    """How they were trained and what they reach, as their model card says; empty where there is none."""
    path = file(key).with_suffix(".json")
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
