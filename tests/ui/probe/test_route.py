"""The verdict over the route: what the page itself would say; one sentence for an invalid request."""

import io
import json
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from convlab.errors import UserError
from convlab.pictures import crop, images
from convlab.probing import attribution, bundled
from convlab.probing.probe import softened
from convlab.ui.probe.route import answer
from tests.ui.driver import unpack


def picture(seed: int, width: int = 90, height: int = 60) -> bytes:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8, generator=generator)
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "PNG")
    return file.getvalue()


def question(file: bytes, **controls: Any) -> bytes:
    """What the browser would send."""
    head = json.dumps(controls).encode()
    return len(head).to_bytes(4, "little") + head + file


def test_two_networks_say_what_the_library_says() -> None:
    asked = {"model": "shipped:net", "second": "shipped:net_fast", "temperature": 2.5, "padding": "edge"}
    header, blobs = unpack(answer(question(picture(3, 700, 400), **asked)))
    seen = crop.cut(images.load(picture(3, 700, 400)))
    assert header["picture"]["size"] == [700, 400]
    assert header["picture"]["window"] == [150, 0, 400]
    assert header["picture"]["padding"] == "edge"
    width, height = header["picture"]["shown"]
    assert (width, len(blobs["source"])) == (256, 3 * width * height)
    assert blobs["seen"] == seen.numpy().tobytes()
    for said, key in zip(header["said"], ("net", "net_fast"), strict=True):
        logits = bundled.weights(key).probe.logits(seen[None])[0]
        assert said["logits"] == pytest.approx(logits.tolist(), abs=1e-5)
        assert said["probabilities"] == pytest.approx(softened(logits, 2.5).tolist(), abs=1e-6)
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32).reshape(3, 32, 32)
    assert torch.equal(values, bundled.weights("net").probe.normalise(seen[None])[0])


WHY = {"method": "occlusion", "target": -1, "cam_layer": "", "over": False, "language": "en"}


def test_why_is_told_as_the_library_computes_it() -> None:
    asked = {"model": "shipped:net", "second": "shipped:net_fast", **WHY}
    header, blobs = unpack(answer(question(picture(3, 32, 32), **asked)))
    seen = images.load(picture(3, 32, 32))
    maps = torch.frombuffer(bytearray(blobs["why_values"]), dtype=torch.float32).reshape(2, 32, 32)
    for told, values, key in zip(header["why"]["maps"], maps, ("net", "net_fast"), strict=True):
        probe = bundled.weights(key).probe
        target = int(probe.logits(seen[None])[0].argmax())
        assert told["target"] == target
        assert told["name"].startswith(probe.classes[target])
        assert torch.equal(values, attribution.occlusion(probe, seen, target))
    assert len(blobs["why_pictures"]) == 2 * 3 * 32 * 32


def test_why_is_told_in_the_language_of_the_page() -> None:
    asked = {"model": "shipped:net", **WHY, "target": 1, "language": "zh"}
    (told,) = unpack(answer(question(picture(3), **asked)))[0]["why"]["maps"]
    assert told["title"] != "Occlusion: what speaks for bird"
    assert "bird" not in told["title"] or not told["title"].isascii()


BAD: list[dict[str, Any]] = [
    {"method": "occlusion"},  # why is asked as a whole
    {**WHY, "language": "../zh"},
    {**WHY, "method": "magic"},
    {"model": "checkpoint"},  # of a session, which the route does not know
    {"second": "checkpoint"},
    {"model": "shipped:../../etc/passwd"},
    {"model": "shipped:nothing"},
    {"model": "run:0123456789abcdef"},
    {"temperature": 0},
    {"temperature": "warm"},
    {"padding": "white"},
    {"picture": "photo:cat"},  # not asked for here
    {"more": 1},
]


@pytest.mark.parametrize("controls", BAD, ids=str)
def test_an_invalid_request_gets_a_sentence(controls: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        answer(question(picture(1), **controls))
    assert 20 < len(str(refused.value)) < 200


@given(some.binary(max_size=200), some.integers(0, 300))
def test_no_other_error_leaves_it(noise: bytes, place: int) -> None:
    good = question(picture(1), model="shipped:net")
    for message in (noise, good[:place], good[:place] + noise + good[place + len(noise) :]):
        try:
            header, blobs = unpack(answer(message))
        except UserError:
            continue
        assert len(blobs["seen"]) == 3 * 32 * 32
        assert len(header["said"]) == 1
