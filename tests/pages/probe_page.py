"""What the tests of the Probe page share: opening it, its controls, what the lab was sent, uploads, data."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from convlab.datasets.dataset import Dataset, Split
from convlab.pictures import images
from convlab.probing.probe import Probe
from convlab.ui.networks import bundled_model
from convlab.ui.probe.controls import ProbeControls
from tests.ui.driver import answer, open_page, received, troubles

PAGE, LAB = "pages/probe.py", "probe.lab"
BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Shown:
    """What the probe lab was sent."""

    header: dict[str, Any]
    seen: Tensor
    values: Tensor

    @property
    def logits(self) -> Tensor:
        """Of the first network."""
        return torch.tensor(self.header["verdicts"][0]["logits"])

    @property
    def probabilities(self) -> Tensor:
        """Of the first network."""
        return torch.tensor(self.header["verdicts"][0]["probabilities"])


def fresh(**query: object) -> AppTest:
    """The page in a new session, with what the link says alone."""
    return open_page(PAGE, **query)


def probe(**query: object) -> AppTest:
    """The page in a new session, with the cat's photograph unless another picture is named."""
    return fresh(**{"picture": "photo:cat", **query})


def controls(app: AppTest) -> ProbeControls:
    found: ProbeControls = app.session_state["probe.controls"]
    return found.settled()


def shown(app: AppTest) -> Shown:
    header, blobs = received(app, LAB)
    seen = torch.frombuffer(bytearray(blobs["seen"]), dtype=torch.uint8).reshape(3, 32, 32)
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32).reshape(3, 32, 32)
    return Shown(header, seen, values)


def set_to(app: AppTest, field: str, value: object) -> AppTest:
    """Set a control as a learner would, and run."""
    kinds: Any = (
        app.selectbox,
        app.segmented_control,
        app.toggle,
        app.number_input,
        app.text_area,
        app.slider,
    )
    (widget,) = [widget for kind in kinds for widget in kind if widget.key == f"probe.{field}"]
    after: AppTest = widget.set_value(value).run()
    return after


def click(app: AppTest, key: str) -> AppTest:
    (button,) = [one for one in app.button if one.key == key]
    after: AppTest = button.click().run()
    return after


def give(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Upload pictures."""
    told = [(name, data, "image/png") for name, data in files]
    return app.file_uploader(key="probe.upload_pictures").set_value(told).run()


def give_checkpoint(
    app: AppTest, data: bytes, name: str = "weights.pt", slot: str = "model", **said: str
) -> AppTest:
    """Upload a checkpoint; with answers to what its file does not tell, also open it."""
    key = f"probe.{slot}.upload"
    app.file_uploader(key=key).set_value((name, data, BINARY)).run()
    return answer(app, key, **said) if said else app


def png(pixels: Tensor) -> bytes:
    """A file of uint8 [3, H, W]."""
    file = io.BytesIO()
    Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(file, "PNG")
    return file.getvalue()


def saved(content: object) -> bytes:
    """As torch.save writes it."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def noise(seed: int, size: tuple[int, int] = (40, 50)) -> Tensor:
    """A picture like no other, uint8 [3, H, W]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=generator)


def small_data(
    classes: Sequence[str] = ("airplane", "bird"), title: str = "Small", count: int = 60
) -> Dataset:
    """Noise with labels; a data set that takes no time."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
    labels = torch.arange(count) % len(classes)
    few = Split(images[:10].clone(), labels[:10].clone())
    return Dataset("Small", tuple(classes), few, Split(images, labels))


def texts(app: AppTest) -> list[str]:
    """Everything that Streamlit shows as Markdown."""
    kinds: Any = (app.markdown, app.caption, app.error, app.info, app.warning, app.success)
    return [str(element.value) for kind in kinds for element in kind]


def script(app: AppTest) -> str:
    """The last PyTorch script on the page; a model card's commands, below it, are none."""
    return str([code.value for code in app.code if code.language == "python"][-1])


def forward(module: nn.Module, values: Tensor) -> Tensor:
    """Logits by PyTorch alone."""
    with torch.no_grad():
        logits: Tensor = module(values[None])[0]
    return logits


def net() -> Probe:
    return bundled_model("net").probe


def assert_is_pytorchs(app: AppTest, module: Any = None) -> None:
    """What was cut is the crop room's, what enters is normalised by hand, the logits a plain forward pass."""
    assert troubles(app) == []
    found = shown(app)
    mean, std = (torch.tensor(value)[:, None, None] for value in (images.CIFAR10_MEAN, images.CIFAR10_STD))
    assert torch.allclose(found.values, (found.seen / 255 - mean) / std, atol=1e-6)
    logits = forward(module or net().network, found.values)
    assert torch.allclose(found.logits, logits, atol=1e-5)
    temperature = controls(app).temperature
    assert torch.allclose(found.probabilities, torch.softmax(found.logits / temperature, 0), atol=1e-5)
