"""A run as one script of plain PyTorch that a learner can read, run and change."""

import inspect
import re
from collections.abc import Sequence

from convlab.networks import designs
from convlab.pictures import images
from convlab.snippets import network as network_snippets
from convlab.snippets.writer import FUNCTIONAL, call, definitions, torch_nn
from convlab.training import network
from convlab.training.randomness import AUGMENTATION
from convlab.training.settings import Settings


def script(settings: Settings, dataset_title: str, classes: Sequence[str], data_expression: str) -> str:
    """Script that trains as the run did: ``losses`` of its epochs, ``train_accuracy``, ``val_accuracy``.

    Order of the pictures, augmentation, initial weights and dropout are the run's own, so on the CPU it gives
    the run's numbers but for rounding, which grows with the epochs: the run pools before its tanh, and its
    channels come last. A learning rate that was changed on the way is not in it.

    Args:
        classes: names, in the order of their labels.
        data_expression: lines of Python that define ``train_images``, ``val_images`` (uint8 [N, 3, 32, 32]),
            ``train_labels``, ``val_labels`` (int64 [N]).
    """
    title = " ".join(dataset_title.split())
    mode = "" if settings.validate_in_train_mode else "    model.eval()\n"
    parts = [
        f"# {title!r}: {', '.join(map(repr, classes))}\n{data_expression.strip()}",
        _normalise(settings),
        *_network(settings, len(classes)),
        _optimiser(settings),
        *([_augment(settings)] if settings.flip or settings.shift_px else []),
        _ACCURACY.format(mode=mode, size=settings.batch_size),
        _loop(settings),
    ]
    body = "\n\n".join(parts)
    head = f"import torch\n{FUNCTIONAL}\n{torch_nn(body)}"
    return re.sub(r"\n{4,}", "\n\n\n", f"{head}\n\n{body}\n")


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
        parts = [*parts, inspect.getsource(network.initialise).rstrip()]
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


_ACCURACY = """
def accuracy(pictures, labels):
{mode}    with torch.no_grad():
        right = sum(
            (model(batch).argmax(1) == wanted).sum().item()
            for batch, wanted in zip(pictures.split({size}), labels.split({size}))
        )
    model.train()
    return right / len(labels)

"""


def _loop(settings: Settings) -> str:
    drawn = "torch.randperm(len(train_pictures), generator=order)"
    if settings.unshuffled:
        drawn = "torch.arange(len(train_pictures))"
    pictures = "train_pictures[index]"
    if settings.flip or settings.shift_px:
        pictures = f"augmented({pictures})"
    smoothing = f", label_smoothing={settings.label_smoothing!r}" if settings.label_smoothing else ""
    penalties = "".join(
        f"\n        loss = loss + {value!r} * sum(p.{term}.sum() for p in model.parameters())"
        for value, term in ((settings.l1, "abs()"), (settings.l2, "pow(2)"))
        if value
    )
    schedule = "\n        scheduler.step()" if settings.schedule == "one_cycle" else ""
    return f"""order = torch.Generator().manual_seed({settings.seed})
torch.manual_seed({settings.seed})  # of dropout
losses = []
for epoch in range({settings.epochs}):
    batch_losses = []
    for index in {drawn}.split({settings.batch_size}):
        logits = model({pictures})
        loss = F.cross_entropy(logits, train_labels[index]{smoothing}){penalties}
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(){schedule}
        batch_losses.append(loss.item())
    losses.append(sum(batch_losses) / len(batch_losses))
    val_accuracy = accuracy(val_pictures, val_labels)
    print(f"epoch {{epoch + 1}}: loss {{losses[-1]:.4f}}, validation accuracy {{val_accuracy:.4f}}")
train_accuracy = accuracy(train_pictures, train_labels)
print(f"training accuracy {{train_accuracy:.4f}}")"""
