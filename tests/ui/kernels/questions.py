"""Questions to the routes of the Kernels page, as the browser would send them."""

import json
from collections.abc import Callable, Iterable, Mapping
from math import prod

from torch import Tensor

from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from convlab.pictures import images
from tests.ui.driver import unpack


def question(
    pixels: Tensor,
    asked: Mapping[str, object],
    settings: ConvSettings | None = None,
    changed: Mapping[str, object] | None = None,
) -> bytes:
    """A picture and what is asked of it; ``changed`` replaces parts of the text."""
    text = {
        "shape": list(pixels.shape),
        "normalised": False,
        **asked,
        "settings": (settings or ConvSettings()).model_dump(),
        **(changed or {}),
    }
    head = json.dumps(text).encode()
    return len(head).to_bytes(4, "little") + head + pixels.contiguous().numpy().tobytes()


def as_asked(pixels: Tensor, normalised: bool) -> Tensor:
    """What the route makes of the pixels."""
    image = images.to_float(pixels)
    return images.normalise(image, *images.channel_statistics(len(pixels))) if normalised else image


def assert_a_map_or_a_sentence(answer: Callable[[bytes], bytes], messages: Iterable[bytes]) -> None:
    """Whatever the messages say: no other error leaves the route."""
    for message in messages:
        try:
            header, blobs = unpack(answer(message))
        except UserError:
            continue
        assert len(blobs["result"]) == 4 * prod(header["result_shape"])


def spoilt(good: bytes, noise: bytes, place: int) -> tuple[bytes, bytes, bytes]:
    """Noise alone, a question that is cut off, one with noise in it."""
    return noise, good[:place], good[:place] + noise + good[place + len(noise) :]
