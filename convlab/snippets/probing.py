"""Scripts of Probe's experiments: the network with its classes, what the page asks it, its figures printed.

They use ConvLab's own functions, so they are run in its folder; those about one picture go on behind the
script of its verdict, which defines ``pixels`` and ``model``.
"""

from collections.abc import Sequence

from torch import Tensor

from convlab.networks.checkpoints import Match, WeightsFile
from convlab.networks.edits import Edits
from convlab.probing.probe import Probe
from convlab.snippets import network as network_snippets
from convlab.snippets import writer

SHOWN = 8  # pictures of a kind that are printed


def bare(
    probe: Probe, match: Match, weights_file: WeightsFile | None, changed: Edits, *experiment: str
) -> str:
    """Script of an experiment that needs no picture of the learner's: ``model``, ``probe``, what it asks."""
    built = network_snippets.built(match.design, match.options, 0, weights_file, changed)
    source = writer.definitions(network_snippets.source(match.design))
    return writer.script(source, f"{built}\nmodel.eval()", _probe(probe), *experiment)


def behind(verdict: str, probe: Probe, *experiment: str) -> str:
    """Script of an experiment with one picture, behind that of its verdict."""
    return writer.script(verdict, _probe(probe), *experiment)


def _probe(probe: Probe) -> str:
    told = f"{probe.classes!r}, {probe.mean!r}, {probe.std!r}"
    return f"from convlab.probing.probe import Probe\nprobe = Probe(model, {told})"


def four_ways(target: int, layer: str | None) -> str:
    """Lines that make ``maps`` by all methods, and ``left`` of each when the layers are randomised."""
    return f"""from convlab.probing import attribution
target, maps, left = {target}, {{}}, {{}}
for key in attribution.METHODS:
    explain = attribution.method(key, {layer!r})
    maps[key] = explain(probe, pixels, target)
    print(key, "to", maps[key].abs().max().item(), "sum", maps[key].sum().item())
    left[key] = attribution.survival(probe, pixels, target, explain)
    for step in left[key]:
        print("    randomised from", step.layer, "correlation", step.correlation)
difference = attribution.logit_difference(probe, pixels, target)
print("logit above the mean colour's", difference)"""


def examined(key: str) -> str:
    """Lines that ask the network about the validation pictures of a data set: ``split`` and ``found``."""
    return f"""from convlab.datasets import exams
from convlab.probing import evaluation
exam = exams.get({key!r})
split = evaluation.matched(probe, exam.classes, exam.val)  # labels as the network counts
found = evaluation.evaluate(probe, split.images, split.labels)
print("accuracy", found.accuracy, "loss", found.loss)"""


def mistakes(temperature: float) -> str:
    """Lines behind ``examined``: confusion, ``best`` temperature, ``surest`` mistakes, ``least`` certain."""
    return f"""best = evaluation.best_temperature(found)
print(found.confusion)
for value in sorted({{1.0, {temperature!r}, best}}):
    print("temperature", value, evaluation.measures(found, value))
surest, least = evaluation.mistakes(found, {SHOWN}), evaluation.least_certain(found, {SHOWN})
print(*surest, *least, sep="\\n")"""


def in_cell(label: int, prediction: int) -> str:
    """Lines behind ``mistakes``: ``those``, the answers of one cell of the confusion matrix."""
    return f"""those = evaluation.in_cell(found, {label}, {prediction})
print(len(those), "of the cell", *those[:{SHOWN}], sep="\\n")"""


def outside(kind: str, count: int, key: str = "") -> str:
    """Lines that show the network pictures of no class: ``strangers``, their ``logits``, how sure: ``told``.

    ``kind``: "noise" (``count`` pictures), "plain", "photos", or "data", those of the data set ``key``.
    """
    imports, made = {
        "noise": ("", f"ood.uniform_noise({count})"),
        "plain": ("", "ood.plain_colours()"),
        "photos": (
            "from convlab.pictures import crop, photographs\n",
            "torch.stack([crop.cut(photographs.photograph(key)) for key in photographs.PHOTOGRAPHS])",
        ),
        "data": ("from convlab.datasets import exams\n", f"exams.get({key!r}).val.images"),
    }[kind]
    return f"""{imports}from convlab.probing import ood
strangers = {made}
logits = probe.logits(strangers)
told = ood.sureness(logits)
print("over a threshold", told.above, "verdicts", dict(zip(probe.classes, told.verdicts)))"""


