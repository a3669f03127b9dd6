"""Where chapter 8 errs: the line as printed, the right one, what PyTorch says of both, where to try it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from convlab.chapter import on_networks, on_pictures
from convlab.chapter.facts import Facts
from convlab.convolution import kernels
from convlab.errors import N_, chosen

OnPicture = Callable[[Tensor, Tensor], Facts]


@dataclass(frozen=True)
class Line:
    """A line of the chapter as printed, and as it should be."""

    place: str
    book: str
    right: str


@dataclass(frozen=True)
class Erratum:
    """One slip, or several of one kind.

    Attributes:
        title: what it is about, in a few words.
        tried: finds the facts about it.
        lesson, link: where it can be tried: a page, and its query string.
        on: finds the facts on a picture float32 [C, H, W] of 8 px or more and a kernel [1 or C, kh, kw];
            None where no picture plays a part.
        outdated: whether the line was right when it was printed.
    """

    title: str
    lines: tuple[Line, ...]
    lesson: str
    link: str
    tried: Callable[[], Facts] | None = None
    on: OnPicture | None = None
    outdated: bool = False

    @property
    def key(self) -> str:
        """For code and links."""
        found = self.on or self.tried
        assert found is not None
        return found.__name__

    @property
    def place(self) -> str:
        """Of its first line."""
        return self.lines[0].place

    def live(self) -> Facts:
        """The facts, computed once; those of a picture on ``on_pictures.example()``."""
        return _live(self)


@cache
def _live(erratum: Erratum) -> Facts:
    if erratum.on is not None:
        return erratum.on(*on_pictures.example())
    assert erratum.tried is not None
    return erratum.tried()


def of(key: str) -> Erratum:
    """One of ``ERRATA``. Raises UserError for another key."""
    return chosen(
        {erratum.key: erratum for erratum in ERRATA}, key, N_("There is no slip {key}: choose one of {keys}.")
    )


_CAT = "picture=photo:cat&size=16"  # the picture of ``on_pictures.example``
_NINTH = kernels.format_kernel(torch.full((1, 3, 3), 1 / 9))

ERRATA: tuple[Erratum, ...] = (  # in the order of the chapter
    Erratum(
        N_("The third term of o11"),
        (
            Line(
                N_("Section 8.1.1"),
                "o11 = i11 * w00 + i12 * w01 + i22 * w02 + ...",
                "o11 = i11 * w00 + i12 * w01 + i13 * w02 + ...",
            ),
        ),
        *("kernels", f"{_CAT}&experiment=errata&pin=12,7"),
        on=on_pictures.first_output,
    ),
    Erratum(
        N_("Invariant, or equivariant?"),
        (Line(N_("Section 8.1.1"), "translation invariance", "translation equivariance"),),
        *("kernels", f"{_CAT}&experiment=shift&shift_x=2"),
        on=on_pictures.moved,
    ),
    Erratum(
        N_("one_() does not exist"),
        (
            Line(
                N_("Section 8.2.2"),
                "conv.weight.one_()",
                "conv.weight.fill_(1)  # or torch.nn.init.ones_(conv.weight)",
            ),
        ),
        *("kernels", f"{_CAT}&experiment=errata&kernel=1 1 1; 1 1 1; 1 1 1"),
        on=on_pictures.ones,
    ),
    Erratum(
        N_("A ninth is no mean on RGB"),
        (
            Line(
                N_("Section 8.2.2"),
                "conv.weight.fill_(1.0 / 9.0)",
                "conv.weight.fill_(1.0 / 27.0)  # in_channels * 3 * 3 weights share the mean",
            ),
        ),
        *("kernels", f"{_CAT}&experiment=errata&kernel={_NINTH}&colour=rgb"),
        on=on_pictures.blur_of_rgb,
    ),
    Erratum(
        N_("The sign of the cross-entropy"),
        (
            Line(
                N_("Section 8.2.2"),
                "minimise(-cross_entropy)",
                "minimise(cross_entropy)  # the negative log likelihood",
            ),
        ),
        *("modules", "part=step"),
        on_networks.loss_sign,
    ),
    Erratum(
        N_("Names and sizes mixed up"),
        (
            Line(N_("Section 8.2.3"), "3 x 4 convolution, stride 2", "3 x 3 convolution, stride 2"),
            Line(N_("Section 8.2.4"), "MaxPool3d", "MaxPool2d"),
            Line(N_("Section 8.3.1"), "self.pool3", "self.pool2"),
            Line(N_("Section 8.5.2"), "nn.Model", "nn.Module"),
            Line(N_("Section 8.5.2"), "nn.BatchNorm1D", "nn.BatchNorm1d"),
            Line(N_("Section 8.5.2"), "train  # attribute of Dropout", "training"),
        ),
        *("modules", "part=registered&tree_of=modules"),
        on_networks.names,
    ),
    Erratum(
        N_("16 numbers, not 32, of 27"),
        (
            Line(
                N_("Section 8.3.1"),
                "27 elements -> 32 elements  # first convolution, one output pixel",
                "27 elements -> 16 elements  # of Net; NetWidth makes 32",
            ),
        ),
        *("modules", "part=registered"),
        on_networks.first_outputs,
    ),
    Erratum(
        N_("Two slips of the cell that validates"),
        (
            Line(
                N_("Section 8.4.1"),
                "train_loader = DataLoader(cifar2, batch_size=64, shuffle=False)",
                "train_loader = DataLoader(cifar2, batch_size=64, shuffle=True)",
            ),
            Line(
                N_("Section 8.4.1"),
                "with torch.no_grad():\n    outputs = model(imgs)",
                "model.eval()\nwith torch.no_grad():\n    outputs = model(imgs)\nmodel.train()",
            ),
        ),
        *("train", "experiment=mistakes"),
        on_networks.notebook,
    ),
    Erratum(
        N_("Batch norm before or behind tanh"),
        (
            Line(
                N_("Section 8.5.2"),
                "convolution, activation, batch norm  # the text",
                "convolution, batch norm, activation  # the code below it",
            ),
        ),
        *(
            "feature_maps",
            "network=net_batch_norm&weights=sketches&picture=sketch:bird&layer=conv1_batchnorm",
        ),
        on_networks.order,
    ),
    Erratum(
        N_("DenseNet adds nothing"),
        (
            Line(
                N_("Section 8.5.3"),
                "later + earlier  # said of DenseNet",
                "torch.cat([later, earlier], dim=1)",
            ),
        ),
        *("modules", "part=depth&depth_skip=1"),
        on_networks.joined,
    ),
    Erratum(
        N_("Half a deviation, a quarter of a variance"),
        (
            Line(
                N_("Section 8.5.3"),
                "init.constant_(batch_norm.weight, 0.5)  # variance 0.5",
                "init.constant_(batch_norm.weight, 0.5)  # deviation 0.5, variance 0.25",
            ),
        ),
        *("modules", "part=depth&depth_norm=0.5"),
        on_networks.half,
    ),
    Erratum(
        N_("One block at all places"),
        (
            Line(
                N_("Section 8.5.3"),
                "*(n_blocks * [ResBlock(n_chans=n_chans1)])",
                "*[ResBlock(n_chans=n_chans1) for _ in range(n_blocks)]",
            ),
            Line(N_("Section 8.5.3"), "NetRes: lr 3e-3", "NetResDeep: lr 3e-3"),
        ),
        *("modules", "part=depth&depth_view=blocks"),
        on_networks.blocks,
    ),
    Erratum(
        N_("Even kernels and padding"),
        (
            Line(
                N_("Section 8.2.1, footnote 3"),
                "torch.nn.functional.pad",
                "nn.Conv2d(in_channels, 1, kernel_size=4, padding='same')  # since PyTorch 1.9",
            ),
        ),
        *("kernels", f"{_CAT}&padding=same&kernel=-1 0 1 0; -1 0 1 0; -1 0 1 0; 0 0 0 0"),
        on=on_pictures.even_kernel,
        outdated=True,
    ),
)
