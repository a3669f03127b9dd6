"""A run as one script of plain PyTorch that a learner can read, run and change."""

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence

from convlab.errors import N_, Sentence
from convlab.networks import designs
from convlab.networks.initialisation import initialise
from convlab.pictures import images
from convlab.snippets import network as network_snippets
from convlab.snippets import writer
from convlab.snippets.writer import call, definitions
from convlab.training import first_layer, network, story
from convlab.training.batches import CHUNK
from convlab.training.engine import LOST
from convlab.training.randomness import AUGMENTATION
from convlab.training.settings import Settings
from convlab.training.story import Leg, Story

GIVEN = "start.safetensors"  # where a script finds its first weights, if they are not random
_LOAD = f'from safetensors.torch import load_file\nmodel.load_state_dict(load_file("{GIVEN}"))'
CALM_LR = 0.03
_SHARED = ("threads", "data", "pictures", "measured")  # parts that a fork need not repeat


def script(settings: Settings, dataset_title: str, classes: Sequence[str], data_expression: str) -> str:
    """Script of a run that is not there yet, as ``script_of``."""
    about = {"data": {"title": dataset_title}, "classes": list(classes)}
    return script_of(Story((Leg(settings, environment=about),)), lambda _key: data_expression)


def script_of(told: Story, data: Callable[[str], str]) -> str:
    """Script that trains as a run did, with all that happened to it and to those that it was forked from.

    It has ``losses``, ``train_accuracies``, ``val_losses`` and ``val_accuracies`` of the run's epochs, and
    ``train_accuracy``, measured at the end. Order of the pictures, augmentation, initial weights, dropout and
    learning rates are the run's own, so on the CPU it gives the run's numbers but for rounding, which grows
    with the epochs: the run pools before its tanh, and its channels come last.

    ``data``: key of a data set -> lines of Python that define ``train_images``, ``val_images`` (uint8
    [N, 3, 32, 32]), ``train_labels``, ``val_labels`` (int64 [N]).
    """
    parts, seen = [_comment(told)], dict[str, str]()
    for leg in told.legs:
        ran = f"{leg.outline.epochs} of its {leg.settings.epochs} epochs"
        heading = "the weights go on, all else begins anew" if leg is told.leg else ran
        parts += [f"# {leg.name!r}: {heading}."] if told.parents else []
        for kind, text in _parts(told, leg, data):
            if kind not in _SHARED or seen.get(kind) != text:
                parts.append(text)
                seen[kind] = text
                if kind == "data":
                    seen.pop("pictures", None)
    return re.sub(r"\n{4,}", "\n\n\n", writer.script(*parts))


def data_code(key: str) -> str:
    """Lines that read a prepared data set's file, which lies beside the script."""
    return f"""from safetensors.torch import load_file

pictures = load_file("{key}.safetensors")
train_images, train_labels = pictures["train.images"], pictures["train.labels"]
val_images, val_labels = pictures["val.images"], pictures["val.labels"]"""


def doubts(told: Story) -> list[Sentence]:
    """Why its script may not give a run's own numbers."""
    found, environments = [], [leg.environment for leg in told.legs]
    gpus = [device for leg in told.legs for device in leg.devices if device != "cpu"]
    if gpus:
        said = N_(
            "The run is on {device}, the script on the CPU: sums are rounded otherwise, dropout drops others."
        )
        found.append(Sentence(said, {"device": gpus[0]}))
    versions = {about["torch"] for about in environments if "torch" in about}
    versions |= {halt.torch for leg in told.legs for halt in leg.outline.halts if halt.torch}
    if len(versions) > 1:
        said = N_("It was trained with several versions of PyTorch ({versions}): the last digits may differ.")
        found.append(Sentence(said, {"versions": ", ".join(sorted(versions))}))
    if not all(map(calm, told.legs)):
        said = N_("At such a learning rate rounding is enlarged: the numbers begin alike and drift apart.")
        found.append(Sentence(said))
    return found


def calm(leg: Leg) -> bool:
    """Whether rounding stays small through a run's epochs: SGD as careful as the book's, or nearly so.

    On sketches, 100 epochs at lr 0.01 change the third digit of the loss; at 0.1, or with momentum 0.9 or
    Adam, four epochs do; a rate at which the loss jumps leaves no digit the same.
    """
    settings, end = leg.settings, max(1, leg.done)
    steps = sorted({*range(0, end, math.ceil(end / 300)), *leg.changes})
    peak = max([*leg.rates(steps), *([settings.lr] if not leg.done else [])])
    return settings.optimizer == "sgd" and peak / (1 - settings.momentum) <= CALM_LR


