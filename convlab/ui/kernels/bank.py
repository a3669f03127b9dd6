"""The experiment "bank": a layer of several output channels, each of its kernels edited alone."""

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from convlab.convolution import bank, kernels
from convlab.convolution.bank import Bank, Edits, One
from convlab.errors import UserError
from convlab.snippets import convolution
from convlab.ui.boundary import acting, say_problem
from convlab.ui.code_panel import code_panel
from convlab.ui.components.kernel_bank import Shown, kernel_bank, received
from convlab.ui.components.shared import hear, pasted, revision
from convlab.ui.kernels import bank_numbers
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import change_along, take_edit
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import Picture, working_picture
from convlab.ui.widgets import choose, number
from convlab.ui.words import _, explain

SIDE_PX = 32
TRAINED = "net"  # of the bundled networks: the one of the chapter, trained on photographs
_KEY = "kernels.bank"
_KNOWN = f"{_KEY}.known"  # the number of the bank that the browser's edits start from, and what it is
_REFUSED = f"{_KEY}.refused"  # how often what was pasted was refused, and why it was the last time


def bank_experiment(state: State, _picture: Picture) -> None:
    """Show the bank, take the edits made in it, and give the script that makes the same maps."""
    _choices(state)
    _buttons(state)
    controls, picture = state.value, picture_of(state.value)
    shown = shown_bank(controls, picture)
    origin, known = st.session_state.get(_KNOWN, (0, None))
    st.session_state[_KNOWN] = origin + (known != _identity(controls)), _identity(controls)
    kernel_bank(
        _KEY,
        picture,
        controls.settings,
        shown,
        chosen=chosen(controls),
        own_scales=controls.bank_scale == "own",
        revision=revision(_KEY),
        origin=st.session_state[_KNOWN][0],
        refusal=_refusal(),
        on_edit=lambda: take_bank(state),
        on_paste=lambda: _take_paste(state),
    )
    put = bank_numbers.Put(lambda n: state.change(bank_kernel=n), lambda n, one: _put(state, n, one))
    label = _("The bank by numbers")
    by_numbers(_KEY, bank_numbers.panel, shown, chosen(controls), put, label=label)
    arguments = (controls.bank_start, controls.bank_seed, controls.bank_changes)
    code_panel(convolution.bank(picture.code, shown.bank, controls.settings, *arguments), "bank.py")


def _choices(state: State) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number(state, "bank_count", _("Kernels"), width=120, help=_("Output channels of the layer."))
        starts = {
            "pytorch": _("as PyTorch draws them"),
            "presets": _("the presets, one for each"),
            "net": _("conv1 of the trained Net"),
        }
        choose(state, "bank_start", _("Start"), starts, width=230)
        if state.value.bank_start == "pytorch":
            number(state, "bank_seed", _("Seed"), width=120)
        colours = {"rgb": _("RGB: 3 channels"), "grey": _("grey: 1 channel")}
        colour_help = _("Of this picture alone. Changes to kernels of the other are kept.")
        choose(state, "bank_colour", _("Picture in"), colours, width=180, help=colour_help)
        scales = {"shared": _("one for all maps"), "own": _("each map its own")}
        choose(state, "bank_scale", _("Colour scale"), scales, width=180)


def _buttons(state: State) -> None:
    controls, n = state.value, chosen(state.value)
    fits = controls.kernel_size == (bank.SIDE, bank.SIDE)
    actions = {
        "use": (_("Use kernel {n} in the lab"), lambda: _use(state), True, ""),
        "take": (_("Put the lab's kernel here"), lambda: _take(state), fits, _not_fitting(controls, fits)),
        "reset": (_("Kernel {n} as it started"), lambda: _reset(state, n), _is_edited(controls, n), ""),
        "reset_all": (_("All as they started"), lambda: _reset(state), _is_edited(controls), ""),
    }
    with st.container(horizontal=True):
        for name, (label, act, enabled, why) in actions.items():
            st.button(
                label.format(n=n),
                key=f"{_KEY}.{name}",
                on_click=acting(act, _KEY),
                disabled=not enabled,
                help=why or None,
            )
    say_problem(_KEY)


def _not_fitting(controls: KernelsControls, fits: bool) -> str:
    rows, columns = controls.kernel_size
    sentence = _("The bank's kernels are 3 × 3, and the lab's is {rows} × {columns}: resize it there.")
    return "" if fits else sentence.format(rows=rows, columns=columns)


def _is_edited(controls: KernelsControls, n: int | None = None) -> bool:
    edited = edited_kernels(controls)
    return bool(edited) if n is None else n in edited


# ---- what is shown ----------------------------------------------------------------------------------------


def picture_of(controls: KernelsControls) -> Picture:
    """The page's picture at 32 px, in the bank's own colours, whatever the lab has."""
    there = controls.model_copy(update={"size": SIDE_PX, "colour": controls.bank_colour})
    return working_picture(there, exact=True)[0]


def channels(controls: KernelsControls) -> int:
    """Input channels of the bank."""
    return 3 if controls.bank_colour == "rgb" else 1


def chosen(controls: KernelsControls) -> int:
    """The kernel whose cells are open; the last where the bank has fewer than there were."""
    return min(controls.bank_kernel, controls.bank_count - 1)


def start(controls: KernelsControls) -> Bank:
    """The bank before any change."""
    return _started(controls.bank_start, controls.bank_count, channels(controls), controls.bank_seed)


