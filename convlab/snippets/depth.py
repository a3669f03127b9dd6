"""Scripts for what depth does: norms by layer, one block at many places, two ways to begin (8.5.3)."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from convlab.networks import depth, initialisation, residual_blocks, variants
from convlab.networks.depth import Asked
from convlab.snippets.writer import call, definitions, script


def norms(asked: Asked) -> str:
    """Script that builds a stack and measures it; it has ``loss``, ``activations`` and ``gradients``."""
    arguments = asdict(asked)
    seed, begins = arguments.pop("seed"), arguments.pop("initialisation")
    parts: list[Callable[..., Any]] = [depth.Layer, depth.PlainStack, depth.batch, depth.norms]
    parts += [initialisation.initialise] if begins != "pytorch" else []
    drawn = f"\ninitialise(model, {begins!r})" if begins != "pytorch" else ""
    return script(
        f"PICTURES, SIDE = {depth.PICTURES}, {depth.SIDE}",
        definitions([inspect.getsource(part).rstrip() for part in parts]),
        f"torch.manual_seed({seed})\nmodel = {call('PlainStack', arguments)}{drawn}",
        """loss, activations, gradients = norms(model, *batch())
print(f"loss {loss:.4g}")
for n, (activation, gradient) in enumerate(zip(activations, gradients), 1):
    print(f"layer {n:2}: activations {activation:.3g}, gradient {gradient:.3g}")""",
    )


_COMPARED = """print(said)
for network in (shared, separate):
    blocks, counts = network.resblocks, [parameter.numel() for parameter in network.parameters()]
    distinct = len({id(block) for block in blocks})
    print(f"{len(blocks)} places, blocks: {distinct}, parameters: {sum(counts):,}")

x, labels = torch.randn(PICTURES, 3, 32, 32), torch.arange(PICTURES) % 2
logits = [backward(network, x, labels) for network in (shared, separate)]
print("logits equal:", torch.equal(*logits))
sums, own = added_up(separate.resblocks), added_up(shared.resblocks[:1])
for name in own:
    print(name, "largest difference:", (sums[name] - own[name]).abs().max().item())

modes = eval_apart(shared, x), eval_apart(separate, x)
print("eval() from train():", *modes)"""


def blocks(n_chans1: int, n_blocks: int, seed: int = 0) -> str:
    """Script that compares one block at many places with a block each; it has ``sums`` and ``own``."""
    parts = (
        variants.ResBlock,
        variants.NetResDeep,
        residual_blocks.twins,
        residual_blocks.backward,
        residual_blocks.added_up,
        residual_blocks.eval_apart,
    )
    return script(
        f"PICTURES = {residual_blocks.PICTURES}",
        definitions([inspect.getsource(part).rstrip() for part in parts]),
        f"torch.manual_seed({seed})\nshared, separate, said = twins({n_chans1}, {n_blocks})",
        _COMPARED,
    )


_BEGUN = """for begins in {beginnings!r}:
    torch.manual_seed({seed})
    model = {model}
    initialise(model, begins)
    size, loss, length = first_batch(model, *batch({pictures}, 32))
    found.append((size, loss, length))
    print(f"{{begins}}: last block {{size:.4g}}, loss {{loss:.4g}}, gradient of conv1 {{length:.4g}}")"""


def beginnings(options: dict[str, Any], several: Sequence[str], seed: int, pictures: int) -> str:
    """Script that gives a very deep network several first weights; ``found`` has three numbers for each."""
    parts = (
        variants.ResBlock,
        variants.NetResDeep,
        depth.batch,
        initialisation.initialise,
        residual_blocks.first_batch,
    )
    model = call("NetResDeep", options)
    return script(
        f"PICTURES, SIDE = {depth.PICTURES}, {depth.SIDE}",
        definitions([inspect.getsource(part).rstrip() for part in parts]),
        "found = []",
        _BEGUN.format(beginnings=tuple(several), seed=seed, model=model, pictures=pictures),
    )
