"""What the lab shows in the place of the learner's picture while an experiment is open, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
import torch

from convlab.convolution.equivariance import Equivariance, equivariance, shift_image
from convlab.errors import UserError
from convlab.ui.components.kernel_lab import Remark
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import change_along
from convlab.ui.picture import Picture, smaller, working_picture
from convlab.ui.words import _, enumerated

MATRIX_PX = 8
_SCENE = "kernels.scene"
_LOOKS = "kernels.looks"  # how often the lab was set up from below, where one does not see it


@dataclass(frozen=True)
class _Scene:
    """What the lab is set up to show: the sentence about it, the controls before it and in it."""

    sentence: str
    before: dict[str, Any]
    inside: dict[str, Any]


def staged(state: State, picture: Picture) -> tuple[Picture, Remark]:
    """The picture of the lab, and the line above it; where an experiment cannot be, it says why itself."""
    controls, looks = state.value, st.session_state.get(_LOOKS, 0)
    if controls.experiment == "matrix":
        sentence = _("The middle {size} × {size} pixels at {px} px: chosen by the experiment.")
        text = sentence.format(size=controls.matrix_size, px=MATRIX_PX)
        return small(controls), Remark(text, looks)
    if controls.experiment == "shift" and (controls.shift_x or controls.shift_y):
        try:
            result = shifts(controls, picture)
        except UserError:
            return picture, Remark("", looks)
        differs = None if result.difference is None else result.difference != 0
        return shifted(controls, picture), Remark(_shift_in_words(controls, result), looks, differs)
    if (scene := _scene(state)) is not None:
        return picture, Remark(scene.sentence, looks)
    return picture, Remark("", looks)


def go_back(state: State) -> None:
    """Show the learner's own picture again, with the controls that it had."""
    controls = state.value
    if controls.experiment == "matrix":
        state.change(experiment="notice")
    elif controls.experiment == "shift":
        state.change(shift_x=0, shift_y=0)
    else:
        leave_scene(state)


def leave_scene(state: State) -> None:
    """Set the controls as they were before the lab was set up; nothing where it is not."""
    if (scene := _scene(state)) is not None:
        change_along(state, **scene.before)
        st.session_state.pop(_SCENE)


def set_up(state: State, sentence: str, controls: Mapping[str, Any]) -> None:
    """Set up the lab so that something can be seen in it; ``go_back`` undoes that."""
    before = {name: getattr(state.value, name) for name in controls}
    change_along(state, **controls)
    inside = {name: getattr(state.value, name) for name in controls}
    st.session_state[_SCENE] = _Scene(sentence, before, inside)
    st.session_state[_LOOKS] = st.session_state.get(_LOOKS, 0) + 1


def _scene(state: State) -> _Scene | None:
    """What the lab is set up for, as long as nothing of it is changed."""
    found: _Scene | None = st.session_state.get(_SCENE)
    if found is None or any(getattr(state.value, name) != value for name, value in found.inside.items()):
        return None
    return found


def small(controls: KernelsControls) -> Picture:
    """The middle of the picture at 8 px, matrix_size x matrix_size."""
    whole, _notice = working_picture(smaller(controls, MATRIX_PX))
    side, size = whole.pixels.shape[-1], controls.matrix_size
    start = (side - size) // 2
    end = start + size
    code = f"{whole.pixels_code}\npixels = pixels[:, {start}:{end}, {start}:{end}]"
    pixels, identity = whole.pixels[:, start:end, start:end], f"{whole.identity}/middle {size}"
    return replace(whole, pixels=pixels, pixels_code=code, identity=identity, stock="")


def shifted(controls: KernelsControls, picture: Picture) -> Picture:
    """The picture moved; where it leaves a place, that is black."""
    by = (controls.shift_x, controls.shift_y, controls.wrap)
    identity = f"{picture.identity}/shifted {by}"
    return replace(picture, pixels=shift_image(picture.pixels, *by), identity=identity, stock="")


def black(picture: Picture) -> list[float]:
    """The values of a black pixel, channel by channel; none where they are 0."""
    if not picture.normalised:
        return []
    pixel = torch.zeros(len(picture.pixels), 1, 1, dtype=torch.uint8)
    values: list[float] = replace(picture, pixels=pixel).values.flatten().tolist()
    return values


def shifts(controls: KernelsControls, picture: Picture) -> Equivariance:
    """The output of the shifted picture beside the shifted output."""
    by = (controls.shift_x, controls.shift_y, controls.wrap)
    return equivariance(picture.values, controls.weights, controls.settings, *by, fill=black(picture))


def _shift_in_words(controls: KernelsControls, result: Equivariance) -> str:
    steps = (
        (controls.shift_x, _("{px} px to the right"), _("{px} px to the left")),
        (controls.shift_y, _("{px} px down"), _("{px} px up")),
    )
    moves = [(ahead if by > 0 else back).format(px=abs(by)) for by, ahead, back in steps if by]
    sentence = _("The picture is shifted {moves}: set by the experiment below.")
    text = sentence.format(moves=enumerated(moves))
    if result.difference is None:
        return text
    count, every = int((result.difference != 0).sum()), result.difference.numel()
    outlined = _("Outlined in the output: the {count} of {all} pixels that differ from the shifted output.")
    alike = _("The output is the shifted output, pixel by pixel.")
    return f"{text} {outlined.format(count=count, all=every) if count else alike}"
