"""Networks that are none of the chapter's: torchvision's, an ONNX file, what ``convlab open`` names."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, factories, onnx_files, pretrained
from convlab.networks.checkpoints import Match, WeightsFile
from convlab.networks.foreign import Foreign
from convlab.probing.probe import Probe
from convlab.ui import uploads, widgets
from convlab.ui.kept import Shared
from convlab.ui.networks import FOREIGN, NEWEST, ONNX, TERMINAL, TORCHVISION, Model, NetworkControls
from convlab.ui.urls import PageState
from convlab.ui.words import _

MAX_MB = checkpoints.MAX_BYTES // 2**20
_SHARED_BYTES = 2**29  # of networks from files; two learners who give the same file share one
_GIVEN = "networks.foreign."

State = PageState[Any]


@dataclass(frozen=True)
class _Read:
    """A network from a file, and where in the file its weights were."""

    network: Foreign
    file: WeightsFile | None = None


@dataclass(frozen=True)
class _Given:
    """What a learner gave: its shortened name, a digest that no other file has, what was read."""

    name: str
    digest: str
    read: _Read


_shared: Shared[_Read] = Shared(
    _SHARED_BYTES,
    lambda one: sum(tensor.nbytes for tensor in one.network.network.state_dict().values()),
)


def titles(chosen: str) -> dict[str, str]:
    """What a list of networks offers behind the chapter's: key -> title."""
    there = {TORCHVISION, ONNX, chosen} | ({TERMINAL} if factories.named() else set())
    return {key: _(title) for key, title in FOREIGN.items() if key in there}


def weights(controls: NetworkControls) -> dict[str, str]:
    """Which weights can be chosen for a network of torchvision's; {} where the network brings its own."""
    if controls.network != TORCHVISION:
        return {}
    found = {"random": _("random"), "checkpoint": _("your file")}
    try:
        there = pretrained.stored(controls.architecture) is not None
    except UserError:  # said where the network is opened
        there = False
    return ({"trained": _("trained on ImageNet")} if there else {}) | found


def choose(state: State) -> None:
    """Which one of torchvision's, in a row of controls."""
    if state.value.network == TORCHVISION:
        names = {one: one for one in (*pretrained.ARCHITECTURES, state.value.architecture)}
        widgets.choose(state, "architecture", _("Of torchvision"), names, width=190)


def can_open(controls: NetworkControls) -> bool:
    """Whether a network of this kind can be opened here at all: not where its package is missing."""
    if controls.network != ONNX:
        return True
    try:
        onnx_files.packages()
    except UserError:  # said where the network is opened
        return False
    return True


def upload(state: State) -> None:
    """Let the learner give the file that a network of this kind needs."""
    name = state.value.architecture
    if state.value.network == ONNX:
        if can_open(state.value):
            _take(ONNX, _("ONNX file (.onnx)"), onnx_files.load)
    elif state.value.network == TORCHVISION and state.value.weights == "checkpoint":
        label = _("Weights of {name} (.pth, .pt or .safetensors)").format(name=name)
        _take(f"{TORCHVISION}.{name}", label, lambda data: pretrained.loaded(name, data))


def model(controls: NetworkControls) -> Model:
    """The network of this kind that the controls name. Raises UserError where there is none, or not yet."""
    name = controls.architecture
    if controls.network == TERMINAL:
        return _from_terminal()
    if controls.network == ONNX:
        onnx_files.packages()
        found = _given(ONNX, N_("There is no ONNX file yet: upload one above."))
        return _model(found.read.network, found.digest, found.name, ONNX, _onnx_code())
    if controls.weights == "trained":
        return _stored(name)
    if controls.weights == "checkpoint":
        told = N_("There are no weights of this network yet: upload its file above, or choose other weights.")
        found = _given(f"{TORCHVISION}.{name}", told)
        file = found.read.file or WeightsFile("my_weights.pth")
        file = WeightsFile(f"my_weights.{file.name.rpartition('.')[2]}", file.keys, file.prefix)
        title = f"{name}, {found.name}"
        count = len(found.read.network.classes)
        return _model(found.read.network, found.digest, title, TORCHVISION, _code(name, count), file)
    return _random(name, int(getattr(controls, "seed", 0)))


def _take(slot: str, label: str, read: Any) -> None:
    """Let the learner give a file; after a bad one the last good one stays."""

    def make(file: Any) -> None:
        data = file.getvalue()
        digest = hashlib.sha256(data).hexdigest()

        def read_now() -> _Read:
            made = read(data)
            return _Read(*made) if isinstance(made, tuple) else _Read(made)

        found = _shared.get((slot, digest), read_now)
        st.session_state[_GIVEN + slot] = _Given(uploads.shortened(file.name), digest, found)

    limit, key = uploads.limit_mb(MAX_MB), f"feature_maps.file.{slot}"
    tip = _("Up to {limit} MB. Nothing in the file is run: only its layers and numbers are read.")
    file = st.file_uploader(label, max_upload_size=limit, help=tip.format(limit=limit), key=key)
    uploads.read(key, [file] if file else [], make)


def _given(slot: str, otherwise: str) -> _Given:
    found: _Given | None = st.session_state.get(_GIVEN + slot)
    if found is None:
        raise UserError(otherwise)
    return found


@lru_cache(maxsize=2)
def _random(name: str, seed: int) -> Model:
    return _model(pretrained.random(name, seed), f"{name}/{seed}", name, "random", _code(name))


@lru_cache(maxsize=2)
def _stored(name: str) -> Model:
    found, file = pretrained.trained(name), pretrained.stored(name)
    assert file is not None
    title = f"{name}, {file.name}"
    return _model(found, title, title, TORCHVISION, _code(name), WeightsFile(str(file)))


@lru_cache(maxsize=1)
def _from_terminal() -> Model:
    plan = factories.named()
    if plan is None:
        raise UserError(
            N_("Nothing was opened from the terminal: start the lab with `convlab open MODULE:NAME`.")
        )
    module, _sep, name = plan.factory.partition(":")
    code = f"from {module} import {name}\n{name}()"
    file = WeightsFile(plan.weights) if plan.weights else None
    return _model(factories.made(plan), plan.factory, plan.factory, TERMINAL, code, file)


def _model(
    found: Foreign, identity: str, title: str, source: str, code: str, file: WeightsFile | None = None
) -> Model:
    probe = Probe(found.network, found.classes, found.mean, found.std)
    shape, match = found.input_shape, Match("", {})
    return Model(
        f"{source}/{identity}", probe, title, match, source, NEWEST, file, input_shape=shape, code=code
    )


def _onnx_code() -> str:
    return "from onnx2torch import convert\nconvert('my_network.onnx')"


def _code(name: str, count: int = 1000) -> str:
    given = pretrained.options(name) | ({"num_classes": count} if count != 1000 else {})
    arguments = ", ".join([repr(name), "weights=None", *(f"{key}={value!r}" for key, value in given.items())])
    return f"from torchvision.models import get_model\nget_model({arguments})"
