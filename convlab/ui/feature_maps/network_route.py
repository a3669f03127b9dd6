"""PyTorch's answer while a kernel is edited: network, kernels and picture in; all maps behind it out."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import edits, graph, recording, stacks
from convlab.networks.designs import INPUT_SHAPE
from convlab.networks.edits import Edits
from convlab.networks.graph import Network
from convlab.pictures import images
from convlab.training import runs
from convlab.ui import networks
from convlab.ui.components.shared import pack, parts
from convlab.ui.edited import too_large
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.networks import Epoch, Model
from convlab.ui.urls import RunId, Seed

MOST_VALUES = (
    2**24
)  # that all layers put out: the deepest network of the chapter, 128 channels wide, has 14 million
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Side = Annotated[int, Field(ge=1, le=images.MAX_SIZE_PX)]


class Named(BaseModel):
    """A network that means the same to everybody: bundled, of a run, or random.

    Attributes:
        kind: of ``Model.source``.
        key: of the bundled network, the run's id, the design, or the text of the stack or of a first kernel.
        second: the text of the other kernel of figure 8.8.
        epoch: of a run.
        seed: of random weights.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["shipped", "run", "random", "stack", "cross"]
    key: Annotated[str, Field(max_length=stacks.MAX_TEXT_LENGTH)]
    second: Annotated[str, Field(max_length=stacks.MAX_TEXT_LENGTH)] = ""
    epoch: Epoch = networks.NEWEST
    seed: Seed = 0

    def model(self, shape: tuple[int, int, int]) -> Model:
        """For pictures of a shape. Raises UserError where there is no such network."""
        if self.kind == "stack":
            return networks.stack_model(self.key, shape, self.seed)
        if self.kind == "cross":
            return networks.cross_model(self.key, self.second)
        if self.kind == "run":
            return networks.run_model(runs.get(_Id(id=self.key).id), self.epoch)
        if self.kind == "shipped":
            return networks.bundled_model(self.key)
        return networks.random_model(self.key, self.seed)


class _Id(BaseModel):
    id: RunId


class Question(BaseModel):
    """What stands in front of the pixels.

    Attributes:
        shape: of the pixels, uint8 [C, H, W].
        mean, std: with which they enter the network.
        edits: all kernels that are changed, as ``Edits.told``.
        behind: position of the layer from which on maps are wanted; the input's is 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Named
    shape: tuple[Literal[1, 3], _Side, _Side]
    mean: Annotated[list[_Number], Field(max_length=3)]
    std: Annotated[list[Annotated[_Number, Field(gt=0)]], Field(max_length=3)]
    edits: list[Any]
    behind: Annotated[int, Field(ge=1, le=10_000)]


def named(model: Model, controls: FeatureMapsControls) -> Named | None:
    """What a question calls the network that the controls open; None for one that is this session's own.

    None in train() too: an answer is in eval(), and knows nothing of the batch; nor of networks of one's own.
    """
    if controls.mode == "train" or model.code:
        return None
    kind, _sep, of = model.source.partition(":")
    keys = {"stack": controls.stack, "cross": controls.first_kernel}
    told: dict[str, Any] = {
        "kind": kind,
        "key": of or keys.get(kind, model.match.design),
        "epoch": model.epoch,
    }
    told |= {"seed": controls.seed} if model.fresh else {}
    told |= {"second": controls.second_kernel} if kind == "cross" else {}
    try:
        return Named.model_validate(told)
    except ValidationError:
        return None


def answer(message: bytes) -> bytes:
    """What the layers from ``behind`` on put out, as ``pack`` packs it.

    The header has ``layers``: minimum, maximum, dead and constant channels of each of them; the blobs
    ``layer_N`` are float32, N counted as the lab does. A message is the uint32 length of the JSON text, the
    text (a ``Question``), the pixels. Raises UserError for anything else, and for what the network cannot be.
    """
    try:
        text, sent = parts(message)
        question = Question.model_validate_json(text)
        picture = _picture(question, sent)
        network = _opened(question.network, question.shape)
    except (ValidationError, ValueError, TypeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    made = edits.read(question.edits)
    return replayed(network, made, picture, question.behind)


def replayed(network: Network, made: Edits, picture: Tensor, behind: int) -> bytes:
    """The same for an open network, of which no kernel is changed, and a picture float32 [C, H, W].

    The header has ``chances`` too, the softmax of a vector at the end; [] for maps.
    """
    found = recording.replay(replace(network, body=edits.applied(network.body, made)), picture[None])
    if not recording.finite(found):
        raise too_large()
    layers = found.layers[behind - 1 :]
    facts = [recording.facts(layer, found.outputs[layer.name]) for layer in layers]
    told = []
    for layer, one in zip(layers, facts, strict=True):
        dead, constant = recording.flat_maps(one, found.outputs[layer.name][0])
        told.append({"low": one.minimum, "high": one.maximum, "dead": dead, "constant": constant})
    blobs = {f"layer_{n}": found.outputs[layer.name][0] for n, layer in enumerate(layers, behind)}
    result = found.result[0]
    chances = result.softmax(0).tolist() if result.dim() == 1 else []
    return pack({"behind": behind, "layers": told, "chances": chances}, **blobs)


def _picture(question: Question, sent: bytes) -> Tensor:
    """Float32 [C, H, W]; ValueError where the pixels are not as many."""
    if len(sent) != math.prod(question.shape) or {len(question.mean), len(question.std)} != {
        question.shape[0]
    }:
        raise ValueError(len(sent))
    pixels = torch.frombuffer(bytearray(sent), dtype=torch.uint8).reshape(question.shape)
    values = images.to_float(pixels)
    return images.normalise(values, question.mean, question.std) if any(question.mean) else values


@lru_cache(maxsize=6)
def _opened(name: Named, shape: tuple[int, int, int]) -> Network:
    """The network that is named, open: nobody changes it."""
    wanted = {"stack": shape, "cross": (1, *shape[1:])}.get(name.kind, INPUT_SHAPE)
    model = name.model(shape)
    if shape != wanted:
        message = N_("The network takes pictures of shape {wanted}, not {given}: crop and resize them first.")
        raise UserError(message, wanted=list(wanted), given=list(shape))
    network = graph.trace(model.probe.network, shape)
    if sum(math.prod(layer.shape) for layer in network.layers) > MOST_VALUES:
        raise UserError(N_("This network has too many maps to follow an edit at once: let go of the kernel."))
    return network
