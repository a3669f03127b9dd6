"""Scripts of plain PyTorch for the size of a network: width, kernels, the lottery ticket."""

import inspect

from convlab.networks import kernel_sizes, pruning, saved_tensors
from convlab.pictures import images
from convlab.snippets import network
from convlab.snippets.writer import definitions, script
from convlab.training.lottery import OTHER
from convlab.training.settings import Settings


def width(n_chans1: int) -> str:
    """Parameters of ``NetWidth`` at the chapter's widths and one more, and what backward keeps (8.5.1)."""
    sources = [*network.source("net_width"), inspect.getsource(saved_tensors.saved).rstrip()]
    imports = "from collections.abc import Iterator\nfrom contextlib import contextmanager"
    return script(imports, definitions(sources), _WIDTHS.format(widths=widths(n_chans1)))


def widths(n_chans1: int) -> tuple[int, ...]:
    """The chapter's, 8 to 64, and this one, ascending."""
    return tuple(sorted({8, 16, 32, 64, n_chans1}))


_WIDTHS = """counts, kept_bytes = {{}}, {{}}
for n_chans1 in {widths}:
    model = NetWidth(n_chans1)
    counts[n_chans1] = [parameter.numel() for parameter in model.parameters()]
    with saved(model) as kept:
        model(torch.zeros(64, 3, 32, 32))
    kept_bytes[n_chans1] = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    print(n_chans1, sum(counts[n_chans1]), counts[n_chans1], f"{{kept_bytes[n_chans1]:,}} bytes")"""


def kernels() -> str:
    """Exercise 1 of 8.7: ``Net`` with three kernels, and with a padding that does not fit."""
    padded, order = (
        inspect.getsource(part).rstrip() for part in (kernel_sizes.NetPadded, kernel_sizes.row_order)
    )
    sources = [*network.source("net"), padded, order]
    return script(f"KernelSize = int | tuple[int, int]\n{definitions(sources)}", _KERNELS)


_KERNELS = """torch.manual_seed(0)
pictures, shuffled = torch.randn(8, 3, 32, 32), torch.randperm(32)
counts, messages, differences = {}, {}, {}
for kernel_size in (3, 5, (1, 3)):
    model = Net(kernel_size)
    counts[kernel_size] = sum(parameter.numel() for parameter in model.parameters())
    differences[kernel_size] = row_order(model.conv1, pictures, shuffled)
    try:
        NetPadded(kernel_size, padding=1)(torch.zeros(1, 3, 32, 32))
    except RuntimeError as error:
        messages[kernel_size] = str(error)
    print(kernel_size, counts[kernel_size], messages.get(kernel_size, "fits"), differences[kernel_size])"""


def ticket(settings: Settings, share: float, data: str) -> str:
    """The lottery ticket with one seed, of ``Net``: its ``accuracies`` are those of the three networks.

    ``data``: lines of Python that define ``train_images``, ``val_images`` (uint8 [N, 3, 32, 32]),
    ``train_labels``, ``val_labels`` (int64 [N]).
    """
    parts = (pruning.smallest, pruning.pruned_layers, pruning.masks, pruning.hold)
    sources = [*network.source("net"), *(inspect.getsource(part).rstrip() for part in parts)]
    head = f"from collections.abc import Mapping\n\nMasks = Mapping[str, Tensor]\n{definitions(sources)}"
    told = settings.model_dump(include={"lr", "momentum", "batch_size", "epochs", "seed"})
    means = {"mean": list(images.CIFAR10_MEAN), "std": list(images.CIFAR10_STD)}
    return script(head, data, _TICKET.format(**told, **means, other=settings.seed + OTHER, share=share))


_TICKET = """mean, std = torch.tensor({mean}), torch.tensor({std})
train_pictures = (train_images / 255 - mean[:, None, None]) / std[:, None, None]
val_pictures = (val_images / 255 - mean[:, None, None]) / std[:, None, None]


def trained(model, kept):
    optimizer = torch.optim.SGD(model.parameters(), lr={lr!r}, momentum={momentum!r})
    order = torch.Generator().manual_seed({seed})
    hold(model, kept)
    for epoch in range({epochs}):
        for index in torch.randperm(len(train_pictures), generator=order).split({batch_size}):
            loss = F.cross_entropy(model(train_pictures[index]), train_labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            hold(model, kept)  # what is gone stays at zero
    with torch.no_grad():
        return (model(val_pictures).argmax(1) == val_labels).double().mean().item()


torch.manual_seed({seed})
model = Net()
first = {{name: tensor.clone() for name, tensor in model.state_dict().items()}}
accuracies = {{"whole": trained(model, {{}})}}
kept = masks(model, {share})
model.load_state_dict(first)  # back to the first values
accuracies["ticket"] = trained(model, kept)
torch.manual_seed({other})
accuracies["other"] = trained(Net(), kept)  # the same places, drawn anew
print(accuracies)"""
