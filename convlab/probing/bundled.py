"""The trained networks that ConvLab bundles: which there are, and the card of each."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from convlab.errors import N_, chosen
from convlab.networks.designs import DESIGNS
from convlab.probing.loading import LoadedProbe, load_probe

_FOLDER = Path(__file__).parents[1] / "weights"
SKETCHES = "_sketches"  # at the end of the key of a network that learned from them; before it is the design

# Key -> title. Those on sketches come first: their validation pictures are always here.
NETWORKS: dict[str, str] = {
    "net_sketches": N_("Net (sketches)"),
    "net_dropout_sketches": N_("With dropout (sketches)"),
    "net_batch_norm_sketches": N_("With batch norm (sketches)"),
    "net": N_("Net (photographs)"),
    "net_fast": N_("Made for speed (photographs)"),
}


def designs() -> tuple[str, ...]:
    """Designs with weights that learned from photographs, in the order of ``DESIGNS``."""
    return tuple(key for key in DESIGNS if key in NETWORKS)


def file(key: str) -> Path:
    """The weights' file. Raises UserError where there are none."""
    chosen(NETWORKS, key, N_("No trained weights come with {key}: choose one of {keys}."))
    return _FOLDER / f"{key}.safetensors"


@lru_cache(maxsize=8)
def weights(key: str) -> LoadedProbe:
    """The weights as a probe, the same object for all who ask. Raises UserError where there are none."""
    return load_probe(file(key).read_bytes())


def card(key: str) -> dict[str, Any]:
    """How they were trained and what they reach, as their model card says."""
    return dict(json.loads(file(key).with_suffix(".json").read_text(encoding="utf-8")))


def remake(key: str) -> list[str]:
    """The commands that train such a network and bundle it, as typed in a terminal."""
    told, origin = card(key), weights(key).about.data
    data = told["settings"].get("data", "sketches") if origin is None else origin.key
    options = [f"--design {told['design']}", f"--data {data}", f"--epochs {told['epochs']}"]
    for name, value in told["settings"].items():
        option = f"--{name.replace('_', '-')}"
        if name == "options":
            options += [f"--option {one}={chosen}" for one, chosen in value.items()]
        elif value is True:
            options.append(option)
        elif name not in ("design", "data", "epochs", "seed"):
            options.append(f"{option} {value}")
    train = " ".join(["python -m convlab train", *options, f"--seed {told['seed']}"])
    return [train, f"python -m tools.ship RUN --key {key}"]