def _comment(told: Story) -> str:
    """What the run went on, what happened to it, and why the numbers may differ."""
    about = told.leg.environment
    lines = [f"The run: device {about['device']}, PyTorch {about['torch']}."] if "torch" in about else []
    lines += [str(said) for said in (*story.events(told), *doubts(told))]
    return "\n".join(f"# {' '.join(line.split())}" for line in lines)


def _parts(told: Story, leg: Leg, data: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Kind and text of a leg's parts, in their order."""
    settings, about = leg.settings, leg.environment
    title, classes = " ".join(str(about["data"]["title"]).split()), about["classes"]
    yield "threads", f"torch.set_num_threads({settings.threads})"
    yield "data", f"# {title!r}: {', '.join(map(repr, classes))}\n{data(settings.data).strip()}"
    yield "pictures", _normalise(settings)
    if leg is told.legs[0]:
        yield from (("network", part) for part in _network(settings, len(classes)))
        yield from [("network", _LOAD)] if told.given is not None else []
    if leg is not told.leg and not leg.outline.epochs:
        return  # a fork of weights that were not trained
    yield "optimiser", _optimiser(settings)
    if settings.flip or settings.shift_px:
        yield "augmentation", _augment(settings)
    as_in_book = settings.validate_in_train_mode
    mode, size = ("", settings.batch_size) if as_in_book else ("    model.eval()\n", CHUNK)
    yield "measured", _MEASURED.format(mode=mode, size=size)
    yield "loop", _loop(leg)
    if leg is told.leg:
        yield "end", "" if leg.state == "diverged" else _END


def _normalise(settings: Settings) -> str:
    if settings.normalisation == "data":
        figures = """values = train_images.double() / 255
mean = values.mean((0, 2, 3)).float()
std = values.std((0, 2, 3), correction=0).clamp(min=1 / 255).float()"""
    else:
        mean, std = list(images.CIFAR10_MEAN), list(images.CIFAR10_STD)
        figures = f"mean, std = torch.tensor({mean}), torch.tensor({std})"
    return f"""{figures}


def prepared(pictures):
    return (pictures / 255 - mean[:, None, None]) / std[:, None, None]


train_pictures, val_pictures = prepared(train_images), prepared(val_images)"""


def _network(settings: Settings, num_classes: int) -> list[str]:
    parts = network_snippets.source(settings.design)
    model = call(designs.design(settings.design).make.__name__, network.options(settings, num_classes))
    build = f"torch.manual_seed({settings.seed})\nmodel = {model}"
    if settings.initialisation != "pytorch":
        parts = [*parts, inspect.getsource(initialise).rstrip()]
        build += f"\ninitialise(model, {settings.initialisation!r})"
    return [definitions(parts), build]


def _optimiser(settings: Settings) -> str:
    given = settings.model_dump(include={"lr", "momentum", "nesterov", "weight_decay"})
    needed = {"weight_decay"} if settings.optimizer == "adamw" else {}  # whose default is not 0
    told = "".join(f", {name}={value!r}" for name, value in given.items() if value or name in needed)
    kind = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}[settings.optimizer]
    optimizer = f"optimizer = torch.optim.{kind}(model.parameters(){told})"
    if settings.schedule == "constant":
        return optimizer
    return f"""{optimizer}
steps = {settings.epochs} * -(-len(train_pictures) // {settings.batch_size})
scheduler = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, max_lr={settings.lr!r}, total_steps=steps, cycle_momentum=False
)"""


def _augment(settings: Settings) -> str:
    body, far = "", settings.shift_px
    if settings.flip:
        body += "\n    flipped = torch.rand(len(batch), generator=augmentation) < 0.5"
        body += "\n    batch = torch.where(flipped[:, None, None, None], batch.flip(3), batch)"
    if far:
        body += f"""
    down, right = torch.randint(-{far}, {far + 1}, (2, len(batch)), generator=augmentation).tolist()
    padded = F.pad(batch, ({far}, {far}, {far}, {far}))
    batch = torch.stack([
        picture[:, {far} - y : {far + 32} - y, {far} - x : {far + 32} - x]
        for picture, y, x in zip(padded, down, right)
    ])"""
    return f"""augmentation = torch.Generator().manual_seed({settings.seed + AUGMENTATION})


def augmented(batch):{body}
    return batch
"""


_MEASURED = """
def measured(pictures, labels):
{mode}    loss = right = 0
    with torch.no_grad():
        for batch, wanted in zip(pictures.split({size}), labels.split({size})):
            logits = model(batch)
            loss += F.cross_entropy(logits, wanted, reduction="sum").item()
            right += (logits.argmax(1) == wanted).sum().item()
    model.train()
    return loss / len(labels), right / len(labels)

"""


