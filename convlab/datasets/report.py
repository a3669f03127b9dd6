"""What has to be said of a data set: how its folders were read, what was left out, what is there twice."""

from collections.abc import Iterator, Sequence

from convlab.datasets.dataset import Dataset, Reading
from convlab.datasets.pictures import VAL_SHARE
from convlab.errors import N_, Sentence
from convlab.pictures.files import FORMATS


def sentences(dataset: Dataset) -> list[Sentence]:
    """All that somebody who brings pictures ought to know of them, with names of unknown origin."""
    return [*split(dataset), *flaws(dataset)]


def split(dataset: Dataset) -> list[Sentence]:
    """Which pictures train, which validate, how names were read; nothing for ConvLab's own data."""
    reading = dataset.reading
    if reading.seed is None:
        return []
    own = N_("No folders make a split: {share:.0%} of each class validate, drawn with seed {seed}.")
    found = [Sentence(own, {"share": VAL_SHARE, "seed": reading.seed})]
    if reading.val:
        theirs = N_("Trained on the folder {train}, validated on {val}.")
        found = [Sentence(theirs, {"train": reading.train, "val": reading.val})]
    if reading.left_out:
        out = N_("Kept out, neither trained nor validated on: {names}.")
        names = [f"{name} ({count:,})" for name, count in reading.left_out]
        found.append(Sentence(out, {"names": ", ".join(names)}))
    if reading.encoding not in ("", "utf-8") and not reading.doubtful:
        found.append(Sentence(N_("Names were read as {encoding}."), {"encoding": reading.encoding}))
    return found


def flaws(dataset: Dataset) -> list[Sentence]:
    """What may be other than it was meant, or ought to be mended."""
    return [*_doubts(dataset.reading), *_left_out(dataset), *_twice(dataset)]


def _doubts(reading: Reading) -> Iterator[Sentence]:
    if reading.like_splits:
        said = N_("Taken for classes, though called like splits: {names}.")
        yield Sentence(said, {"names": ", ".join(reading.like_splits)})
    if reading.within:
        said = N_(
            "Every class folder holds the same folders: {names}. If these are the classes that are meant, "
            "put them on top, or call the folders above them train and val."
        )
        yield Sentence(said, {"names": ", ".join(reading.within)})
    if reading.doubtful:
        said = N_(
            "Nothing tells how the folders' names are encoded. They were read as {encoding}, others fit as "
            "well: where a name is wrong, make the zip anew, with names in UTF-8."
        )
        yield Sentence(said, {"encoding": reading.encoding})


def _left_out(dataset: Dataset) -> Iterator[Sentence]:
    """Files that are in no class, cannot be read or lie where one may not expect it."""
    reading = dataset.reading
    if reading.deeper_count:
        said = N_("Pictures in folders within a class count to that class: {count:,}, such as {name}.")
        yield Sentence(said, {"count": reading.deeper_count, "name": reading.deeper})
    if reading.ranged_count:
        said = N_(
            "Pictures of more than 8 bits whose black and white follow from their own values, so that they "
            "may differ in brightness: {count:,}, such as {name}."
        )
        yield Sentence(said, {"count": reading.ranged_count, "name": reading.ranged})
    if reading.beside_count:
        said = N_("Pictures that lie in no class folder were left out: {count:,} ({names}).")
        names = _listed(reading.beside, reading.beside_count)
        yield Sentence(said, {"count": reading.beside_count, "names": names})
    if dataset.unreadable_count:
        said = N_("Files that are no {formats} or are damaged were left out: {count:,} ({names}).")
        names = _listed(dataset.unreadable, dataset.unreadable_count)
        values = {"count": dataset.unreadable_count, "names": names, "formats": ", ".join(FORMATS)}
        yield Sentence(said, values)


def _twice(dataset: Dataset) -> Iterator[Sentence]:
    found = dataset.twins
    if found.across:
        said = N_(
            "Validation pictures that are training pictures too, pixel for pixel: {count:,}. The network "
            "knows them, and its validation accuracy looks better than it is."
        )
        yield Sentence(said, {"count": found.across})
    if found.repeated:
        said = N_("Pictures that repeat another one of their split, pixel for pixel: {count:,}.")
        yield Sentence(said, {"count": found.repeated})
    if found.contradicting:
        said = N_(
            "Pictures that stand under more than one class, pixel for pixel: {count:,}, such as under {one} "
            "and {other}. One label is wrong."
        )
        one, other = (repr(dataset.classes[label]) for label in found.labels)
        yield Sentence(said, {"count": found.contradicting, "one": one, "other": other})


def _listed(names: Sequence[str], count: int) -> str:
    return ", ".join(names) + (" …" if count > len(names) else "")