@lru_cache(maxsize=32)
def _started(kind: str, count: int, of_channels: int, seed: int) -> Bank:
    if kind == "presets":
        return bank.of_presets(count, of_channels, seed)
    if kind == "pytorch":
        return bank.as_pytorch(count, of_channels, seed)
    from convlab.probing import bundled  # the page opens sooner without it

    conv1 = bundled.weights(TRAINED).probe.network.get_submodule("conv1")
    return bank.of_layer(conv1.get_parameter("weight"), conv1.get_parameter("bias"), count, of_channels)


def edited_kernels(controls: KernelsControls) -> list[int]:
    """The kernels on the screen that a learner has changed."""
    there = controls.bank_changes.keys()
    return [n for n in range(controls.bank_count) if (channels(controls), n) in there]


def shown_bank(controls: KernelsControls, picture: Picture) -> Shown:
    """The bank, and its maps by one layer of PyTorch; or the sentence why there are none."""
    made = bank.applied(start(controls), controls.bank_changes)
    edited = edited_kernels(controls)
    titles = [_(kernels.PRESETS[key].title) for key in bank.preset_keys(made.count)]
    named = controls.bank_start == "presets"
    names = [title if named and n not in edited else "" for n, title in enumerate(titles)]
    shown = Shown(made, None, None, "", names, edited, _facts(made, picture, ""))
    try:
        geometry = bank.geometry(picture.values, controls.settings)
        maps = bank.convolve(picture.values, made, controls.settings)
    except UserError as error:
        return replace(shown, error=explain(error))
    facts = _facts(made, picture, str([1, *maps.shape]))
    return replace(shown, maps=maps, geometry=geometry, facts=facts)


def _facts(made: Bank, picture: Picture, output: str) -> list[tuple[str, str]]:
    count = f"{made.parameters} = {made.count} × ({made.channels} × {bank.SIDE} × {bank.SIDE} + 1)"
    shapes = f"{[1, *picture.pixels.shape]} → {output}" if output else str([1, *picture.pixels.shape])
    return [
        ("weight", str([*made.weight.shape])),
        ("bias", str([*made.bias.shape])),
        (_("Input → output") if output else _("Input"), shapes),
        (_("Parameters"), count),
    ]


# ---- what a learner changes -------------------------------------------------------------------------------


def _identity(controls: KernelsControls) -> tuple[object, ...]:
    return (*(getattr(controls, name) for name in KernelsControls.model_fields if name.startswith("bank_")),)


def take_bank(state: State, event: str = "bank") -> None:
    """Keep the bank that the browser has sent with this event, if it sent one."""
    sent = received(_KEY, event)
    if sent is None or (sent.origin, _identity(state.value)) != st.session_state.get(_KNOWN):
        return  # another start was chosen after this edit and overtook it
    hear(_KEY, sent.revision)
    begun = start(state.value)
    if sent.bank.weight.shape == begun.weight.shape:
        _keep(state, bank.changes(begun, sent.bank))
        state.change(bank_kernel=sent.chosen)
        st.session_state[_KNOWN] = sent.origin, _identity(state.value)


def _take_paste(state: State) -> None:
    """Fill the cells from the chosen one on with what was pasted there, or none of them."""
    take_bank(state, "paste")
    one = bank.applied(start(state.value), state.value.bank_changes)[n := chosen(state.value)]
    if received(_KEY, "paste") is None or (sent := pasted(_KEY, one.kernel.shape)) is None:
        return
    count = st.session_state.get(_REFUSED, (0, None))[0]
    try:
        _put(state, n, One(kernels.put(one.kernel, kernels.parse(sent[0]), sent[1]), one.bias))
    except UserError as error:
        st.session_state[_REFUSED] = count + 1, error
    else:
        st.session_state[_REFUSED] = count, None


def _refusal() -> tuple[int, str]:
    count, error = st.session_state.get(_REFUSED, (0, None))
    return (count, explain(error)) if error is not None else (0, "")


def _keep(state: State, edits: Edits) -> None:
    """These are the changes to the kernels on the screen; those to others stay."""
    controls = state.value
    shown = {(channels(controls), n) for n in range(controls.bank_count)}
    others = {place: one for place, one in controls.bank_changes.items() if place not in shown}
    state.change(bank_edits=bank.format_edits({**others, **edits}))


def _put(state: State, n: int, one: One) -> None:
    """Make this kernel n's. Raises UserError for what is no kernel of the bank."""
    begun = start(state.value)
    made = bank.applied(begun, state.value.bank_changes).replaced(n, one)
    _keep(state, bank.changes(begun, made))


def _use(state: State) -> None:
    take_bank(state)  # an edit that came in the same message was made before
    controls = state.value
    one = bank.applied(start(controls), controls.bank_changes)[chosen(controls)]
    colour = "rgb" if len(one.kernel) > 1 else controls.colour
    change_along(state, kernel=kernels.format_kernel(one.kernel), bias=one.bias, colour=colour)


def _take(state: State) -> None:
    take_bank(state)
    take_edit(state)
    controls = state.value
    _put(state, chosen(controls), One(controls.weights, controls.bias))


def _reset(state: State, n: int | None = None) -> None:
    take_bank(state)
    controls = state.value
    there = {(channels(controls), k) for k in range(controls.bank_count) if n in (None, k)}
    left = {place: one for place, one in controls.bank_changes.items() if place not in there}
    state.change(bank_edits=bank.format_edits(left))
