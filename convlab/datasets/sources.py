"""The data sets that ConvLab gets by itself: a row for each, and nothing else in the house names them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from convlab.datasets import cifar10, sketches
from convlab.datasets.dataset import Dataset, Header, Split
from convlab.errors import N_

Progress = Callable[[int, int], None]  # pictures, or bytes of a download, done and in all


@dataclass(frozen=True)
class Download:
    """How a data set comes over the network; ``origin`` is a sentence on where from, for translation.

    ``fetch``: (told how many bytes are done, whether to give up) -> data set; raises UserError.
    """

    fetch: Callable[[Progress, Callable[[], bool]], Dataset]
    size_bytes: int
    origin: str


@dataclass(frozen=True)
class Source:
    """A data set that ConvLab makes or finds. Words are English and marked for translation.

    Attributes:
        missing: why a run cannot start before it is there; ``offer`` is on the button that gets it,
            ``working`` what is said meanwhile.
        find: the data set from what lies under a path, None: on this machine; raises UserError.
        holds: whether ``find`` would find it there; cheap.
        stamp: changes when ``find`` would give other pictures than before; "" where it never does.
        header: what is known before it is there; None: then it is not listed.
        download: how to get it where ``find`` does not find it; None: it always does.
        validation: its validation pictures alone, where they are quicker to get than the whole.
        digest: of what ``find`` gives, where that is known before.
        of_the_book: whether the chapter trains on it.
        at_once: ``find`` takes less than a second: nobody is asked to wait for it.
        copies: digests of the same pictures by another way, which count as it.
    """

    title: str
    missing: str
    offer: str
    working: str
    find: Callable[[Path | None], Dataset]
    holds: Callable[[Path | None], bool]
    stamp: Callable[[], str] = str
    header: Header | None = None
    download: Download | None = None
    validation: Callable[[], Split] | None = None
    digest: str = ""
    of_the_book: bool = False
    at_once: bool = False
    copies: tuple[str, ...] = ()


SOURCES = {
    "sketches": Source(
        title=N_("Sketches (drawings)"),
        missing=N_("The sketches are prepared first: that takes a moment, once."),
        offer=N_("Prepare the sketches first (once)"),
        working=N_("The sketches are prepared, once."),
        find=lambda _path: sketches.sketches(),
        holds=lambda path: path is None,
        stamp=sketches.stamp,
        header=sketches.HEADER,
        validation=sketches.validation,
        digest=sketches.DIGEST,
        at_once=True,
    ),
    "cifar10": Source(
        title=N_("CIFAR-10 (photographs)"),
        missing=N_("CIFAR-10 is not on this machine yet: download it, or choose other data."),
        offer=N_("Download CIFAR-10 (170 MB)"),
        working=N_("CIFAR-10 is prepared, once."),
        find=cifar10.find,
        holds=cifar10.holds,
        download=Download(
            fetch=cifar10.download,
            size_bytes=cifar10.ARCHIVE_BYTES,
            origin=N_("From cs.toronto.edu, once. Nothing else in ConvLab needs the network."),
        ),
        of_the_book=True,
        copies=(cifar10.AS_JPEG,),
    ),
}
