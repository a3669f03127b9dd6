"""Save and load: a state_dict, read back into a network that has changed since (8.4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs, state_dicts
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.designs import seeded
from convlab.networks.state_dicts import CHANGES, Entry, Fate, Loading
from convlab.probing import bundled
from convlab.snippets import state_dicts as snippets
from convlab.ui import uploads, widgets
from convlab.ui.boundary import say
from convlab.ui.code_panel import download
from convlab.ui.components.answer import Block, Code, Sentence, answer
from convlab.ui.components.tensor_sheet import BUFFER, PARAMETER, Column, Row, tensor_sheet
from convlab.ui.modules.controls import Answer, Earlier, ModulesControls, SavedControls, State
from convlab.ui.numbers import by_numbers, results
from convlab.ui.tensor_rows import tensor_numbers
from convlab.ui.words import _, prose

MAX_MB = checkpoints.MAX_BYTES // 2**20
MOST_TENSORS, MOST_LETTERS = 400, 120  # of a learner's file: how many there are, and in the name of each
MOST_ENTRIES = 2**24  # of all its tensors: a few bytes can be a tensor of any size
_UPLOAD = "modules.checkpoint"
_LONG, _SCROLLED_PX = (
    1500,
    380,
)  # letters of PyTorch's words from which they are scrolled, and how high they are then
_MARKS: dict[Fate, Literal["", "new", "gone", "changed"]] = {
    "loaded": "",
    "own": "",
    "missing": "new",
    "unexpected": "gone",
    "mismatch": "changed",
}
_NOTES: dict[Fate, str] = {
    "loaded": "",
    "own": N_("a counter: not missed"),
    "missing": N_("missing in the file"),
    "unexpected": N_("unexpected"),
    "mismatch": N_("size mismatch"),
}


@dataclass(frozen=True)
class _Given:
    """The weights to load, and where a script finds them; None for random ones."""

    weights: Mapping[str, Tensor]
    file: WeightsFile | None
    own: bool = False


def show(state: State) -> None:
    """The file's tensors beside the network's, before and after ``load_state_dict``, with its own words."""
    _controls(state)
    try:
        given = _given(state.value)
    except UserError as error:
        say(error)
        return
    loading = _loaded(state.value, given)
    left, right = st.columns((1, 3))
    with left:
        _said(state.value, loading)
    with right:
        _sheet(loading)
    by_numbers("modules", _panel, loading)
    _whole(loading)


def answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer; None where the weights are in a file that the session alone has."""
    return None if controls.saved_weights == "file" else _answered


def _answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    loading = _loaded(chosen, _given(chosen))
    _said(chosen, loading)
    _sheet(loading)


def _loaded(chosen: SavedControls, given: _Given) -> Loading:
    change = CHANGES[chosen.saved_into]
    return state_dicts.load(change.build(snippets.SEEDS[1]), given.weights, chosen.strict)


def _sheet(loading: Loading) -> None:
    tensor_sheet("modules.saved", _rows(loading), _columns())


def code(state: State) -> str:
    """Save, read back, load: what is on the screen."""
    given = _given(state.value)
    return snippets.loading(state.value.saved_into, state.value.strict, given.file, given.own)


def _controls(state: State) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        titles = {"trained": _("Net, trained on photographs"), "random": _("Net, random")}
        titles |= {"file": _("A file of your own")}
        widgets.choose(state, "saved_weights", _("Weights that were saved"), titles, width=250)
        into = {key: _(change.title) for key, change in CHANGES.items()}
        widgets.choose(state, "saved_into", _("What is different in the network now"), into, width=270)
        widgets.toggle(state, "strict", "strict", help=_("What load_state_dict is told."))
        if state.value.saved_weights != "file":
            given, label = _given(state.value), _("Download the file")
            name = "birds_vs_airplanes.pt"
            download(
                label,
                lambda: state_dicts.saved(given.weights),
                name,
                "modules.download",
                icon=":material/download:",
            )
    if state.value.saved_weights == "file":
        _upload()


def _upload() -> None:
    limit = uploads.limit_mb(MAX_MB)
    tip = _(
        "Up to {limit} MB: a state_dict as torch.save writes it, a training checkpoint too, or safetensors. "
        "Only tensors and plain values are read."
    )
    label = _("Checkpoint (.pt, .pth, .ckpt, .bin or .safetensors)")
    file = st.file_uploader(label, max_upload_size=limit, help=tip.format(limit=limit), key=_UPLOAD)
    uploads.read(_UPLOAD, [file] if file else [], _read)


