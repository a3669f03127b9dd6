"""What a module registers: its submodules, and the parameters that an optimiser gets (8.2.4 to 8.3.3)."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st
from torch import nn

from convlab.networks import designs, registration
from convlab.networks.designs import NetModules, parameter_counts, seeded
from convlab.networks.plain import Net
from convlab.networks.registration import Handover
from convlab.snippets import network, writer
from convlab.ui import numbers, widgets
from convlab.ui.components.answer import Sentence, answer
from convlab.ui.components.tensor_sheet import Row, Step, tensor_sheet
from convlab.ui.modules import registered_views as views
from convlab.ui.modules.controls import Answer, Earlier, ModulesControls, State
from convlab.ui.numbers import by_numbers
from convlab.ui.tensor_rows import rows_of, tensor_numbers
from convlab.ui.words import _, enumerated, sentences

_MOST_COUNTS = 12  # that the line of counts writes out
_WRITTEN_OUT: dict[str, type[nn.Module]] = {"net": Net, "modules": NetModules}  # as the book has them


@dataclass(frozen=True)
class _Tree:
    """A network whose parameters are shown: the source that it was made of, and its lines for each module."""

    module: nn.Module
    source: str
    lines: dict[str, tuple[int, ...]]


def show(state: State) -> None:
    """A row of controls, and the view that they choose."""
    topics = {
        "tree": _("Parameters, one by one"),
        "holders": _("Lists and dicts"),
        "fit": _("Do the layers fit?"),
        "forms": _("Four ways to write it"),
        "calls": _("Call or forward"),
    }
    shown: dict[str, tuple[Callable[[State], None], Callable[[State], None]]] = {
        "tree": (_tree_controls, _show_tree),
        "holders": (views.holder_controls, views.show_holders),
        "fit": (views.fit_controls, views.show_fit),
        "forms": (views.form_controls, views.show_forms),
        "calls": (views.call_controls, views.show_calls),
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        widgets.choose(state, "topic", _("Look at"), topics, as_buttons=True, width="content")
        controls, view = shown[state.value.topic]
        controls(state)
    view(state)


def answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer; None where only the page can."""
    if controls.topic == "holders":
        return views.holder_answers(controls)
    return {"tree": _tree_answered, "fit": views.fit_answered, "calls": views.call_answered}.get(
        controls.topic
    )


def code(state: State) -> str:
    """The script of the view that is shown."""
    if state.value.topic != "tree":
        return views.code(state)
    tree_of = state.value.tree_of
    written = _WRITTEN_OUT.get(tree_of)
    sources = [inspect.getsource(written)] if written else network.source(tree_of)
    build = f"torch.manual_seed(0)\nmodel = {_maker(tree_of).__name__}()"
    counts = "counts = [parameter.numel() for parameter in model.parameters()]\nprint(sum(counts), counts)"
    return writer.script(writer.definitions(sources), build, counts)


def _maker(tree_of: str) -> Callable[..., nn.Module]:
    return _WRITTEN_OUT.get(tree_of) or designs.design(tree_of).make


def _tree_controls(state: State) -> None:
    titles = {
        name: _("Net, a module for each step") if name == "modules" else _(designs.design(name).title)
        for name in widgets.choices(state.model.model_fields["tree_of"])
    }
    widgets.choose(state, "tree_of", _("Network"), titles, width=300)


def _show_tree(state: State) -> None:
    _tree_answered(state.value, ())
    tree = _tree(state.value.tree_of)
    by_numbers("modules", _tree_numbers, tree.module, *_tree_sheet(tree))


def _tree_sheet(tree: _Tree) -> tuple[list[Row], list[Any]]:
    return rows_of(tree.module, lines=tree.lines), [_("Values at the start")]


def _tree_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """What ``parameters()`` hands out, in a sentence and step by step."""
    tree = _tree(chosen.tree_of)
    counts = parameter_counts(tree.module)
    written = ", ".join(map(str, counts[:_MOST_COUNTS])) + (", …" if len(counts) > _MOST_COUNTS else "")
    said = _("`parameters()` hands out {tensors} tensors, `[{counts}]`: {total:,} numbers.")
    said = said.format(tensors=len(counts), counts=written, total=sum(counts))
    answer("modules.tree.said", Sentence(sentences(said, _options(chosen.tree_of))))
    steps = list(_steps(tree))
    tensor_sheet("modules.tree", *_tree_sheet(tree), code=tree.source, steps=steps, reveals=True)


def _options(tree_of: str) -> str:
    """With which arguments a class of the lab's was called, which its code shows by name; "" without any."""
    made = _maker(tree_of)
    if not isinstance(made, type):
        return ""
    chosen = {name: one.default for name, one in inspect.signature(made).parameters.items()}
    if not chosen:
        return ""
    said = _("Here the class is called as `{call}`.").format(call=writer.call(made.__name__, chosen))
    if "activation" in chosen:
        said = sentences(
            said, _("`getattr(torch, {name!r})` is `torch.{name}`.").format(name=chosen["activation"])
        )
    return said


def _tree_numbers(module: nn.Module, rows: list[Row], columns: list[Any]) -> None:
    """Each moment of ``parameters()``, then the sheet."""
    moments = list(registration.handovers(module))
    numbers.listed(
        {
            _("Module"): [moment.module or moment.kind for moment in moments],
            _("Hands out"): [moment.tensor for moment in moments],
            _("Numbers"): [moment.count for moment in moments],
            _("So far"): [moment.total for moment in moments],
        }
    )
    tensor_numbers("modules.tree", rows, columns)


@cache
def _tree(tree_of: str) -> _Tree:
    module = seeded(_maker(tree_of), 0)
    if isinstance(module, nn.Sequential):
        lines: dict[str, tuple[int, ...]] = {
            name: (n,) for n, (name, _layer) in enumerate(module.named_children(), 1)
        }
        return _Tree(module, views.written_out(module), lines)
    classes = {type(part) for part in module.modules() if type(part).__module__.startswith("convlab.")}
    inner = sorted(classes - {type(module)}, key=lambda part: part.__name__)
    source = "\n\n".join(views.bare(part) for part in (*inner, type(module)))
    return _Tree(module, source, registration.registering_lines(module, source))


def _steps(tree: _Tree) -> Iterator[Step]:
    """What ``parameters()`` does, a step at a time."""
    yield Step(_("The optimiser asks for net.parameters(). Press play, or step, to see what it is given."))
    count = total = 0
    for moment in registration.handovers(tree.module):
        count, total = count + bool(moment.tensor), moment.total
        yield Step(_moment(moment), (moment.tensor or moment.module,), tree.lines.get(moment.module, ()))
    yield Step(_("Done: {count} tensors, {total:,} numbers.").format(count=count, total=total))


def _moment(moment: Handover) -> str:
    """One moment, in a sentence."""
    name = f"{moment.module} ({moment.kind})" if moment.module else moment.kind
    if moment.tensor:
        said = _("{name} hands out its {tensor}: {count:,} numbers, {total:,} so far.")
        last = moment.tensor.rpartition(".")[2]
        return said.format(name=name, tensor=last, count=moment.count, total=moment.total)
    if moment.asks:
        said = _("{name} has no parameter of its own: it asks {asked}.")
        asked = [*moment.asks[:5], *(["…"] if len(moment.asks) > 5 else [])]
        return said.format(name=name, asked=enumerated(asked))
    return _("{name} has no parameter.").format(name=name)
