"""Further views of what a module registers: holders, layers that fit, forms, calls (8.2.4 to 8.3.3)."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st
import torch
from torch import nn

from convlab.errors import N_
from convlab.networks import designs, forms, registration, shape_errors
from convlab.networks.designs import NetModules, seeded, sequential_net
from convlab.networks.plain import Net
from convlab.snippets import registration as snippets
from convlab.snippets import writer
from convlab.ui import widgets
from convlab.ui.components.answer import Block, Blocks, Code, Sentence, Table, answer, answers
from convlab.ui.components.tensor_sheet import Row, tensor_sheet
from convlab.ui.failures import failure
from convlab.ui.modules.controls import Answer, Earlier, ModulesControls, State
from convlab.ui.numbers import by_numbers
from convlab.ui.tensor_rows import rows_of, tensor_numbers
from convlab.ui.words import _, cell

_HOLDERS = {
    "attribute": "self.conv1 = …",
    "list": "[…]",
    "dict": "{…}",
    "ModuleList": "nn.ModuleList",
    "ModuleDict": "nn.ModuleDict",
    "Sequential": "nn.Sequential",
    "no_super": N_("no super().__init__()"),
}
_FORM_SOURCES: dict[str, Callable[..., Any]] = {
    "modules": NetModules,
    "functional": Net,
    "sequential": sequential_net,
    "function": forms.net_function,
}


_registered = cache(registration.registered)  # modules that nobody changes
_hooks_run = cache(registration.hooks_run)


@cache
def _compared() -> dict[str, forms.Form]:
    """All forms on 64 random pictures."""
    batch = torch.randn(64, *designs.INPUT_SHAPE, generator=torch.Generator().manual_seed(0))
    return forms.compared(batch)


@cache
def _source(made: Any) -> str:
    return writer.without_docstrings(inspect.getsource(made))


def bare(made: Any) -> str:
    """The source of a class or function, without docstrings."""
    return _source(made)


def written_out(layers: nn.Sequential) -> str:
    """The layers as one writes them, with the numbers that they have."""
    return "\n".join(["model = nn.Sequential(", *(f"    nn.{layer!r}," for layer in layers), ")"])


def _holders() -> dict[str, str]:
    return {holder: _(name) for holder, name in _HOLDERS.items()}


def holder_controls(state: State) -> None:
    """What holds the two convolutions."""
    widgets.choose(state, "held_in", _("Two convolutions, held in"), _holders(), width=230)


def show_holders(state: State) -> None:
    """What each holder registers, side by side, and the chosen one with its code and tensors."""
    if state.value.held_in == "no_super":
        _holder_table("no_super")
        st.code(bare(registration.WithoutSuper), language="python", wrap_lines=True)
        st.code(f"AttributeError: {registration.without_super()}", language=None, wrap_lines=True)
        return
    _holder_answered(state.value, ())
    by_numbers("modules", tensor_numbers, "modules.holder", *_holder_sheet(state.value.held_in))


def holder_answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer; None where there is no module to show."""
    return None if controls.held_in == "no_super" else _holder_answered


def _holder_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    _holder_table(chosen.held_in)
    source = bare(type(_registered(chosen.held_in).module))
    tensor_sheet("modules.holder", *_holder_sheet(chosen.held_in), code=source)


def _holder_sheet(held_in: str) -> tuple[list[Row], list[str]]:
    """The tensors that are registered, then those that are not."""
    module = _registered(held_in).module
    source = bare(type(module))
    lines = registration.registering_lines(module, source)
    rows = rows_of(module, lines=lines)
    for name, part in registration.unregistered(module).items():
        lost = rows_of(part)
        notes = {True: _("works, but is not registered: no optimiser gets it"), False: _("not registered")}
        at = registration.lines_of_attribute(type(module).__name__, name.partition("[")[0], source)
        for row in lost:
            path = f"{name}.{row.name}" if row.name else name
            rows.append(replace(row, name=path, mark="gone", note=notes[not row.name], lines=at))
    return rows, [_("Values at the start")]


def _holder_table(held_in: str) -> None:
    """A row for each holder; what is chosen is in bold. The last class is never made."""
    made = [_registered(holder) for holder in registration.HOLDERS]
    registers = [
        ", ".join(name for name, part in one.module.named_modules() if isinstance(part, nn.Conv2d))
        for one in made
    ]
    given = [
        _("{count} tensors").format(count=one.given) if one.given else f"ValueError: {one.message}"
        for one in made
    ]
    refused = cell(f"AttributeError: {registration.without_super()}")
    table = Table(
        {
            _("Held in"): [
                f"**▸ {cell(name)}**" if holder == held_in else cell(name)
                for holder, name in _holders().items()
            ],
            _("Registered"): [*(names or _("nothing") for names in registers), refused],
            _("Parameters"): [*(f"{one.parameters:,}" for one in made), ""],
            "SGD(net.parameters(), lr=0.01)": [*given, ""],
            _("net(picture)"): [*(str(list(one.output)) for one in made), ""],
        }
    )
    answer("modules.holder.table", table)


def fit_controls(state: State) -> None:
    """The numbers that may not fit each other."""
    widgets.toggle(state, "flatten", "nn.Flatten()")
    for name, label in (("in_features", None), ("stack_kernel", "kernel_size"), ("stack_padding", "padding")):
        widgets.number(state, name, label, width=120)


def _stack(chosen: ModulesControls) -> nn.Sequential:
    options = chosen.stack_kernel, chosen.stack_padding, chosen.flatten, chosen.in_features
    return seeded(lambda: forms.stack(*options), 0)