def _loop(leg: Leg) -> str:
    settings, (epochs, cut, lost, after) = leg.settings, _ending(leg)
    drawn = "torch.randperm(len(train_pictures), generator=order)"
    if settings.unshuffled:
        drawn = "torch.arange(len(train_pictures))"
    pictures = "train_pictures[index]"
    if settings.flip or settings.shift_px:
        pictures = f"augmented({pictures})"
    smoothing = f", label_smoothing={settings.label_smoothing!r}" if settings.label_smoothing else ""
    those = " if p.requires_grad" if first_layer.is_fixed(settings.design) else ""
    penalties = "".join(
        f"\n        loss = loss + {value!r} * sum(p.{term}.sum() for p in model.parameters(){those})"
        for value, term in ((settings.l1, "abs()"), (settings.l2, "pow(2)"))
        if value
    )
    schedule = "\n        scheduler.step()" if settings.schedule == "one_cycle" else ""
    rates, change = _changes(leg)
    heads = "batch, index in enumerate(batches, 1)" if change else "index in batches"
    return f"""{rates}order = torch.Generator().manual_seed({settings.seed})
torch.manual_seed({settings.seed})  # of dropout
losses, train_accuracies, val_losses, val_accuracies = [], [], [], []
for epoch in range(1, {epochs} + 1):
    batches = {drawn}.split({settings.batch_size}){cut}
    batch_losses, right = [], 0
    for {heads}:{change}
        logits = model({pictures})
        loss = F.cross_entropy(logits, train_labels[index]{smoothing}){penalties}{lost}
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(){schedule}
        batch_losses.append(loss.item())
        right += (logits.argmax(1) == train_labels[index]).sum().item(){after}
    losses.append(sum(batch_losses) / len(batch_losses))
    train_accuracies.append(right / len(train_labels))
    val_loss, val_accuracy = measured(val_pictures, val_labels)
    val_losses.append(val_loss)
    val_accuracies.append(val_accuracy)
    print(
        f"epoch {{epoch}}: training loss {{losses[-1]:.4f}}, accuracy {{train_accuracies[-1]:.4f}};"
        f" validation loss {{val_loss:.4f}}, accuracy {{val_accuracy:.4f}}"
    )"""


_END = """_, train_accuracy = measured(train_pictures, train_labels)
print(f"training accuracy of the final weights {train_accuracy:.4f}")"""


def _changes(leg: Leg) -> tuple[str, str]:
    """Lines before the loop and at the head of a batch for rates that were set on the way; "" for none."""
    if not leg.changes:
        return "", ""
    places = {(step // leg.per_epoch + 1, step % leg.per_epoch + 1): lr for step, lr in leg.changes.items()}
    listed = "".join(f"\n    {place}: {lr!r}," for place, lr in places.items())
    rates = f"rates = {{  # set on the way: (epoch, batch): the learning rate from there on{listed}\n}}\n"
    change = """
        if (epoch, batch) in rates:
            group = optimizer.param_groups[0]"""
    if leg.settings.schedule == "constant":
        return rates, f'{change}\n            group["lr"] = rates[epoch, batch]'
    change += """
            scale = rates[epoch, batch] / group["lr"]  # of the rest of the cycle
            for name in ("lr", "initial_lr", "max_lr", "min_lr"):
                group[name] *= scale"""
    return rates, change


def _ending(leg: Leg) -> tuple[int, str, str, str]:
    """How many epochs the loop begins, and lines behind an epoch's batches, a loss, the batches' loop."""
    outline, planned = leg.outline, leg.settings.epochs
    if not leg.per_epoch or leg.state in ("queued", "running"):
        return planned, "", "", ""
    if leg.state == "diverged":
        lost = f"""
        if not loss <= {LOST:g}:  # nor is NaN: here the run ended
            break"""
        after = f"""
    if not loss <= {LOST:g}:
        print(f"epoch {{epoch}}: the loss is lost in batch {{len(batch_losses) + 1}}")
        break"""
        return planned, "", lost, after
    if not outline.batches:
        return outline.epochs, "", "", ""
    last = outline.epochs + 1
    cut = f"""
    if epoch == {last}:  # the run ended in the middle of this one
        batches = batches[:{outline.batches}]"""
    after = f"""
    if epoch == {last}:
        loss = sum(batch_losses) / len(batch_losses)
        print(f"epoch {{epoch}}: mean loss of {{len(batches)}} batches {{loss:.4f}}")
        break"""
    return last, cut, "", after
