"""torchvision's classification networks by name: untrained, or with weights that are here already.

Nothing is downloaded: weights come from a file that somebody gives, or from the folder into which torch.hub
puts what was downloaded before. https://docs.pytorch.org/vision/stable/models.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError, chosen
from convlab.networks import checkpoints, foreign
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.class_names import numbered
from convlab.networks.designs import seeded
from convlab.networks.foreign import Foreign

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures
_HALF = (0.5, 0.5, 0.5)  # what "transform_input" of the two networks of Szegedy makes of them
SIDE_PX = 224
_MAX_CLASSES = 2000
_TRANSFORMERS = ("vit_", "swin_", "maxvit_")
_HALVED = ("googlenet", "inception_v3")
_HUB_BYTES = 4 * foreign.MAX_PARAMETERS + 2**22  # the largest file of torch.hub that is read

# Those that a page can open, by what they are called there. Of the others vgg has too many parameters, and
# transformers have no maps.
_NAMES = """
resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d alexnet squeezenet1_0 squeezenet1_1
googlenet inception_v3 densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_small
mobilenet_v3_large mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 shufflenet_v2_x0_5 shufflenet_v2_x1_0
shufflenet_v2_x1_5 shufflenet_v2_x2_0 efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3
efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_v2_s efficientnet_v2_m
convnext_tiny convnext_small regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf regnet_x_8gf
regnet_x_16gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf
"""
ARCHITECTURES = tuple(_NAMES.split())


def classes(name: str) -> tuple[str, ...]:
    """ImageNet's 1000 class names, in the order of the network's entries."""
    return tuple(_weights(name).meta["categories"])


def random(name: str, seed: int) -> Foreign:
    """A network with the random weights that ``torch.manual_seed(seed)`` gives. Raises UserError."""
    side = side_px(name)
    network = seeded(lambda: _build(name), seed).eval()
    return Foreign(network, (3, side, side), (), *_scale(name))


def stored(name: str) -> Path | None:
    """The file of torch.hub's folder that holds a network's weights; None where there is none."""
    from torchvision.models import get_model_weights

    checked(name)
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    files = [folder / str(one.url).rpartition("/")[2] for one in (_weights(name), *get_model_weights(name))]
    return next((file for file in files if file.is_file()), None)


def trained(name: str) -> Foreign:
    """A network with the weights in torch.hub's folder. Raises UserError where there are none."""
    file = stored(name)
    if file is None:
        told = N_(
            "There are no trained weights of {name} here: give its file, which nothing downloads for you."
        )
        raise UserError(told, name=name)
    with file.open("rb") as source:
        return loaded(name, source.read(_HUB_BYTES + 1), _HUB_BYTES)[0]


def loaded(name: str, data: bytes, limit: int = checkpoints.MAX_BYTES) -> tuple[Foreign, WeightsFile]:
    """A network with the weights of a file that nobody trusts, and where in it they were.

    A network that was trained on, for other classes, may have more or fewer of them. Raises UserError as
    ``checkpoints.weights``.
    """
    side = side_px(name)
    weights, file = checkpoints.weights(data, partial(_wanted, name), limit, _renamed)
    count = _head(weights)
    network = seeded(lambda: _build(name, count), 0)
    network.load_state_dict(weights)
    names = classes(name)
    known = names if count == len(names) else numbered(count)
    return Foreign(network.eval(), (3, side, side), known, *_scale(name)), file


@lru_cache(maxsize=len(ARCHITECTURES))
def side_px(name: str) -> int:
    """The side of the pictures that a network is opened on. Raises UserError for what cannot be opened."""
    checked(name)
    if name.startswith(_TRANSFORMERS):
        raise foreign.no_maps(name)
    network = _unfilled(name)
    foreign.check(network, name)
    return foreign.largest_side(network.eval(), 3, SIDE_PX, name)


def checked(name: str) -> None:
    """Refuse a name that torchvision does not have with a UserError."""
    from torchvision import models

    names = models.list_models(models)
    known = dict.fromkeys([*ARCHITECTURES, *names])
    chosen(
        known, name if name in names else "", N_("torchvision has no such network: choose one of {keys}...")
    )


def options(name: str) -> dict[str, Any]:
    """What torchvision's function for a network is given: the auxiliary heads that files of weights hold."""
    return {"init_weights": False, "aux_logits": True} if name in _HALVED else {}


def _build(name: str, count: int = 1000) -> nn.Module:
    from torchvision import models

    made: nn.Module = models.get_model(name, weights=None, num_classes=count, **options(name))
    return made


def _weights(name: str) -> Any:
    from torchvision.models import get_model_weights

    checked(name)
    return get_model_weights(name).DEFAULT


def _scale(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (_HALF, _HALF) if name in _HALVED else (MEAN, STD)


def _head(weights: Mapping[str, Tensor]) -> int:
    """How many classes a state_dict tells: the entries of the last layer's bias."""
    biases = [tensor for name, tensor in weights.items() if name.endswith("bias") and tensor.ndim == 1]
    return min(max(len(biases[-1]), 1), _MAX_CLASSES) if biases else 1000


def _wanted(name: str, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a state_dict is to hold, on "meta", by the names in the file."""
    return dict(_unfilled(name, _head(given)).state_dict())


def _unfilled(name: str, count: int = 1000) -> nn.Module:
    """On "meta", without memory; but some look at their random weights while they are built."""
    try:
        with torch.device("meta"):
            return _build(name, count)
    except NotImplementedError:
        return seeded(lambda: _build(name, count), 0)


def _renamed(name: str) -> str:
    """A weight's name as networks have it today: files of DenseNet still say "norm.1.weight"."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)", r"\1\2", name)
