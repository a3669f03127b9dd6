"""What a learner does on each lesson, one action at a time, as the browser would send it."""

import io
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from tools.learner import Learner, LearnerError

PAUSE_S = (1.0, 6.0)  # between two actions: one looks at what came
PICTURE_PX = (320, 240)
TOO_WIDE = "shrink the kernel or pad more"
Action = Callable[["Desk"], Awaitable[float]]


def photo(seed: int) -> bytes:
    """A small JPEG, none like another."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(PICTURE_PX, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


class Desk:
    """A learner with dice."""

    def __init__(self, learner: Learner, chance: random.Random, number: int, runs: Sequence[str]) -> None:
        self.learner, self.chance, self.number, self.runs = learner, chance, number, runs

    def pause_s(self) -> float:
        """How long the learner looks before the next action."""
        return self.chance.uniform(*PAUSE_S)

    async def open(self, lesson: str, query: str) -> float:
        """From the link between the lessons, where there is one; from the address else. Train: a run."""
        if lesson == "train" and not query:
            query = f"run={self.chance.choice(self.runs)}"
        if query or not self.learner.screen.shown:
            return await self.learner.visit(lesson, query)
        return await self.learner.follow(TITLES[lesson])

    def choose(self, lesson: str) -> tuple[str, Awaitable[float]]:
        """An action that this lesson offers, and its name."""
        actions = LESSONS[lesson]
        (name,) = self.chance.choices([*actions], [weight for weight, _action in actions.values()])
        return f"{lesson or 'home'}: {name}", actions[name][1](self)

    async def option(self, key: str, but: tuple[str, ...] = ()) -> float:
        """Another option of a select box."""
        options = [one for one in self.learner.screen.find(key).proto.options if one not in but]
        return await self.learner.set(key, self.chance.choice(options))

    async def tab(self, key: str) -> float:
        """Another of the buttons in a row."""
        options = [one.content for one in self.learner.screen.find(key).proto.options]
        return await self.learner.set(key, self.chance.choice(options))

    async def flip(self, key: str) -> float:
        """Switch it on or off."""
        return await self.learner.set(key, self.chance.random() < 0.5)

    def told(self, key: str) -> dict[str, Any]:
        """What a component was last told."""
        return self.learner.screen.find(key).message()[0]


def _kernel(desk: Desk, like: list[list[list[float]]]) -> list[list[list[float]]]:
    return [[[round(desk.chance.uniform(-2, 2), 2) for _ in row] for row in plane] for plane in like]


async def edit(desk: Desk) -> float:
    """PyTorch over the route, as at every edit of a weight; then, at the pause, Streamlit."""
    told = desk.told("kernels.lab")
    asked = {name: told[name] for name in ("shape", "stock", "normalised", "settings")}
    kernel, pixels = _kernel(desk, told["kernel"]), b""
    if not told["stock"]:
        at, size = told["blobs"]["pixels"]
        pixels = desk.learner.screen.find("kernels.lab").message()[1][at : at + size]
    header, _blobs, seconds = await desk.learner.post(told["route"], {**asked, "kernel": kernel}, pixels)
    if not told["error"] and header["result_shape"] != told["result_shape"]:
        raise LearnerError(f"the map has the shape {header['result_shape']}, not {told['result_shape']}")
    return seconds


async def tell(desk: Desk) -> float:
    """The pause after an edit: Streamlit hears of the kernel, and shows it."""
    told = desk.told("kernels.lab")
    kernel = _kernel(desk, told["kernel"])
    payload = {"revision": told["revision"] + 1, "origin": told["origin"], "kernel": kernel}
    seconds = await desk.learner.send("kernels.lab", "edit", payload)
    if not np.allclose(desk.told("kernels.lab")["kernel"], kernel, atol=1e-6):
        raise LearnerError("another kernel came back")
    return seconds


async def setting(desk: Desk) -> float:
    """Padding, stride and so on; of a kernel that spans more than the picture its dilation is taken back."""
    names = ("padding", "stride", "dilation", "activation", "scale", "preset", "size", "rows", "picture")
    seconds = await desk.option(f"kernels.{desk.chance.choice(names)}", but=OWN_PICTURES)
    if any(TOO_WIDE in error for error in desk.learner.screen.errors()):
        first, *_more = desk.learner.screen.find("kernels.dilation").proto.options
        await desk.learner.set("kernels.dilation", first)
    return seconds


async def point(desk: Desk) -> float:
    """Choose a unit, of this layer or another."""
    layers = desk.told("feature_maps.lab")["layers"]
    layer = desk.chance.randrange(1, len(layers))
    shape = [*layers[layer]["shape"], 1, 1][:3]
    channel, row, col = (desk.chance.randrange(size) for size in shape)
    place = {"layer": layer, "channel": channel, "row": row, "col": col}
    revision = desk.told("feature_maps.lab")["place"]["revision"] + 1
    seconds = await desk.learner.send("feature_maps.lab", "place", {**place, "revision": revision})
    shown = desk.told("feature_maps.lab")["place"]
    if shown["layer"] != layer:
        raise LearnerError(f"asked for {place}, got {shown}")
    return seconds


async def network(desk: Desk) -> float:
    """Another network, or other weights."""
    key = desk.chance.choice(("feature_maps.network", "feature_maps.weights", "feature_maps.picture"))
    return await desk.option(key, but=(*OWN_PICTURES, "your checkpoint", "A stack of your own"))


async def crop(desk: Desk) -> float:
    """Move the square."""
    told = desk.told("probe.lab")
    width, height = told["picture"]["size"]
    side = desk.chance.randint(1, min(width, height))
    left, top = desk.chance.randint(0, width - side), desk.chance.randint(0, height - side)
    square = {"left": left, "top": top, "side": side, "padding": told["picture"]["padding"]}
    return await desk.learner.send("probe.lab", "crop", {**square, "revision": told["revision"] + 1})


async def give(desk: Desk) -> float:
    """A picture of one's own: its verdict over the route, then Streamlit takes it."""
    start = time.perf_counter()
    if not desk.learner.screen.has("probe.upload_pictures"):
        await desk.learner.set("probe.picture", UPLOAD)
    content = photo(desk.chance.randrange(10**6))
    if desk.learner.screen.has("probe.lab"):
        told = desk.told("probe.lab")["questions"].get("given")
        if told and told["route"]:
            await desk.learner.post(told["route"], told["header"], content)
    await desk.learner.upload("probe.upload_pictures", [("photo.jpg", content)])
    return time.perf_counter() - start


