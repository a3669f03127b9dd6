"""What folders mean: which are splits, which are classes, and which pictures belong to none."""

import re
import unicodedata
from dataclasses import dataclass, field

from convlab.datasets.archive import Listing, Reader, check_depth
from convlab.datasets.dataset import MAX_NAMED, Reading
from convlab.datasets.split_names import Role, glued, role
from convlab.errors import N_, UserError
from convlab.networks.class_names import JOINERS, MAX_NAME, check_classes, one_line
from convlab.pictures.files import FORMATS

Files = list[tuple[str, Reader]]  # of one class: the path to show, how to read it
Classes = dict[str, Files]

_PICTURE = re.compile(r".*\.(png|jpe?g|jfif|webp|gif|bmp|tiff?|avif|hei[cf])", re.IGNORECASE | re.DOTALL)
_MOST_TOPS = 500  # of 20 classes in 3 splits, and what lies beside them
_FORMATS = ", ".join(FORMATS)
_NO_JOINERS = dict.fromkeys(map(ord, JOINERS))
_TAG, _OPEN = re.compile(r"<[^<>]*>"), re.compile(r"<[^<>]*$")


@dataclass(frozen=True)
class Layout:
    """Which files belong to which class and split, and what else was made of the folders.

    Splits are all pictures, or those to train and those to validate on, with the same classes; places the
    folder of each, to name it in a sentence, or "".
    """

    splits: tuple[Classes, ...]
    places: tuple[str, ...]
    reading: Reading


@dataclass
class _Strays:
    """Pictures that lie in no class folder, and those in a folder within one."""

    beside: list[str] = field(default_factory=list)
    deeper: list[str] = field(default_factory=list)


def understood(listing: Listing) -> Layout:
    """What a listing of files means.

    All top folders together decide: "train" beside "test" or "valid" is a split, beside "car" a class. Raises
    UserError for classes that cannot be told apart or are missing from a split, or a split without classes.
    """
    strays = _Strays()
    listing = _unwrapped(_whole(listing), strays)
    if len(_tops(listing)) > _MOST_TOPS:
        check_classes(tuple(_tops(listing)))
    listing = _cut(_turned(listing))
    tops = _tops(listing)
    roles = _roles(tops)
    used = [top for top in (roles.get("train"), roles.get("val") or roles.get("test")) if top]
    within = [_unwrapped(tops[top], strays) for top in used] or [listing]
    splits = tuple(_classes(part, strays) for part in within)
    places = tuple(f"{one_line(top)}/" for top in used) or ("",)
    _check(splits, places)
    left = [(one_line(top), _count(tops[top])) for top in sorted(tops) if top not in used] if used else []
    reading = Reading(
        train=places[0].removesuffix("/"),
        val=places[1].removesuffix("/") if len(places) > 1 else "",
        left_out=tuple(left[:MAX_NAMED]),
        like_splits=() if used else tuple(name for name in sorted(splits[0]) if role(name)),
        beside=tuple(sorted(strays.beside)[:MAX_NAMED]),
        beside_count=len(strays.beside),
        deeper=next(iter(strays.deeper), ""),
        deeper_count=len(strays.deeper),
        within=_within_each(splits[0]),
    )
    return Layout(splits, places, reading)


def _whole(listing: Listing) -> Listing:
    """The slash of a tag is no separator: <b>x</b> is one folder, whatever has cut it in two."""
    found: Listing = {}
    halves: set[tuple[str, ...]] = set()
    check_depth(max(map(len, listing), default=0))
    for parts, reader in listing.items():
        marked = _TAG.sub(lambda tag: tag[0].replace("/", "\0"), "/".join(parts))
        whole = tuple(part.replace("\0", "/") for part in marked.split("/"))
        found[whole] = reader
        if whole != parts:
            halves |= {parts[:length] for length in range(1, len(parts)) if _OPEN.search(parts[length - 1])}
    return {parts: reader for parts, reader in found.items() if reader or parts not in halves}


