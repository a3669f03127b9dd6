"""The working picture of a page: a photograph, a sketch, a drawing, a painted board, an upload, a photo."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Literal, TypeVar, cast, get_args

import streamlit as st
from pydantic import AfterValidator
from torch import Tensor

from convlab.datasets import exams, shelf
from convlab.datasets.sketches import sketch
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, Sentence, UserError
from convlab.pictures import files, images
from convlab.pictures.board import Board
from convlab.pictures.drawings import DRAWINGS, draw
from convlab.pictures.photographs import PHOTOGRAPHS, photograph
from convlab.ui.kept import Shared, kept
from convlab.ui.urls import Controls
from convlab.ui.words import _

Size = Literal[8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
OWN = {"board": N_("Paint your own"), "upload": N_("Upload a picture"), "camera": N_("Take a photo")}
GIVEN = ("upload", "camera")
# Sketches that nobody trains on: their places among those to validate on, and what they show.
SKETCHES = {"bird": (15, N_("bird")), "airplane": (46, N_("airplane")), "hard": (77, N_("another bird"))}
CHOICES = (
    *(f"photo:{key}" for key in PHOTOGRAPHS),
    *(f"sketch:{key}" for key in SKETCHES),
    *(f"drawing:{key}" for key in DRAWINGS),
    *OWN,
)
FALLBACK = "photo:cat"
_OF_DATA = re.compile(r"val:([a-z0-9_-]{1,64}):([0-9]{1,6})")  # key, place: see ``of_data``


def fits(choice: str) -> str:
    """One of ``CHOICES``, or of ``of_data``; ValueError for anything else."""
    if choice not in CHOICES and not _OF_DATA.fullmatch(choice):
        raise ValueError(choice)
    return choice


def of_data(key: str, place: int) -> str:
    """The choice of a validation picture of a data set: the set's key, the picture's place in it."""
    return f"val:{key}:{place}"


def data_of(choice: str) -> tuple[str, int] | None:
    """Key and place of a choice that ``of_data`` made; None of any other."""
    found = _OF_DATA.fullmatch(choice)
    return (found[1], int(found[2])) if found else None


_DECODED_BYTES = 100_000_000  # two of the largest; others are decoded again when they are asked for
_decoded: Shared[files.Loaded] = Shared(_DECODED_BYTES, lambda loaded: loaded.pixels.nbytes)


class PictureControls(Controls):
    """Which picture, at what size, grey or RGB, normalised or not; pages add controls of their own."""

    picture: Annotated[str, AfterValidator(fits)] = FALLBACK
    board: Annotated[str, AfterValidator(lambda text: Board.decode(text).encode())] = Board.blank(16).encode()
    size: Size = 128
    colour: Literal["grey", "rgb"] = "grey"
    normalised: bool = False


P = TypeVar("P", bound=PictureControls)


@dataclass(frozen=True)
class Picture:
    """The working picture: uint8 [C, H, W], how it is normalised, and the code that makes it.

    Attributes:
        identity: a name for the pixels that no others have.
        pixels_code: defines ``pixels``; ``images`` is imported there.
        stock: what ``stock_pixels`` makes the same of; "" for a picture of the learner's own.
    """

    pixels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    identity: str
    pixels_code: str
    stock: str = ""

    @property
    def values(self) -> Tensor:
        """Float32 [C, H, W]: what enters the network."""
        values = images.to_float(self.pixels)
        return images.normalise(values, self.mean, self.std) if self.normalised else values

    @property
    def normalised(self) -> bool:
        """Whether a mean and a standard deviation are taken out."""
        return any(self.mean)

    @property
    def code(self) -> str:
        """Lines that define ``image``, the same as ``values``."""
        code = f"{self.pixels_code}\nimage = images.to_float(pixels)"
        if self.normalised:
            code += f"\nimage = images.normalise(image, mean={self.mean!r}, std={self.std!r})"
        return code


def title(choice: str) -> str:
    """What a choice is called on the screen."""
    kind, _sep, key = choice.partition(":")
    if (place := data_of(choice)) is not None:
        return _("{data}, picture {place}").format(data=_data_title(place[0]), place=place[1])
    if kind == "photo":
        return _("Photo: {name}").format(name=_(PHOTOGRAPHS[key]))
    if kind == "sketch":
        return _("Sketch: {name}").format(name=_(SKETCHES[key][1]))
    if kind == "drawing":
        return _("Drawing: {name}").format(name=_(DRAWINGS[key]))
    return _(OWN[choice])


def _data_title(key: str) -> str:
    if key in SOURCES:
        return _(SOURCES[key].title)
    header = shelf.entries().get(key)
    return key if header is None else header.title


def _validated(choice: str) -> Tensor | None:
    """The picture of a choice of ``of_data``, uint8 [3, 32, 32]; None where it is not on this machine."""
    place = data_of(choice)
    assert place is not None
    try:
        pictures = exams.get(place[0]).val.images
    except UserError:
        return None
    return pictures[place[1]] if place[1] < len(pictures) else None


def _whole_validated(choice: str) -> Tensor:
    found = _validated(choice)
    if found is None:
        raise UserError(N_("This picture is no longer on this machine: choose another one."))
    return found


def working_picture(controls: PictureControls, exact: bool = False) -> tuple[Picture, str | None]:
    """The working picture that the controls describe, and a notice where another stands in for it.

    ``exact``: a painted board is brought to ``controls.size`` too, instead of keeping its own.
    """
    choice, notice = _available(controls.picture)
    size, grey, name = int(controls.size), controls.colour == "grey", choice
    if is_stock(choice):
        pixels = stock_pixels(choice, size, grey)
    elif choice == "board":
        board, name = Board.decode(controls.board), controls.board
        size = size if exact else board.size
        pixels = images.working(board.pixels(), size, grey)
    elif data_of(choice):
        pixels = images.working(_whole_validated(choice), size, grey)
    else:  # decoding 16 megapixels takes a second, so the session keeps the last working pictures
        data = _own_bytes(choice)
        name = digest_of(data)
        made = kept("picture.working", most=12)
        pixels = made.get((name, size, grey), lambda: images.working(decoded(data)[0].pixels, size, grey))
    mean, std = images.channel_statistics(len(pixels)) if controls.normalised else unnormalised(len(pixels))
    code, stock = _working_code(controls, choice, size), choice if is_stock(choice) else ""
    return Picture(pixels, mean, std, f"{name}/{tuple(pixels.shape)}", code, stock), notice


def unnormalised(channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and standard deviation that leave a picture as it is."""
    return (0.0,) * channels, (1.0,) * channels


