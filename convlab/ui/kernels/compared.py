"""Two kernels compared: A is kept in the link, B is the present one."""

from convlab.convolution import comparison, conv2d, kernels
from convlab.errors import UserError
from convlab.ui.components.kernel_lab.comparison import Kept, asked
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.edits import LAB, change_along, change_kernel, take_edit
from convlab.ui.kernels.staged import go_back
from convlab.ui.picture import Picture
from convlab.ui.words import explain


def keep(state: State) -> None:
    """Make the kernel and its settings, as they are now, A."""
    state.change(frozen=comparison.write(state.value.layer))


def put_back(state: State) -> None:
    """Make A's kernel and settings the present ones again."""
    if (layer := state.value.frozen_layer) is None:
        return
    settings = {name: getattr(layer.settings, name) for name in type(layer.settings).model_fields}
    settings["padding"] = str(settings["padding"])
    change_along(state, kernel=kernels.format_kernel(layer.kernel), **settings)


def let_go(state: State) -> None:
    """Keep nothing."""
    state.change(frozen="")


def normalise(state: State) -> None:
    """Make the weights that one output pixel sums add up to 1."""
    change_kernel(state, lambda kernel: kernels.normalise(kernel, state.value.channels))


def take(state: State) -> None:
    """Do what a button of the lab asks for, with the kernel on the screen."""
    take_edit(state, "ask")
    actions = {
        "keep": keep,
        "put_back": put_back,
        "let_go": let_go,
        "normalise": normalise,
        "go_back": go_back,
    }
    if action := asked(LAB):
        actions[action](state)


def kept(controls: KernelsControls, picture: Picture) -> Kept | None:
    """A on the present picture, by PyTorch; None where nothing is kept."""
    if (layer := controls.frozen_layer) is None:
        return None
    channels, height, width = picture.pixels.shape
    kernel = layer.kernel[:channels]
    size = (kernel.shape[1], kernel.shape[2])
    try:
        output = conv2d.convolve(picture.values, kernel, layer.settings)
        return Kept(layer, output, conv2d.geometry(height, width, size, layer.settings), "")
    except UserError as error:
        return Kept(layer, None, None, explain(error))