async def look_on(desk: Desk) -> float:
    """Watch the page renew itself for some seconds; the longest renewal."""
    took = await desk.learner.watch(lambda: False, 3.0)
    return max(took, default=0.0)


UPLOAD = "Upload a picture"
OWN_PICTURES = ("Paint your own", UPLOAD, "Take a photo")
TITLES = {
    "": "Home",
    "kernels": "Kernels",
    "feature_maps": "Feature maps",
    "train": "Train",
    "probe": "Probe",
}
# Lesson -> action -> how often it is chosen, and how it is done.
LESSONS: Mapping[str, Mapping[str, tuple[int, Action]]] = {
    "": {"read": (1, lambda desk: desk.learner.visit(""))},
    "kernels": {
        "edit over the route": (6, edit),
        "edit told to Streamlit": (4, tell),
        "setting": (3, setting),
        "experiment": (2, lambda desk: desk.tab("kernels.experiment")),
    },
    "feature_maps": {
        "point at a unit": (6, point),
        "network or picture": (2, network),
        "experiment": (2, lambda desk: desk.tab("feature_maps.experiment")),
    },
    "train": {
        "watch": (5, look_on),
        "design": (1, lambda desk: desk.option("train.design")),
        "experiment": (2, lambda desk: desk.tab("train.experiment")),
    },
    "probe": {
        "crop": (5, crop),
        "picture given": (3, give),
        "method": (2, lambda desk: desk.option("probe.method")),
        "experiment": (2, lambda desk: desk.tab("probe.experiment")),
    },
}
