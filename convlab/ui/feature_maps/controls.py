"""The Feature maps lesson's controls: what its link holds."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab import stacks
from convlab.models import DESIGNS
from convlab.ui.chooser import PictureControls, Size
from convlab.ui.urls import PageState

OWN_STACK = "stack"
NETWORKS = (*DESIGNS, OWN_STACK)
Experiment = Literal["notice", "field", "pooling", "cross", "compare", "fit", "code", "maths"]
Place = Annotated[int, Field(ge=0, le=100_000)]


def _known_network(text: str) -> str:
    if text not in NETWORKS:
        raise ValueError(text)
    return text


def _valid_stack(text: str) -> str:
    return stacks.parse(text).text()


class FeatureMapsControls(PictureControls):
    """Everything that can be set on the Feature maps page."""

    size: Size = 32
    colour: Literal["grey", "rgb"] = "rgb"
    normalised: bool = True
    network: Annotated[str, AfterValidator(_known_network)] = "net"
    weights: Literal["random", "trained", "checkpoint"] = "trained"
    seed: Annotated[int, Field(ge=0, le=9999)] = 0
    stack: Annotated[str, AfterValidator(_valid_stack)] = stacks.EXAMPLE.text()
    ranges: Literal["map", "layer"] = "map"
    layer: Annotated[str, Field(max_length=60, pattern=r"^[\w.#]*$")] = ""
    channel: Place = 0
    row: Place = 8
    col: Place = 8
    experiment: Experiment = "notice"
    pooled: Literal["max", "average", "strided"] = "max"


State = PageState[FeatureMapsControls]