def _unwrapped(listing: Listing, strays: _Strays) -> Listing:
    """Without folders that hold all other folders, and files beside folders; ``strays`` get the pictures."""
    depth = 0
    while True:
        files = [parts[depth] for parts, reader in listing.items() if reader and len(parts) == depth + 1]
        strays.beside += [one_line(name) for name in files if _PICTURE.fullmatch(name)]
        listing = {parts: r for parts, r in listing.items() if len(parts) > depth + (r is not None)}
        deep = any(len(parts) > depth + 2 and reader for parts, reader in listing.items())
        if len({parts[depth] for parts in listing}) != 1 or not deep:
            return {parts[depth:]: reader for parts, reader in listing.items()}
        depth += 1
        listing = {parts: reader for parts, reader in listing.items() if len(parts) > depth}


def _tops(listing: Listing) -> dict[str, Listing]:
    """Top folder -> what is in it."""
    found: dict[str, Listing] = {}
    for parts, reader in listing.items():
        inside = found.setdefault(parts[0], {})
        if len(parts) > 1:
            inside[parts[1:]] = reader
    return found


def _turned(listing: Listing) -> Listing:
    """CLASS/train/... and CLASS/test/... of every class as train/CLASS/... and test/CLASS/..."""
    tops = _tops(listing)
    found: Listing = {}
    for top, sub in tops.items():
        roles = {inner: role(inner) for inner in _tops(sub)}
        parts_of = [one for one in roles.values() if one and one != "unlabelled"]
        if role(top) or len({*parts_of}) < max(2, len(roles)) or "train" not in parts_of:
            return listing
        found |= {(str(roles[parts[0]]), top, *parts[1:]): reader for parts, reader in sub.items()}
    return found if len(tops) > 1 else listing


def _cut(listing: Listing) -> Listing:
    """trainA, trainB, testA, testB as train/A and so on, where each part has the same classes."""
    tops = _tops(listing)
    pairs = {top: pair for top in tops if (pair := glued(top))}
    parts_of, names = ({pair[place] for pair in pairs.values()} for place in (0, 1))
    complete = len(set(pairs.values())) == len(tops) == len(parts_of) * len(names)
    if not complete or len(parts_of) < 2 or len(names) < 2 or "train" not in parts_of:
        return listing
    return {(*pairs[parts[0]], *parts[1:]): reader for parts, reader in listing.items()}


def _roles(tops: dict[str, Listing]) -> dict[Role, str]:
    """Role -> top folder, of those with class folders; none where the top folders are classes."""
    filled = [top for top, sub in sorted(tops.items()) if any(sub.values())]
    called = _called(filled)
    within = {top: _tops(_unwrapped(tops[top], _Strays())) for top in filled}
    held_in = [top for top in filled if any(reader and len(parts) > 1 for parts, reader in tops[top].items())]
    classes = {top: set(map(_alike, within[top])) for top in held_in}
    labelled = [top for top in classes if called[top]]
    found = {named: top for top in labelled if (named := called[top])}
    if not found or len(found) < len(labelled):
        return {}
    only_roles = all(called.values())
    train = classes.get(found.get("train", ""), set())
    if only_roles and not train:
        raise _no_training(filled)
    for part in ("val", "test"):  # one folder of another name: test/unknown/0.jpg
        if part in found and len(classes[found[part]]) == 1 and not classes[found[part]] & train:
            del found[part]
    held = classes.get(found.get("val") or found.get("test") or "", set())
    return found if only_roles or train & held else {}


def _called(tops: list[str]) -> dict[str, Role | None]:
    """Role by the name of each top folder; of x_train and x_test, whose names share the rest, too."""
    pairs = {top: pair for top in tops if (pair := glued(top))}
    if len(pairs) == len(tops) and len({rest for _, rest in pairs.values()}) == 1:
        return {top: part for top, (part, _) in pairs.items()}
    return {top: role(top) for top in tops}


