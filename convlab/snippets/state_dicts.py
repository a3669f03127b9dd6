"""Scripts of plain PyTorch that save the weights of ``Net`` and load them into a network that has changed."""

import inspect

from convlab.networks import state_dicts
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.state_dicts import Change
from convlab.snippets import network
from convlab.snippets.writer import call, definitions, script

SEEDS = 0, 1  # of the network that is saved, where its weights are random, and of the one that loads them

_SAVED = """file = io.BytesIO()  # the path of a file does as well
torch.save(state_dict, file)
file.seek(0)
state_dict = torch.load(file, weights_only=True)
for name, tensor in state_dict.items():
    print(f"{name:24} {list(tensor.shape)}")"""

_LOADED = """try:
    print(model.load_state_dict(state_dict, strict=%s))
except RuntimeError as error:
    print(f"RuntimeError: {error}")"""


def loading(key: str, strict: bool, weights: WeightsFile | None, own: bool = False) -> str:
    """Script whose ``state_dict`` is loaded into ``model``, one of ``state_dicts.CHANGES``.

    Args:
        weights: a file of ``Net``'s weights; None for random ones.
        own: whether the file is a learner's, which may hold weights of any network.
    """
    change = state_dicts.change(key)
    build = f"torch.manual_seed({SEEDS[1]})\nmodel = {made(change)}"
    sources = definitions(_sources(change, not own))
    return script("import io", sources, _given(weights, own), _SAVED, build, _LOADED % strict)


def _given(weights: WeightsFile | None, own: bool) -> str:
    """Lines that define the ``state_dict``."""
    if weights is None:
        return f"torch.manual_seed({SEEDS[0]})\nstate_dict = Net().state_dict()"
    read, imported = network.reading(weights)
    if own:
        return f"{imported}state_dict = {read}"
    return f"{imported}net = Net()\nnet.load_state_dict({read})\nstate_dict = net.state_dict()"


def made(change: Change) -> str:
    """How the network is built, as Python: "Net(kernel_size=5)"."""
    return call(change.make.__name__, change.options)


def _sources(change: Change, net: bool) -> list[str]:
    used = [*network.source("net")] if net else []
    used += [inspect.getsource(part).rstrip() for part in (*change.helpers, change.make)]
    return list(dict.fromkeys(used))