def compared(score: str, threshold: float) -> str:
    """Lines behind ``outside`` and ``examined``: ``comparison`` of both kinds of pictures by a score."""
    place = "threshold" if score == "max_softmax" else "low + threshold * (high - low)"
    return f"""comparison = ood.compare(found.logits, logits, {score!r})
edges = comparison.histogram(40)[0]
low, high, threshold = edges[0].item(), edges[-1].item(), {threshold!r}
refused = comparison.refused({place})
print("AUROC", comparison.auroc, "refused inside and outside", refused)"""


def pushed(kind: str, values: Sequence[float], temperature: float) -> str:
    """Lines that change the picture along a slider: ``chances`` [N, K] at its values."""
    return f"""from convlab.probing import perturbations
values = {list(values)}
changed = perturbations.pictures(probe, pixels, {kind!r}, values)
chances = probe.probabilities(changed, {temperature!r})
for value, row in zip(values, chances.tolist()):
    print(value, dict(zip(probe.classes, row)))"""


def pushed_all(kind: str, values: Sequence[float]) -> str:
    """Lines behind ``examined`` that change all its pictures: ``along``, the accuracies."""
    return f"""from convlab.probing import perturbations
along = perturbations.accuracy_along(probe, split, {kind!r}, {list(values)})
print("accuracy along the slider", along)"""


def painted(board: str) -> str:
    """Lines that paint a board on the picture: ``after``, uint8 [3, 32, 32]."""
    return f"""from convlab.pictures.board import Board
after = Board.decode({board!r}).painted_on(pixels)
print("painted pixels", (after != pixels).any(0).sum().item())
print(dict(zip(probe.classes, probe.probabilities(after[None])[0].tolist())))"""


def ascended(target: int, budget: float, norm: str) -> str:
    """Lines that let the gradient change the picture: ``edit``."""
    return f"""from convlab.probing import adversarial
edit = adversarial.ascend(probe, pixels, {target}, {budget!r}, {norm!r})
print("probability", edit.probabilities[0].item(), "to", edit.probabilities.max().item())
print("size of the change", edit.change.norm().item(), "largest", edit.change.abs().max().item())"""


def least_change(target: int, norm: str) -> str:
    """Lines that look for the least change which turns the verdict: ``flips``."""
    return f"""from convlab.probing import adversarial
flips = adversarial.least_change(probe, pixels[None], {target}, {norm!r})
print("a change of this size is enough", flips.upper_bounds[0].item())"""


def in_both_modes(batch_size: int, order: str, seed: int) -> str:
    """Lines behind ``examined``: what is ``measured`` in eval() and in train()."""
    return f"""from convlab.probing import modes
batches = {{"batch_size": {batch_size}, "order": {order!r}, "seed": {seed}}}
measured = [modes.measure(probe, split, training, **batches) for training in (False, True)]
for mode, one in zip(("eval()", "train()"), measured):
    print(mode, "accuracy", one.accuracy, "buffers moved", one.moved)"""


def operated(
    layer: str, out_channel: int, in_channel: int | None, value: float | Tensor, share: float
) -> str:
    """Lines behind ``examined``: accuracy with a kernel replaced, without each in turn, and pruned."""
    told = repr(value) if isinstance(value, float) else f"torch.tensor({value.tolist()})"
    return f"""from convlab.probing import surgery


def accuracy(changed):
    return evaluation.evaluate(changed, split.images, split.labels).accuracy


edited = surgery.edited(probe, {layer!r}, {out_channel}, {in_channel}, {told})
after = accuracy(edited)
print("with the new kernel", after)
without = list(surgery.knock_outs(probe, split, {layer!r}))
print("without each kernel in turn", without)
cut = surgery.pruned(probe, {share!r})
left = accuracy(cut.probe)
print("pruned", cut.zeros, "of", cut.weights, "weights: accuracy", left)"""