def _available(choice: str) -> tuple[str, str | None]:
    """The choice, or what stands in for a picture that was not given yet, and a notice of that."""
    if data_of(choice) and _validated(choice) is None:
        notice = _(
            "The picture of this link is of data that are not on this machine; this is {name} instead."
        )
        return FALLBACK, notice.format(name=title(FALLBACK))
    if choice not in GIVEN or own_file(choice) is not None:
        return choice, None
    notice = _("Your own picture goes here as soon as you give one; until then, this is {name}.")
    return FALLBACK, notice.format(name=title(FALLBACK))


@dataclass(frozen=True, eq=False)
class OwnFile:
    """A picture file that a learner gave, and what reading it says of it (see ``files.Loaded``)."""

    data: bytes
    remarks: tuple[Sentence, ...]
    plain: bool


def give(kind: str, file: OwnFile) -> None:
    """Keep a picture file as this session's "upload" or "camera", for all pages."""
    st.session_state[f"chooser.{kind}.file"] = file


def _own_bytes(kind: str) -> bytes:
    file = own_file(kind)
    assert file is not None
    return file.data


def own_file(kind: str) -> OwnFile | None:
    """What was last given as "upload" or "camera"; None for nothing, and for any other choice."""
    return cast(OwnFile | None, st.session_state.get(f"chooser.{kind}.file"))