def _read(file: Any) -> _Given:
    """A learner's file, whatever network its weights are of. Raises UserError."""
    weights, found = checkpoints.weights(file.getvalue(), _showable)
    return _Given(weights, WeightsFile(f"my_checkpoint.{found.name.rpartition('.')[2]}", found.keys), True)


def _showable(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors themselves, before any value is read. Raises UserError where they are too many or large."""
    entries = sum(tensor.numel() for tensor in tensors.values())
    if entries > MOST_ENTRIES:
        told = N_(
            "The file's tensors have {count:,} entries and {most:,} can be shown: choose a smaller one."
        )
        raise UserError(told, count=entries, most=MOST_ENTRIES)
    if len(tensors) > MOST_TENSORS:
        told = N_("The file holds {count:,} tensors and {most} can be shown: choose a smaller network.")
        raise UserError(told, count=len(tensors), most=MOST_TENSORS)
    if max(map(len, tensors), default=0) > MOST_LETTERS:
        told = N_("A tensor's name in this file has more than {most} letters: choose shorter names.")
        raise UserError(told, most=MOST_LETTERS)
    return tensors


def _given(chosen: SavedControls) -> _Given:
    """The weights that the controls name. Raises UserError where there is no file yet."""
    if chosen.saved_weights == "random":
        return _Given(seeded(designs.Net, snippets.SEEDS[0]).state_dict(), None)
    if chosen.saved_weights == "trained":
        file = WeightsFile("convlab/weights/net.safetensors")
        return _Given(bundled.weights("net").probe.network.state_dict(), file)
    found = uploads.given(_UPLOAD)
    if not found:
        raise UserError(N_("There is no checkpoint yet: upload one above, or choose other weights."))
    given: _Given = found[0].content
    return given


def _said(chosen: SavedControls, loading: Loading) -> None:
    """The line that ran and what PyTorch says, then what became of the tensors, in a sentence."""
    made = snippets.made(CHANGES[chosen.saved_into])
    call = f">>> model.load_state_dict(\n...     state_dict, strict={chosen.strict})"
    ran = f">>> model = {made}\n{call}\n{loading.said}"
    blocks: list[Block] = [Code(ran, height_px=_SCROLLED_PX if len(loading.said) > _LONG else None)]
    blocks.append(Sentence(_became(loading)))
    if loading.count("own"):
        blocks.append(Sentence(prose("modules", "saved_counter")))
    answer("modules.saved.said", *blocks)


def _became(loading: Loading) -> str:
    """How many tensors are loaded, in a sentence."""
    count, names = loading.count("loaded"), sum(entry.before is not None for entry in loading.entries)
    if loading.raised and count:
        text = _(
            "An error, and yet **{count} of the network's {names} tensors are loaded**: "
            "PyTorch copies all that fits before it complains."
        )
    elif loading.raised:
        text = _("An error, and **none of the network's {names} tensors is loaded**.")
    elif count < names:
        text = _(
            "No error, and yet **only {count} of the network's {names} tensors are loaded**: "
            "the others are as they were before."
        )
    else:
        text = _("All {names} tensors of the network are loaded.")
    return text.format(count=count, names=names)


def _columns() -> list[Column]:
    titles = _("In the network before"), _("In the file"), _("After load_state_dict")
    return [Column(title, "weights") for title in titles]


def _rows(loading: Loading) -> list[Row]:
    """A row for each name, as a state_dict has them: no modules."""
    parameters = {name for name, _parameter in loading.model.named_parameters()}

    def kind(entry: Entry) -> str:
        if entry.before is None:
            return _("in the file")
        return PARAMETER if entry.name in parameters else BUFFER

    return [
        Row(one.name, kind(one), (one.before, one.given, one.after), _note(one), _MARKS[one.fate])
        for one in loading.entries
    ]


def _note(entry: Entry) -> str:
    note = _NOTES[entry.fate]
    return _(note) if note else ""


def _panel(loading: Loading) -> None:
    """What became of the tensors in numbers, and each tensor."""
    names: dict[Fate, str] = {
        "loaded": _("Loaded"),
        "missing": _("Missing"),
        "unexpected": _("Unexpected"),
        "mismatch": _("Size mismatch"),
    }
    results({title: loading.count(fate) for fate, title in names.items()})
    tensor_numbers("modules.saved", _rows(loading), _columns())


def _whole(loading: Loading) -> None:
    """Why a network itself is not saved."""
    st.markdown(prose("modules", "saved_whole"))
    lines = ">>> torch.save(model, path)\n>>> torch.load(path)\n"
    st.code(lines + state_dicts.read_whole(loading.model), language=None, wrap_lines=True)
