"""A script of Pillow and plain PyTorch that redoes a verdict, bit for bit; what a learner copies and runs."""

from convlab.networks.checkpoints import Match, WeightsFile
from convlab.networks.edits import NONE, Edits
from convlab.pictures.crop import SIZE_PX, Square, centred, colour_of, reduction
from convlab.probing.probe import Probe
from convlab.snippets import network as network_snippets

_OPEN = """import numpy as np
import torch
from PIL import Image, ImageOps

picture = ImageOps.exif_transpose(Image.open({file!r}))
if picture.has_transparency_data:
    picture = picture.convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
picture = picture.convert("RGB")"""

_OPEN_OTHER = """from pathlib import Path

import numpy as np
import torch
from PIL import Image

from convlab.pictures import images

# {why}
picture = images.to_pillow(images.load(Path({file!r}).read_bytes()))"""
_WHY = "The file has many megapixels, or other values than 0 to 255: ConvLab's own reader makes it 8-bit RGB."

_SQUARES = {
    "black": "square = picture.crop((left, top, left + side, top + side))  # black outside the picture",
    "edge": """rows = np.arange(top, top + side).clip(0, picture.height - 1)
columns = np.arange(left, left + side).clip(0, picture.width - 1)
square = Image.fromarray(np.array(picture)[rows[:, None], columns])""",
    "mean": """square = Image.new("RGB", (side, side), {colour})
square.paste(picture, (-left, -top))""",
}

_NORMALISE = """square = square.resize(({size}, {size}), Image.Resampling.{how})
pixels = torch.from_numpy(np.array(square)).permute(2, 0, 1).contiguous()  # uint8 [3, {size}, {size}]
mean = torch.tensor({mean})[:, None, None]
std = torch.tensor({std})[:, None, None]
image = (pixels / 255 - mean) / std"""


def verdict(
    probe: Probe,
    match: Match,
    weights_file: WeightsFile | None,
    image_file: str,
    size_px: tuple[int, int],
    window: Square | None = None,
    padding: str = "black",
    temperature: float = 1.0,
    plain: bool = True,
    changed: Edits = NONE,
) -> str:
    """Script whose ``image`` is what enters the network and ``probabilities`` [K] what ``Probe`` says of it.

    Args:
        weights_file: where the network's weights are; None for random ones.
        image_file: name of the picture's file.
        size_px: (height, width) of the picture, upright.
        window, padding: as ``crop.cut`` takes them.
        changed: kernels that were changed in it.
        plain: whether Pillow alone gives the lab's pixels (see ``files.Loaded``).
    """
    opening = _OPEN.format(file=image_file) if plain else _OPEN_OTHER.format(file=image_file, why=_WHY)
    code = _picture(probe, opening, size_px, window or centred(*size_px), padding)
    network = network_snippets.network(
        code, match.design, match.options, weights_file=weights_file, changed=changed
    )
    return network + network_snippets.probabilities(probe.classes, temperature)


def _picture(probe: Probe, opening: str, size_px: tuple[int, int], window: Square, padding: str) -> str:
    """Lines that define ``image``; the same steps as ``images.load``, ``crop.cut``, ``Probe.normalise``."""
    factor, window = reduction(window, *size_px)
    lines = [opening]
    if factor > 1:
        lines.append(f"picture = picture.reduce({factor})")
    lines.append(f"left, top, side = {window.left_px}, {window.top_px}, {window.side_px}")
    lines.append(_SQUARES[padding].format(colour=tuple(colour_of(probe.mean))))
    how = "HAMMING" if window.side_px > SIZE_PX else "NEAREST"
    lines.append(_NORMALISE.format(size=SIZE_PX, how=how, mean=probe.mean, std=probe.std))
    return "\n".join(lines)
