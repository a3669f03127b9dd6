"""The pictures on the home page's cards, each computed by the lab itself; PNG."""

import torch
from PIL import Image, ImageDraw

from convlab.chapter import published
from convlab.convolution import conv2d, kernels
from convlab.networks import recording
from convlab.pictures import crop, images, photographs
from convlab.probing import bundled
from convlab.ui import scales
from convlab.ui.scales import largest

_LINES = ("#0067a8", "#5ab4f0", "#b84a00", "#f5a04c", "#00795a", "#96318a", "#6d6500", "#4b4f58", "#a8123f")


def kernels_and_edges() -> bytes:
    """The cat, and its vertical edges beside it."""
    pixels = images.working(photographs.photograph("cat"), 128, grey=True)
    settings = conv2d.ConvSettings(padding="same", padding_mode="replicate")
    edges = conv2d.convolve(images.to_float(pixels), kernels.preset("vertical_edges")[None], settings)
    coloured = scales.colourise(edges, largest(edges))
    return images.to_png(torch.cat([pixels.expand(3, -1, -1), coloured], dim=2))


def first_maps() -> bytes:
    """The first maps of the trained Net for the cat, four by two."""
    pixels = images.working(photographs.photograph("cat"), 32, grey=False)
    values = images.normalise(images.to_float(pixels), images.CIFAR10_MEAN, images.CIFAR10_STD)
    network = bundled.weights("net").probe.network
    maps = recording.record(network, values[None]).outputs["conv1"][0]
    tiles = [scales.colourise(values, largest(values)) for values in maps[:8]]
    return images.to_png(torch.cat([torch.cat(tiles[:4], dim=2), torch.cat(tiles[4:], dim=2)], dim=1))


def tensors_of_net() -> bytes:
    """The weights of the trained Net's convolutions, a row for each output channel."""
    network = bundled.weights("net").probe.network
    tiles = [network.get_parameter(f"{name}.weight").detach() for name in ("conv1", "conv2")]
    rows = [scales.colourise(tile.flatten(1), largest(tile), scales.WEIGHTS) for tile in tiles]
    first, second = (
        row.repeat_interleave(4, 1).repeat_interleave(width, 2)
        for row, width in zip(rows, (4, 1), strict=True)
    )
    picture = torch.full((3, 128, 256), 255, dtype=torch.uint8)
    picture[:, 32:96, 4 : 4 + first.shape[2]] = first[:, :64]
    picture[:, 48:80, 108 : 108 + second.shape[2]] = second
    return images.to_png(picture)


def losses_of_the_book() -> bytes:
    """The losses that the book printed, a line a network."""
    scale, width, height = 4, 256, 128
    picture = Image.new("RGB", (width * scale, height * scale), "white")
    pen = ImageDraw.Draw(picture)
    for n, printed in enumerate(published.PUBLISHED.values()):
        points = [
            (scale * (8 + 240 * epoch / 100), scale * (120 - 112 * min(1.0, loss / 0.7)))
            for epoch, loss in printed.curve.items()
        ]
        pen.line(points, fill=_LINES[n % len(_LINES)], width=2 * scale, joint="curve")
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return images.to_png(images.to_tensor(small))


def accuracies_of_the_book() -> bytes:
    """Figure 8.13 as the book printed it: a design a row, training above validation, from 75 % to 100 %."""
    scale, width, height = 4, 256, 128
    picture = Image.new("RGB", (width * scale, height * scale), "white")
    pen = ImageDraw.Draw(picture)
    for n, accuracies in enumerate(published.FIGURE_8_13.values()):
        for half, (share, colour) in enumerate(zip(accuracies, (_LINES[0], _LINES[2]), strict=True)):
            top = 5 + 13 * n + 5 * half
            right = 8 + 240 * ((share or 0.75) - 0.75) / 0.25
            pen.rectangle([scale * 8, scale * top, scale * right, scale * (top + 4)], fill=colour)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return images.to_png(images.to_tensor(small))


def two_verdicts() -> bytes:
    """The cat cut in two ways, and under each how far the network takes it for an airplane, or a bird."""
    cat, probe = photographs.photograph("cat"), bundled.weights("net").probe
    halves = []
    for window in (crop.centred(*cat.shape[1:]), crop.whole(*cat.shape[1:])):
        pixels = crop.cut(cat, window)
        half = torch.full((3, 128, 128), 255, dtype=torch.uint8)
        half[:, 4:100, 16:112] = pixels.repeat_interleave(3, 1).repeat_interleave(3, 2)
        for n, share in enumerate(probe.probabilities(pixels[None])[0].tolist()):
            top, wide = 104 + 11 * n, round(96 * share)
            half[:, top : top + 8, 16:112] = 225
            colour = (0x0A, 0x5F, 0xA8) if share > 0.5 else (0x7F, 0x8B, 0x99)
            half[:, top : top + 8, 16 : 16 + wide] = torch.tensor(colour)[:, None, None]
        halves.append(half)
    return images.to_png(torch.cat(halves, dim=2))
