"""Scripts of plain PyTorch that move a network, a tensor, an optimiser's parameters, a file's weights."""

import inspect

from convlab.networks import moving
from convlab.snippets import network
from convlab.snippets.writer import definitions, script
from convlab.training import timing

_BUILT = "torch.manual_seed(0)\nmodel = Net()"

_MOVED = """weight, x = model.conv1.weight, torch.zeros(1, 3, 32, 32)
moved = model.to({target})
y = x.to({target})"""

_SEEN = """print("moved is model:", moved is model)
print("model.conv1.weight is weight:", model.conv1.weight is weight)
print("y is x:", y is x)
for name, tensor in (("weight", model.conv1.weight), ("x", x), ("y", y)):
    print(f"{name:8} {tensor.device} {tensor.dtype}")"""

_OPTIMIZER = "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)"
_TO_EMPTY = "weights = model.state_dict()\nmodel.to('meta')"
_FILLED = "model.to_empty(device='cpu').load_state_dict(weights)"

_HELD = """held = optimizer.param_groups[0]["params"]
for (name, parameter), other in zip(model.named_parameters(), held):
    print(f"{name:12} {other is parameter}")"""

_STEPPED = """before = [parameter.detach().clone() for parameter in model.parameters()]
pictures = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)).to(model.fc2.bias)
labels = torch.tensor([0, 1, 0, 1]).to(model.fc2.bias.device)
F.cross_entropy(model(pictures), labels).backward()
optimizer.step()
changes = [(new - old).abs().max() for new, old in zip(model.parameters(), before)]
print("greatest change of a weight:", max(changes) if changes[0].device.type != "meta" else "no values")"""

_MIXED = """model.to({device!r}, {dtype})
x = torch.zeros(1, 3, 32, 32).to({of_x!r}, {dtype_of_x})"""

_RUN = """with torch.no_grad():
    logits = model(x)
print(list(logits.shape), logits.dtype, logits.device)"""

_READ = """file = io.BytesIO()  # the path of a file does as well
torch.save(model.state_dict(), file)
file.seek(0)
state_dict = torch.load(file, weights_only=True, map_location={where!r})
print({{str(tensor.device) for tensor in state_dict.values()}})"""

_PIN = "print(torch.zeros(1).pin_memory().is_pinned())"

_TIMED = """device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
seconds = seconds_per_step(Net(), device, 20)
print(f"{device}: {1000 * seconds:.1f} ms a step, {100 * 157 * seconds:.1f} s for 100 epochs")"""


def moved(target: str) -> str:
    """The two lines on which ``moving.moved`` reports, of one of ``moving.TARGETS``."""
    return _MOVED.format(target=_argument(target))


def moved_script(target: str) -> str:
    """Script of ``moving.moved``."""
    return _script(_BUILT, moved(target), _SEEN)


def stepped(move: str, optimizer_first: bool) -> str:
    """The lines on which ``moving.stepped`` reports, in their order."""
    to_empty = move == moving.TO_EMPTY
    to = _FILLED if to_empty else f"model.to({_argument(move)})"
    lines = (_OPTIMIZER, to) if optimizer_first else (to, _OPTIMIZER)
    return "\n".join((*([_TO_EMPTY] if to_empty else []), *lines))


def stepped_script(move: str, optimizer_first: bool) -> str:
    """Script of ``moving.stepped``."""
    return _script(_BUILT, stepped(move, optimizer_first), _HELD, _STEPPED)


def mixed(network: str, picture: str, mended: bool) -> str:
    """The lines of ``moving.mixed``."""
    device, dtype = moving.KINDS[network]
    of_x, dtype_of_x = moving.KINDS[picture]
    lines = _MIXED.format(device=device, dtype=dtype, of_x=of_x, dtype_of_x=dtype_of_x)
    return lines + ("\nx = x.to(model.conv1.weight)" if mended else "") + "\nlogits = model(x)"


def mixed_script(network: str, picture: str, mended: bool) -> str:
    """Script of ``moving.mixed``; where that fails, so does the script, with the same words."""
    lines = mixed(network, picture, mended).removesuffix("\nlogits = model(x)")
    return _script(_BUILT, lines, _RUN)


def mapped(where: str | None) -> str:
    """Script of ``moving.mapped``."""
    return _script("import io", _BUILT, _READ.format(where=where), f"# {_PIN}")


def timed() -> str:
    """Script with the loop that ``timing.fastest`` times."""
    loop = inspect.getsource(timing.seconds_per_step).rstrip()
    return _script("from time import perf_counter", definitions([loop]), _TIMED)


def _argument(target: str) -> str:
    found = moving.target(target)
    return repr(str(found)) if target in ("meta", "cuda", "mps") else str(found)


def _script(*parts: str) -> str:
    return script(definitions(network.source("net")), *parts)
