"""One residual block at many places against a block each: objects, parameters, gradients (8.5.3)."""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from convlab.networks import residual_blocks
from convlab.networks.residual_blocks import Compared
from convlab.networks.variants import NetResDeep
from convlab.snippets import depth as snippets
from convlab.ui import widgets
from convlab.ui.components.answer import Sentence, Table, answer
from convlab.ui.components.tensor_sheet import GRADIENTS, Column, Row, tensor_sheet
from convlab.ui.kept import once
from convlab.ui.modules.controls import DepthControls, Earlier, State
from convlab.ui.numbers import by_numbers
from convlab.ui.tensor_rows import tensor_numbers
from convlab.ui.words import _, counted

MOST_DRAWN = 2  # blocks whose own gradients are drawn
_SHEET = "modules.depth.blocks"

compared = once(4)(residual_blocks.compare)  # with their networks: 8 MB each at most
_parameters = lru_cache(maxsize=4)(residual_blocks.parameters)  # the chapter's, 111 blocks in all


def controls(state: State) -> None:
    """How many blocks, how wide."""
    tip = _("Residual blocks, one behind the other: the chapter has 10, then 100.")
    widgets.number(state, "depth_blocks", "n_blocks", width=110, help=tip)
    widgets.choose(state, "depth_chans", "n_chans1", width=110, help=_("Channels of each block."))


def show(state: State) -> None:
    """What Python and PyTorch say of both networks, then the gradients."""
    found = compared(state.value.depth_chans, state.value.depth_blocks)
    left, right = st.columns([6, 7], gap="medium")
    with left:
        _said(found)
    with right:
        _added(found)
    by_numbers("modules", tensor_numbers, _SHEET, *sheet(found))


def answered(chosen: DepthControls, _earlier: Earlier) -> None:
    """The same, without the page's layout."""
    found = compared(chosen.depth_chans, chosen.depth_blocks)
    _said(found)
    _added(found)


def _said(found: Compared) -> None:
    answer("modules.depth.objects", Table(objects(found)), *map(Sentence, verdict(found)))


def _added(found: Compared) -> None:
    rows, columns = sheet(found)
    tensor_sheet(_SHEET, rows, columns, formula=formula(len(found.separate.resblocks)))
    answer("modules.depth.running", Sentence(running(found)))


def code(state: State) -> str:
    """Of what is shown."""
    return snippets.blocks(state.value.depth_chans, state.value.depth_blocks)


def questions_code(last: int) -> dict[str, Callable[[NetResDeep], object]]:
    """What one asks of a network whose last block has this number: Python's expression -> what answers it."""
    return {
        "len(net.resblocks)": lambda net: len(net.resblocks),
        "id(net.resblocks[0])": lambda net: id(net.resblocks[0]),
        f"id(net.resblocks[{last}])": lambda net: id(net.resblocks[last]),
        f"net.resblocks[0] is net.resblocks[{last}]": lambda net: net.resblocks[0] is net.resblocks[last],
        "len({id(block) for block in net.resblocks})": lambda net: len(
            {id(block) for block in net.resblocks}
        ),
        "len(list(net.parameters()))": lambda net: len(list(net.parameters())),
        "sum(p.numel() for p in net.parameters())": lambda net: sum(p.numel() for p in net.parameters()),
    }


def objects(found: Compared) -> dict[str, list[str]]:
    """Both networks' answers: title of the column -> texts."""
    asked = questions_code(len(found.shared.resblocks) - 1)
    shared, separate = (
        [_text(answer(net)) for answer in asked.values()] for net in (found.shared, found.separate)
    )
    return {
        _("What one asks"): [f"`{question}`" for question in asked],
        _("One block, repeated"): shared,
        _("A block each"): separate,
    }


def _text(answer: object) -> str:
    """Counts with commas, objects' numbers without."""
    counted = isinstance(answer, int) and not isinstance(answer, bool) and answer < 10**9
    return f"{answer:,}" if counted else str(answer)


def verdict(found: Compared) -> tuple[str, str]:
    """What the same weights and the same batch give in both; and the chapter's counts. Markdown."""
    told = _(
        "Both have the same weights here, and saw the same batch. Largest difference of the outputs:"
        " **{logits:g}**; between {blocks} and the repeated block's: **{gradients:g}**."
    )
    one, more = _("the gradients of the one block"), _("the gradients of the {count} blocks, added up,")
    counts = _(
        "With 32 channels the repeated block makes **{shared:,}** parameters at any depth; a block each makes"
        " **{ten:,}** with 10 blocks and **{hundred:,}** with 100."
    )
    count = len(found.separate.resblocks)
    books = {"shared": _parameters(32, 10, True), "ten": _parameters(32, 10, False)}
    books |= {"hundred": _parameters(32, 100, False)}
    blocks = counted(count, one, more)
    text = told.format(logits=found.logits, blocks=blocks, gradients=found.difference)
    return text, counts.format(**books)


def running(found: Compared) -> str:
    """What eval() makes of one set of running statistics, and of one for each place. Markdown."""
    told = _(
        "The repeated block also has one set of running statistics for all its places. Once they know this"
        " batch alone, eval() is **{shared:.2g}** away from train() there, and **{separate:.2g}** with a"
        " block each (largest difference of a logit)."
    )
    return told.format(shared=found.modes[0], separate=found.modes[1])


def sheet(found: Compared) -> tuple[list[Row], list[Column]]:
    """The gradients of some blocks, of all added up, and of the repeated one."""
    blocks, last = list(found.separate.resblocks), len(found.separate.resblocks) - 1
    drawn = range(last + 1) if last < MOST_DRAWN else (0, last)
    titles = [f"resblocks[{n}]" for n in drawn]
    titles += [
        counted(last + 1, _("one use alone"), _("all {count} added up")),
        _("the repeated block"),
    ]
    of_blocks = [{name: p.grad for name, p in blocks[n].named_parameters()} for n in drawn]
    rows = [Row("", "ResBlock")]
    for name, own in found.own.items():
        rows.append(Row(name, "gradient", (*(one[name] for one in of_blocks), found.sums[name], own)))
    return rows, [Column(title, GRADIENTS) for title in titles]


def formula(count: int) -> str:
    """What the sheet says of an entry: the gradients of so many blocks and their sum, where all are drawn."""
    if count > MOST_DRAWN:
        return ""
    return " + ".join(f"{{{n}}}" for n in range(count)) + f" = {{{count}}}"