def _no_training(tops: list[str]) -> UserError:
    """What is wrong where all folders are called like splits and none can be trained on."""
    train = next((top for top in tops if role(top) == "train"), None)
    if train is not None:
        flat = N_("The pictures in {name} lie in no class folders: put those of each class into a folder.")
        return UserError(flat, name=repr(one_line(train)))
    names = ", ".join(repr(one_line(top)) for top in tops)
    return UserError(N_("None of the folders {names} is to train on: call one of them train."), names=names)


def _classes(listing: Listing, strays: _Strays) -> Classes:
    """Class name -> files; a folder without files too. UserError for names too long, or taken for one."""
    long = N_("The name of the class folder {name} … has {count} characters: rename it, {limit} at most.")
    found: Classes = {}
    folders: dict[str, str] = {}
    for parts, reader in sorted(listing.items()):
        name = unicodedata.normalize("NFC", one_line(parts[0], most=None))
        if len(name) > MAX_NAME:
            raise UserError(long, name=repr(name[:MAX_NAME]), count=len(name), limit=MAX_NAME)
        first = folders.setdefault(_alike(name), parts[0])
        if first != parts[0]:
            raise _one_name(first, parts[0])
        path = "/".join(parts)
        found.setdefault(name, []).extend([(path, reader)] if reader else [])
        if reader and len(parts) > 2 and _PICTURE.fullmatch(path):
            strays.deeper.append(one_line(path[-MAX_NAME:]))
    return found


def _within_each(classes: Classes) -> tuple[str, ...]:
    """Folders that stand in every class folder, two at least: they may be the classes that were meant."""
    within = [
        {parts[1] for path, _ in files if len(parts := path.split("/")) > 2} for files in classes.values()
    ]
    alike = len(within[0]) > 1 and all(folders == within[0] for folders in within)
    return tuple(map(one_line, sorted(within[0])[:MAX_NAMED])) if alike else ()


def _check(splits: tuple[Classes, ...], places: tuple[str, ...]) -> None:
    """Refuse splits whose classes differ, and classes without files."""
    for classes in splits:
        check_classes(tuple(sorted(classes)))
    odd = min(set(splits[0]) ^ set(splits[-1]), default=None)
    if odd is None:
        for classes, place in zip(splits, places, strict=True):
            if empty := [name for name in sorted(classes) if not classes[name]]:
                raise too_few(empty[0], place if len(splits) > 1 else "")
        return
    one, other = (0, -1) if odd in splits[0] else (-1, 0)
    alike = next((name for name in splits[other] if _alike(name) == _alike(odd)), None)
    if alike is not None:
        raise _one_name(f"{places[one]}{odd}", f"{places[other]}{alike}")
    raise too_few(odd, places[other])


def _alike(name: str) -> str:
    """The same for names that differ in letters' case, the form of their accents or unseen joiners only."""
    return unicodedata.normalize("NFC", name.casefold()).translate(_NO_JOINERS)


def _one_name(one: str, other: str) -> UserError:
    sentence = N_(
        "Two class folders are called {one} and {other}, which differ in case, accents or blanks only: "
        "rename one, or put their pictures together."
    )
    return UserError(sentence, one=repr(one[:80]), other=repr(other[:80]))


def too_few(name: str, place: str) -> UserError:
    """The sentence for a class that nothing can be learned from, in a split's folder or, for "", anywhere."""
    within = N_(
        "The class {name!r} has too few pictures that can be read ({formats}) in {place}: "
        "put some into its folder there, or remove it."
    )
    anywhere = N_(
        "The class {name!r} has too few pictures that can be read ({formats}): "
        "put some into its folder or remove it."
    )
    return UserError(within if place else anywhere, name=name, place=one_line(place), formats=_FORMATS)


def _count(listing: Listing) -> int:
    return sum(1 for parts, reader in listing.items() if reader and _PICTURE.fullmatch(parts[-1]))
