"""pages/probe.py against hostile files, markup in names and two sessions at once."""

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as save_safetensors
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.networks import designs
from convlab.networks.designs import seeded
from convlab.networks.variants import NetDepth
from convlab.pictures import crop, photographs
from convlab.probing import attribution
from convlab.ui.networks import bundled_model
from convlab.ui.probe.attribution import _attribution_map
from tests.pages.probe_page import give, give_checkpoint, noise, png, probe, saved, shown, texts
from tests.ui.driver import troubles


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


# ---- hostile checkpoints ------------------------------------------------------------------


class _Payload:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    place = tmp_path / "pwned"
    app = give_checkpoint(probe(model="checkpoint"), saved({"conv1.weight": _Payload(str(place))}))
    assert len(troubles(app)) == 1
    assert "mkdir" in troubles(app)[0]
    assert not place.exists()


def _view_of_ten_billion() -> bytes:
    header = json.dumps({"conv1.weight": {"dtype": "F32", "shape": [10**5, 10**5], "data_offsets": [0, 4]}})
    return len(header).to_bytes(8, "little") + header.encode() + b"\0" * 4


def _net(**changes: Tensor) -> dict[str, Tensor]:
    return {**seeded(designs.Net, 0).state_dict(), **changes}


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "expanded": (lambda: saved(_net(**{"fc1.weight": torch.zeros(1).expand(10**5, 10**5)})), "fc1"),
    "claims": (_view_of_ten_billion, "conv1"),
    "keys": (lambda: saved({"strange": torch.zeros(3)}), "strange|conv1|fits no design|fit no design"),
    "shapes": (lambda: saved(_net(**{"fc1.weight": torch.zeros(32, 100)})), "fc1"),
    "types": (lambda: saved(_net(**{"fc1.weight": torch.zeros(32, 512, dtype=torch.int32)})), "int32"),
    "nan": (lambda: saved(_net(**{"fc1.weight": torch.full((32, 512), torch.nan)})), "NaN"),
    "text": (lambda: b"hello" * 100, "damaged"),
    "empty": (lambda: b"", "damaged"),
    "module": (lambda: saved(designs.Net()), "not only tensors"),
}


@pytest.fixture(scope="module")
def guarded() -> AppTest:
    return give_checkpoint(
        probe(model="checkpoint"), saved(seeded(NetDepth, 3).state_dict()), design="net_depth"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tensors_get_one_sentence(name: str, guarded: AppTest) -> None:
    make, told = HOSTILE[name]
    before = shown(guarded).logits
    give_checkpoint(guarded, make(), f"{name}.pt")
    (sentence,) = troubles(guarded)
    assert re.search(told, sentence.replace("\\", ""))
    assert "Something went wrong" not in sentence
    assert torch.equal(shown(guarded).logits, before)  # the last good one stays


# ---- one network, two sessions ------------------------------------------------------------------


def test_two_sessions_at_once_say_what_one_says() -> None:
    model = bundled_model("net")
    seen = [crop.cut(photographs.photograph(key)) for key in ("cat", "coffee", "rocket", "horse")]
    work = [(one, key) for one in seen for key in attribution.METHODS]

    def explain(job: tuple[Tensor, str]) -> Tensor:
        pixels, key = job
        return _attribution_map.__wrapped__(model, pixels.numpy().tobytes(), key, 0, "")

    network = model.probe.network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    serial = [explain(job) for job in work]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(explain, work))
    for one, other in zip(serial, together, strict=True):
        assert torch.equal(one, other)
    for module in network.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks
        assert not module.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_sessions_do_not_see_each_other() -> None:
    mine, theirs = probe(model="checkpoint", picture="upload"), probe(model="checkpoint", picture="upload")
    give_checkpoint(mine, saved(seeded(designs.Net, 4).state_dict()), activation="tanh")
    give(mine, ("mine.png", png(noise(3))))
    theirs.run()
    assert theirs.info
    assert "networks.checkpoint.model" not in theirs.session_state
    assert "probe.upload_pictures.read" not in theirs.session_state


# ---- markup in names ----------------------------------------------------------------------------

MARKUP = ["![x](http://evil.example/x.png)", "<img src=x onerror=alert(1)>", "$x^2$ :tada: **b** `c`"]


def unescaped(app: AppTest) -> list[str]:
    """Texts that hold a name as it came: Streamlit would read it as Markdown."""
    return [text for text in texts(app) if any(name[:12] in text for name in MARKUP)]


def markup_checkpoint() -> bytes:
    """Weights whose classes are markup, as a run's own file tells them."""
    module = seeded(lambda: designs.design("net").build(num_classes=3), 0)
    told = {
        "design": "net",
        "options": {"num_classes": 3},
        "classes": MARKUP,
        "mean": [0] * 3,
        "std": [1] * 3,
    }
    words = {name: json.dumps(value) for name, value in told.items()}
    return save_safetensors(dict(module.state_dict()), words)


@pytest.mark.parametrize(
    "query",
    [{}, {"experiment": "four_ways"}, {"experiment": "outside"}, {"experiment": "change"},
     {"experiment": "arena", "game": "ascend"}, {"experiment": "arena"}, {"experiment": "modes"}],
    ids=str,
)  # fmt: skip
def test_classes_are_plain_text(query: dict[str, object]) -> None:
    app = give_checkpoint(
        probe(model="checkpoint", **query), markup_checkpoint(), "![n](http://evil.example).pt"
    )
    assert troubles(app) == []
    assert shown(app).header["verdicts"][0]["classes"] == MARKUP
    assert unescaped(app) == []
    for chart in app.get("plotly_chart"):
        assert "<img" not in chart.proto.spec


def test_names_of_files_are_plain_text() -> None:
    app = give(probe(picture="upload"), *((f"{name[:30]}.png", b"no picture") for name in MARKUP))
    assert len(troubles(app)) == len(MARKUP)
    assert unescaped(app) == []