def show_fit(state: State) -> None:
    """The stack layer by layer, and what PyTorch says to it."""
    for place, (key, blocks) in zip(st.columns([3, 2]), fit(state.value).items(), strict=True):
        with place:
            answer(key, *blocks)


def fit_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """The same, without the page's layout."""
    answers(fit(chosen))


def fit(chosen: ModulesControls) -> Blocks:
    """The shape behind each layer, and PyTorch's message where one does not fit."""
    made, x = _stack(chosen), torch.zeros(1, *designs.INPUT_SHAPE)
    found = forms.shapes(made, x)
    attempt = shape_errors.try_forward(made, x)
    refused = next((n for n, shape in enumerate(found) if shape is None), len(found))
    said = {refused: _("PyTorch refuses")}
    shapes = [said.get(n, "") if shape is None else str(list(shape)) for n, shape in enumerate(found)]
    layers = Table({"nn.Sequential": [f"nn.{layer!r}" for layer in made], _("Shape behind it"): shapes})
    if attempt.error:
        told: Block = failure(attempt)
    else:
        fits = _("The layers fit: a picture {picture} becomes {logits}.")
        fits = fits.format(picture=list(x.shape), logits=list(found[-1] or ()))
        told = Sentence(fits, "good")
    return {"modules.fit.layers": [layers], "modules.fit.said": [told]}


def form_controls(state: State) -> None:
    """What stands beside the chapter's class."""
    titles = {"modules": _("Modules alone"), "sequential": "nn.Sequential", "function": _("No module at all")}
    widgets.choose(state, "beside", _("Beside Net"), titles, as_buttons=True, width="content")


def show_forms(state: State) -> None:
    """Two of the forms side by side, and all four on the same batch with the same weights."""
    titles = {
        "modules": "NetModules",
        "functional": "Net",
        "sequential": "nn.Sequential",
        "function": "net_function",
    }
    found = _compared()
    expected = found["functional"].logits
    st.table(
        {
            _("Same weights, same 64 pictures"): [titles[form] for form in found],
            _("Modules registered"): [one.modules for one in found.values()],
            _("First parameter"): [one.names[0] for one in found.values()],
            _("Logits of the first picture"): [
                ", ".join(f"{value:.7f}" for value in one.logits[0].tolist()) for one in found.values()
            ],
            _("Largest difference from Net"): [
                f"{float((one.logits - expected).abs().max())}" for one in found.values()
            ],
        }
    )
    with st.container(key="modules.forms"):
        places = st.columns(2)
    for form, place in zip(("functional", state.value.beside), places, strict=True):
        shown = written_out(sequential_net()) if form == "sequential" else bare(_FORM_SOURCES[form])
        place.code(shown, language="python", wrap_lines=True)


def call_controls(state: State) -> None:
    """How often the network is called, and its forward directly."""
    widgets.number(state, "calls", _("net(x), times"), width=140)
    widgets.number(state, "forwards", _("net.forward(x), times"), width=170)


def show_calls(state: State) -> None:
    """How often a hook that counts has run, on the network and on a layer in it."""
    call_answered(state.value, ())


def call_answered(chosen: ModulesControls, _earlier: Earlier) -> None:
    """The same: there is no more layout to it."""
    ran = _hooks_run(chosen.calls, chosen.forwards)
    times = chosen.calls + chosen.forwards
    table = Table(
        {
            _("A hook that counts, on"): ["net", "net.conv1"],
            _("Its forward ran"): [times, times],
            _("The hook ran"): [ran.net, ran.conv1],
        }
    )
    equal = _("All {times} outputs are equal to the bit.").format(times=times)
    calls = snippets.CALLS.format(calls=chosen.calls, forwards=chosen.forwards)
    ran_code = Code(f"{snippets.COUNTING}\n\n{calls}", python=True)
    answer("modules.called", table, *([Sentence(equal)] if ran.equal and times > 1 else []), ran_code)


def code(state: State) -> str:
    """The script of the view that is shown."""
    chosen = state.value
    if chosen.topic == "holders":
        return _holder_code(chosen.held_in)
    if chosen.topic == "fit":
        built = f"torch.manual_seed(0)\n{written_out(_stack(chosen))}\nx = torch.zeros(1, 3, 32, 32)"
        return writer.script(built, snippets.tried("print(model(x).shape)", "RuntimeError"))
    if chosen.topic == "forms":
        parts: list[Callable[..., Any]] = [designs.activation_layer, *_FORM_SOURCES.values()]
        return writer.script(
            writer.definitions([inspect.getsource(part).rstrip() for part in parts]), snippets.FORMS
        )
    sources = [inspect.getsource(Net).rstrip()]
    made = "torch.manual_seed(0)\nnet = Net()\nx = torch.ones(1, 3, 32, 32)"
    calls = snippets.CALLS.format(calls=chosen.calls, forwards=chosen.forwards)
    return writer.script(writer.definitions(sources), made, snippets.COUNTING, calls)


def _holder_code(held_in: str) -> str:
    made = registration.WithoutSuper if held_in == "no_super" else registration.HOLDERS[held_in]
    source = writer.definitions([inspect.getsource(made).rstrip()])
    if held_in == "no_super":
        return writer.script(source, snippets.tried(f"net = {made.__name__}()", "AttributeError"))
    built = f"torch.manual_seed(0)\nnet = {made.__name__}()"
    printed = "print([name for name, parameter in net.named_parameters()])"
    optimiser = "print(torch.optim.SGD(net.parameters(), lr=1e-2))"
    return writer.script(source, built, printed, snippets.tried(optimiser, "ValueError"))
