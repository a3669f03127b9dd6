"""Devices and dtypes: what moving does to a network, a tensor, an optimiser, a file (8.4.3)."""

from collections.abc import Callable, Sequence

import streamlit as st

from convlab.networks import moving
from convlab.networks.designs import Net, seeded
from convlab.networks.moving import Fact, Stepped
from convlab.snippets import moving as snippets
from convlab.ui import startup, widgets
from convlab.ui.components.answer import Block, Blocks, Code, Sentence, Table, answer, answers
from convlab.ui.kept import once
from convlab.ui.modules import moved_time
from convlab.ui.modules.controls import Answer, ModulesControls, MovedControls, State
from convlab.ui.words import _, prose

_ID_DIGITS = 6


def show(state: State) -> None:
    """One of five things to try, with the lines that run and what they give."""
    titles = {
        "to": _("A network, a tensor"),
        "optimizer": _("An optimiser"),
        "mixed": _("Mixed"),
        "file": _("A file, pinned memory"),
        "time": _("How much faster"),
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        widgets.choose(state, "moving", _("What is moved"), titles, as_buttons=True)
        _CONTROLS[state.value.moving](state)
    _SHOWN[state.value.moving](state)


def code(state: State) -> str:
    """The script of what is on the screen."""
    chosen = state.value
    if chosen.moving == "to":
        return snippets.moved_script(chosen.moved_to)
    if chosen.moving == "optimizer":
        return snippets.stepped_script(chosen.optimizer_to, chosen.optimizer_first)
    if chosen.moving == "mixed":
        return snippets.mixed_script(chosen.moved_network, chosen.moved_picture, chosen.mended)
    if chosen.moving == "file":
        return snippets.mapped(_where(chosen))
    return snippets.timed()


def answered(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer, where it takes no more than the controls."""
    return _ANSWERED.get(controls.moving)


def _targets(chosen: str) -> dict[str, str]:
    """What ``to`` can be told, as it is written; "mps" where there is such a device."""
    return {name: name for name in moving.TARGETS if _offered(name) or chosen == name}


def _offered(move: str) -> bool:
    return move != "mps" or not moving.absent(move)


def _to_controls(state: State) -> None:
    widgets.choose(state, "moved_to", _("Moved to"), _targets(state.value.moved_to), width=150)


_moved = once(len(moving.TARGETS))(moving.moved)  # an object's number is another one each time


def _to(state: State) -> None:
    lines, left, right, back = moved_to(state.value).items()
    answer(lines[0], *lines[1])
    for place, (key, blocks) in zip(st.columns(2), (left, right), strict=True):
        with place:
            answer(key, *blocks)
    answer(back[0], *back[1])


def moved_to(chosen: MovedControls) -> Blocks:
    """The lines that run, what became of the network and of the tensor, and the way back from "meta"."""
    found, lines = _moved(chosen.moved_to), Code(snippets.moved(chosen.moved_to), python=True)
    network: list[Block] = [
        Sentence(_("**The network is changed in place**, and is what `to` gives back.")),
        _table(found.network),
    ]
    tensor: list[Block] = [
        Sentence(_("**The tensor stays as it is**: `to` gives another one.")),
        _table(found.tensor),
    ]
    back = f">>> model.to('cpu')\n{moving.back_from_meta()}"
    return {
        "modules.to": [lines, Code(found.said)] if found.said else [lines],
        "modules.to.network": [] if found.said else network,
        "modules.to.tensor": [] if found.said else tensor,
        "modules.to.back": [Code(back)] if chosen.moved_to == "meta" else [],
    }


def _table(facts: Sequence[Fact]) -> Table:
    return Table(
        {
            _("What"): [_(fact.what) for fact in facts],
            _("In Python"): [f"`{fact.expression}`" for fact in facts],
            _("Before"): [_value(fact.before or "") for fact in facts],
            _("After"): [_after(fact) for fact in facts],
        }
    )


def _value(text: str) -> str:
    """As it is; of an identity the last digits, by which one can be told from another."""
    return f"…{text[-_ID_DIGITS:]}" if text.startswith("0x") else text


def _after(fact: Fact) -> str:
    """In bold where it is another value than before."""
    value = _value(fact.after)
    return f"**{value}**" if fact.before not in (None, fact.after) else value


def _optimizer_controls(state: State) -> None:
    titles = _targets(state.value.optimizer_to) | {moving.TO_EMPTY: _("from meta, by to_empty()")}
    widgets.choose(state, "optimizer_to", _("The network moves to"), titles, width=230)
    label = _("The optimiser is made before to()")
    if state.value.optimizer_to == moving.TO_EMPTY:
        label = _("The optimiser is made before to_empty()")
    widgets.toggle(state, "optimizer_first", label)


def _optimizer(state: State) -> None:
    for place, (key, blocks) in zip(st.columns(2), optimizer(state.value).items(), strict=True):
        with place:
            answer(key, *blocks)


def optimizer(chosen: MovedControls) -> Blocks:
    """The lines that run and what the optimiser holds then; beside it, what each move comes to."""
    startup.prepare_optimisers()
    found = moving.stepped(chosen.optimizer_to, chosen.optimizer_first)
    lines = Code(snippets.stepped(chosen.optimizer_to, chosen.optimizer_first), python=True)
    said = Sentence(_("**All moves**, and the greatest change of a weight after one step:"))
    return {
        "modules.optimizer": [lines, *([Code(found.said)] if found.said else _held(found))],
        "modules.optimizer.all": [said, _all_moves()],
    }


def _held(found: Stepped) -> list[Block]:
    """Whether the optimiser holds the network's own parameters, by identity."""
    same = [one.in_network == one.in_optimizer for one in found.held]
    if all(same):
        said = _("**The optimiser holds the network's own parameters.**")
    else:
        said = _("**The optimiser holds other tensors** than the network, and trains those.")
    table = Table(
        {
            _("Parameter"): [one.name for one in found.held],
            _("id in the network"): [_value(hex(one.in_network)) for one in found.held],
            _("id in the optimiser"): [
                _value(hex(one.in_optimizer)) if alike else f"**{_value(hex(one.in_optimizer))}**"
                for one, alike in zip(found.held, same, strict=True)
            ],
        }
    )
    return [Sentence(said), table]


def _all_moves() -> Table:
    names = list(filter(_offered, moving.MOVES))
    columns = {
        _("Optimiser made before that move"): [_change(name, True) for name in names],
        _("Optimiser made after it"): [_change(name, False) for name in names],
    }
    titles = {moving.TO_EMPTY: _("from meta, by to_empty()")}
    return Table({_("Moved to"): [titles.get(name, name) for name in names], **columns})


def _change(move: str, optimizer_first: bool) -> str:
    """What one step did to the network, as Markdown."""
    if moving.absent(move):
        return _("no GPU here")
    found = moving.stepped(move, optimizer_first)
    if found.said:
        return _("an error")
    lost = any(one.in_network != one.in_optimizer for one in found.held)
    if found.change is None:
        return _("**other tensors**; no values") if lost else _("its own tensors; no values")
    text = _("**other tensors**: {change:.6f}") if lost else _("its own tensors: {change:.6f}")
    return text.format(change=found.change)


def _kinds() -> dict[str, str]:
    return {
        "float32": _("float32, on the CPU"),
        "float64": _("float64, on the CPU"),
        "float16": _("float16, on the CPU"),
        "bfloat16": _("bfloat16, on the CPU"),
        "uint8": _("uint8, on the CPU"),
        "meta": _("float32, on meta"),
        "cuda": _("float32, on the GPU (cuda)"),
    }


def _of_network() -> dict[str, str]:
    kinds = widgets.choices(MovedControls.model_fields["moved_network"])
    return {kind: _kinds()[kind] for kind in kinds}


def _mixed_controls(state: State) -> None:
    widgets.choose(state, "moved_network", _("The network"), _of_network(), width=220)
    widgets.choose(state, "moved_picture", _("The picture"), _kinds(), width=220)
    widgets.toggle(state, "mended", _("Convert the picture first"))


def _mixed(state: State) -> None:
    answers(mixed(state.value))


def mixed(chosen: MovedControls) -> Blocks:
    """The lines that run, PyTorch's words, why, and which mixtures run."""
    picked = chosen.moved_network, chosen.moved_picture, chosen.mended
    found = moving.mixed(*picked)
    why = Sentence(_("It runs.") if found.runs else _reason(*picked))
    lines = Code(snippets.mixed(*picked), python=True)
    return {"modules.mixed": [lines, Code(found.said), why, _grid(*picked)]}


def _reason(network: str, picture: str, mended: bool) -> str:
    """Why a mixture does not run."""
    if moving.absent(network) or moving.absent(picture):
        return _("**There is no GPU for `cuda` here**: PyTorch stops at the move, before anything is mixed.")
    if mended and picture == "meta":
        return _("**A picture on `meta` has no values**, so there is nothing to convert.")
    return _("**PyTorch converts nothing by itself here**: both must be alike, device and dtype.")


def _grid(network: str, picture: str, mended: bool) -> Table:
    """Which networks take which pictures; what is chosen is in bold."""
    titles = _kinds()
    rows = list(_of_network())

    def answer(row: str, column: str) -> str:
        if moving.absent(row) or moving.absent(column):
            text = _("no GPU here")
        else:
            text = _("runs") if moving.mixed(row, column, mended).runs else _("error")
        return f"**▸ {text}**" if (row, column) == (network, picture) else text

    columns = {titles[column]: [answer(row, column) for row in rows] for column in titles}
    return Table({_("Network ↓, picture →"): [titles[row] for row in rows], **columns})


def _where(chosen: MovedControls) -> str | None:
    return None if chosen.map_location == "none" else chosen.map_location


def _file_controls(state: State) -> None:
    titles = {"none": _("nothing"), "cpu": "cpu", **_targets(state.value.map_location)}
    offered = widgets.choices(MovedControls.model_fields["map_location"])
    widgets.choose(
        state, "map_location", None, {key: titles[key] for key in offered if key in titles}, width=150
    )


def _file(state: State) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown(_("**`map_location` says where the tensors of a file go.**"))
        answers(loaded(state.value))
        st.markdown(prose("modules", "moved_file"))
    with right:
        st.markdown(_("**Pinned memory** is memory of the CPU from which a GPU copies faster."))
        lines = f">>> torch.zeros(1).pin_memory().is_pinned()\n{moving.pinned()}"
        warned = moving.pinned_loader()
        if warned:
            lines += f"\n>>> next(iter(DataLoader(pictures, pin_memory=True)))\n{warned}"
        st.code(lines, language=None, wrap_lines=True)
        st.markdown(prose("modules", "moved_pinned"))


def loaded(chosen: MovedControls) -> Blocks:
    """``torch.load`` with a place for the tensors, and where they are then."""
    where = _where(chosen)
    found = moving.mapped(seeded(Net, 0).state_dict(), where)
    asked = f">>> state_dict = torch.load(path{'' if where is None else f', map_location={where!r}'})"
    seen = f">>> {{str(tensor.device) for tensor in state_dict.values()}}\n{set(found.devices)}"
    return {"modules.file": [Code(f"{asked}\n{found.said or seen}")]}


_CONTROLS: dict[str, Callable[[State], None]] = {
    "to": _to_controls,
    "optimizer": _optimizer_controls,
    "mixed": _mixed_controls,
    "file": _file_controls,
    "time": lambda state: None,
}
_SHOWN: dict[str, Callable[[State], None]] = {
    "to": _to,
    "optimizer": _optimizer,
    "mixed": _mixed,
    "file": _file,
    "time": lambda state: moved_time.show(),
}
_ANSWERED: dict[str, Answer] = {
    "to": lambda chosen, _earlier: answers(moved_to(chosen)),
    "optimizer": lambda chosen, _earlier: answers(optimizer(chosen)),
    "mixed": lambda chosen, _earlier: answers(mixed(chosen)),
    "file": lambda chosen, _earlier: answers(loaded(chosen)),
}