def whole_picture(controls: PictureControls, drawn_px: int) -> tuple[Tensor, str, str | None]:
    """(uint8 [3, H, W] in its own size, a name that no other picture has, a notice or None).

    Nobody changes the tensor: several sessions may hold it. A drawing has no size of its own: ``drawn_px``.
    """
    choice, notice = _available(controls.picture)
    if is_stock(choice):
        return _whole_stock(choice, drawn_px), choice, notice
    if choice == "board":
        return Board.decode(controls.board).pixels(), controls.board, notice
    if data_of(choice):
        return _whole_validated(choice), choice, notice
    loaded, digest = decoded(_own_bytes(choice))
    return loaded.pixels, digest, notice


def whole_later(controls: PictureControls, drawn_px: int) -> Callable[[], Tensor]:
    """What gives the tensor of ``whole_picture`` in another thread, and holds no large one meanwhile."""
    choice, _notice = _available(controls.picture)
    if is_stock(choice):
        return partial(_whole_stock, choice, drawn_px)
    if choice == "board":
        return Board.decode(controls.board).pixels
    if data_of(choice):
        return partial(_whole_validated, choice)
    data = _own_bytes(choice)
    return lambda: decoded(data)[0].pixels


def digest_of(data: bytes) -> str:
    """A name for a file that no other has."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def decoded(data: bytes) -> tuple[files.Loaded, str]:
    """An upload in its own size, and its digest; the lab keeps the last few. Raises UserError."""
    digest = digest_of(data)
    return _decoded.get(digest, lambda: files.read(data)), digest


def smaller(controls: P, most_px: int) -> P:
    """The same picture, made at most ``most_px`` wide."""
    fitting = [size for size in get_args(Size) if size <= min(most_px, controls.size)]
    return controls.model_copy(update={"size": fitting[-1]})


def is_stock(choice: str) -> bool:
    """Whether a choice means the same to every learner."""
    return choice in CHOICES and choice not in OWN


@lru_cache(maxsize=32)
def _whole_stock(choice: str, drawn_px: int) -> Tensor:
    kind, _sep, key = choice.partition(":")
    if kind == "sketch":
        return sketch(SKETCHES[key][0])
    return photograph(key) if kind == "photo" else draw(key, drawn_px)


@lru_cache(maxsize=64)
def stock_pixels(choice: str, size: int, grey: bool) -> Tensor:
    """A photograph or drawing, uint8 [1 or 3, size, size]; shared by all sessions: never written to."""
    return images.working(_whole_stock(choice, size), size, grey)


def source_code(controls: PictureControls, choice: str, drawn_px: int) -> list[str]:
    """Lines that define ``picture``, uint8 [3, H, W]; ``images`` is imported there."""
    kind, _sep, key = choice.partition(":")
    line, board = "from convlab.pictures import images", f"Board.decode({controls.board!r}).pixels()"
    own = (f"from pathlib import Path\n\n{line}", 'images.load(Path("my_picture.png").read_bytes())')
    place, _name = SKETCHES.get(key, (0, ""))
    data, number = data_of(choice) or ("", 0)
    imports, made = {
        "sketch": (f"from convlab.datasets import sketches\n{line}", f"sketches.sketch({place})"),
        "val": (f"from convlab.datasets import exams\n{line}", f"exams.get({data!r}).val.images[{number}]"),
        "photo": (f"{line}, photographs", f"photographs.photograph({key!r})"),
        "drawing": ("from convlab.pictures import drawings, images", f"drawings.draw({key!r}, {drawn_px})"),
        "board": (f"{line}\nfrom convlab.pictures.board import Board", board),
    }.get(kind, own)
    return [imports, "", f"picture = {made}"]


def _working_code(controls: PictureControls, choice: str, size: int) -> str:
    made = f"pixels = images.working(picture, size_px={size}, grey={controls.colour == 'grey'})"
    return "\n".join([*source_code(controls, choice, size), made])
