"""The loop of a training step in the browser: walked through line by line, with the batch's pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from torch import Tensor

from convlab.ui.components.shared import Data, declare, pack, player_labels, rgba
from convlab.ui.words import _

_mount = declare("training_loop", "code", "player")


@dataclass(frozen=True)
class Stop:
    """A place of the player.

    Attributes:
        lines: of the code, from 0, that are lit.
        says: one sentence.
        columns: what a ``tensor_sheet`` that follows shows here.
        formula: what it says of an entry, "" for nothing.
        passes: how many forward passes there were.
        scored: whether the last of them has its losses.
    """

    lines: tuple[int, ...]
    says: str
    columns: tuple[int, ...]
    formula: str
    passes: int
    scored: bool


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures, and what the network makes of them.

    Attributes:
        pixels: uint8 [N, 3, H, W].
        names: of each picture's class.
        classes: of the logits, in their order.
        logits: float32 [P, N, K] of each forward pass.
        losses: float32 [P, N].
    """

    pixels: Tensor
    names: Sequence[str]
    classes: Sequence[str]
    logits: Tensor
    losses: Tensor


def training_loop(
    key: str,
    code: Sequence[str],
    stops: Sequence[Stop],
    start: int,
    batch: Batch,
    outcome: str,
    identity: str,
) -> None:
    """Show the loop; the browser walks through it by itself.

    Args:
        start: where it stands at first.
        outcome: a sentence that stays.
        identity: it changes with all that is shown; a ``tensor_sheet`` with the same one shows the columns of
            each stop.
    """
    passes, count, classes = batch.logits.shape
    header = {
        "labels": _labels(),
        "identity": identity,
        "code": list(code),
        "stops": [asdict(stop) for stop in stops],
        "start": start,
        "names": list(batch.names),
        "classes": list(batch.classes),
        "shape": [passes, count, classes],
        "size": list(batch.pixels.shape[-2:]),
        "outcome": outcome,
    }
    blobs: dict[str, Data] = {
        "pictures": b"".join(rgba(pixels) for pixels in batch.pixels),
        "logits": batch.logits,
        "losses": batch.losses,
    }
    _mount(key=key, data=pack(header, **blobs))


def _labels() -> dict[str, str]:
    return {
        **player_labels(),
        "controls": _("Walk through the loop"),
        "position": _("Line of the loop"),
        "code": _("The loop"),
        "batch": _("The batch"),
        "batch_mean": _("The batch: mean loss {value}"),
        "legend": _("Of each picture: its class, its loss, its logits for {classes}."),
        "no_logits": _("no logits yet"),
        "picture": _("{name}, picture {n} of the batch"),
    }
