"""The image chooser: photographs, drawings, a board to paint on, upload, camera -> the working picture."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args

import streamlit as st
from pydantic import AfterValidator
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.pictures.board import SIZES, Board
from convlab.pictures.drawings import DRAWINGS, draw
from convlab.pictures.photographs import PHOTOGRAPHS, photograph
from convlab.ui.components.pixel_board import painted, pixel_board
from convlab.ui.urls import Controls, PageState
from convlab.ui.words import _, explain, plain

Size = Literal[8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
OWN = {
    "board": N_("Paint your own"),
    "upload": N_("Upload a picture"),
    "camera": N_("Take a photo"),
}
CHOICES = (
    *(f"photo:{key}" for key in PHOTOGRAPHS),
    *(f"drawing:{key}" for key in DRAWINGS),
    *OWN,
)
FALLBACK = "photo:cat"


def _known_picture(text: str) -> str:
    if text not in CHOICES:
        raise ValueError(text)
    return text


def _valid_board(text: str) -> str:
    return Board.decode(text).encode()


class PictureControls(Controls):
    """Which picture, at what size, grey or RGB, normalised or not; pages add controls of their own."""

    picture: Annotated[str, AfterValidator(_known_picture)] = FALLBACK
    board: Annotated[str, AfterValidator(_valid_board)] = Board.blank(16).encode()
    size: Size = 128
    colour: Literal["grey", "rgb"] = "grey"
    normalised: bool = False


P = TypeVar("P", bound=PictureControls)


@dataclass(frozen=True)
class Picture:
    """The working picture: uint8 [C, H, W], how it is normalised, and the code that makes it.

    ``stock`` is what ``stock_pixels`` makes the same of; "" for a picture of the learner's own.
    """

    pixels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    identity: str
    code: str
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


def choose_picture(state: PageState[P], fixed: bool = False, then: Callable[[], None] | None = None) -> None:
    """The chooser's controls, for a horizontal row: which picture, size, colours, normalisation.

    Args:
        state: of the page.
        fixed: size and colours are not for the learner to choose.
        then: called when another picture is chosen.
    """
    choose_which(state, then)
    if not fixed and state.value.picture != "board":
        st.selectbox(_("Size (px)"), get_args(Size), width=92, **state.bind("size"))
    if not fixed:
        colours = {"grey": _("Grey"), "rgb": "RGB"}
        st.segmented_control(
            _("Colour"),
            list(colours),
            format_func=colours.__getitem__,
            required=True,
            **state.bind("colour"),
        )
    st.toggle(
        _("Normalise"),
        help=_("Subtract CIFAR-10's mean and divide by its standard deviation, as the chapter does."),
        **state.bind("normalised"),
    )


def choose_which(state: PageState[P], then: Callable[[], None] | None = None) -> None:
    """Which picture alone; of a board also how fine it is. ``then`` is called when another is chosen."""
    titles = {choice: _title(choice) for choice in CHOICES}
    st.selectbox(
        _("Picture"), CHOICES, format_func=titles.__getitem__, width=200, **state.bind("picture", then)
    )
    if state.value.picture == "board":
        _board_size(state)


def _title(choice: str) -> str:
    kind, _sep, key = choice.partition(":")
    if kind == "photo":
        return _("Photo: {name}").format(name=_(PHOTOGRAPHS[key]))
    if kind == "drawing":
        return _("Drawing: {name}").format(name=_(DRAWINGS[key]))
    return _(OWN[choice])


@contextmanager
def own_picture(state: PageState[P]) -> Iterator[None]:
    """Show what a picture of the learner's own needs (upload, camera, board) around the rest of the lesson.

    The board stands beside the rest, so that one sees what becomes of each stroke.
    """
    kind = state.value.picture
    if kind == "board":
        board, rest = st.columns([3, 10])
        with board:
            _paint(state)
        with rest:
            yield
        return
    if kind == "upload":
        limit = images.MAX_UPLOAD_MB
        help_text = _("Any common picture file up to {limit} MB. It stays in this session.").format(
            limit=limit
        )
        file = st.file_uploader(
            _("Your picture"), help=help_text, max_upload_size=limit, key="chooser.upload"
        )
        _keep("upload", file)
    elif kind == "camera":
        _keep("camera", st.camera_input(_("Your photo"), width=360, key="chooser.camera"))
    yield


def _keep(kind: str, file: Any) -> None:
    """Take over a new upload if it is a picture; one that is not leaves the last good one in place."""
    if file is None:
        return
    seen, refused = f"chooser.{kind}.seen", f"chooser.{kind}.refused"
    if st.session_state.get(seen) != file.file_id:
        st.session_state[seen], st.session_state[refused] = file.file_id, None
        data = file.getvalue()
        try:
            images.load(data)
            # Streamlit drops an upload when its widget leaves the screen; a learner expects it back.
            st.session_state[f"chooser.{kind}.bytes"] = data
        except UserError as error:
            st.session_state[refused] = error
    if st.session_state[refused] is not None:
        st.error(plain(explain(st.session_state[refused])), icon=":material/broken_image:")


def _board_size(state: PageState[P]) -> None:
    def resized() -> None:
        board = Board.decode(state.value.board).resized(st.session_state["chooser.board_size"])
        state.change(board=board.encode())

    st.session_state["chooser.board_size"] = Board.decode(state.value.board).size
    st.selectbox(_("Size (px)"), SIZES, width=92, key="chooser.board_size", on_change=resized)


def _paint(state: PageState[P]) -> None:
    def repainted() -> None:
        new = painted("chooser.board")
        if new is not None and new.size == Board.decode(state.value.board).size:
            state.change(board=new.encode())

    pixel_board(Board.decode(state.value.board), key="chooser.board", on_paint=repainted)


def picture(controls: PictureControls, exact: bool = False) -> tuple[Picture, str | None]:
    """The working picture that the controls describe, and a notice where another has to stand in for it.

    Args:
        controls: of a page.
        exact: a painted board is brought to ``controls.size`` too, instead of keeping its own.
    """
    choice, notice = _there(controls.picture)
    size = int(controls.size)
    if choice == "board" and not exact:
        size = Board.decode(controls.board).size
    return _framed(controls, choice, size), notice


def _there(choice: str) -> tuple[str, str | None]:
    """The choice, or what stands in for a picture that was not given yet, and a notice of that."""
    if choice not in ("upload", "camera") or f"chooser.{choice}.bytes" in st.session_state:
        return choice, None
    notice = _("Your own picture goes here as soon as you give one; until then, this is {name}.")
    return FALLBACK, notice.format(name=_title(FALLBACK))


def whole(controls: PictureControls, drawn_px: int) -> tuple[Tensor, str, str | None]:
    """(uint8 [3, H, W] in its own size, a name that no other picture has, a notice or None).

    Nobody changes the tensor: several sessions may hold it.

    Args:
        controls: of a page; size and colour do not count.
        drawn_px: side of a drawing, which has no size of its own.
    """
    choice, notice = _there(controls.picture)
    if choice == "board":
        return Board.decode(controls.board).pixels(), controls.board, notice
    if choice in ("upload", "camera"):
        return *decoded(st.session_state[f"chooser.{choice}.bytes"]), notice
    return _whole_stock(choice, drawn_px), choice, notice


def digest_of(data: bytes) -> str:
    """A name for a file that no other has."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def decoded(data: bytes) -> tuple[Tensor, str]:
    """An upload in its own size, and its digest; the session remembers the last one: they may be large.

    Raises:
        UserError: as ``images.load``.
    """
    digest = digest_of(data)
    kept: tuple[str, Tensor] | None = st.session_state.get("chooser.decoded")
    if kept is None or kept[0] != digest:
        kept = digest, images.load(data)
        st.session_state["chooser.decoded"] = kept
    return kept[1], digest


@lru_cache(maxsize=32)
def _whole_stock(choice: str, drawn_px: int) -> Tensor:
    kind, _sep, key = choice.partition(":")
    return photograph(key) if kind == "photo" else draw(key, drawn_px)


def smaller(controls: P, most_px: int) -> P:
    """The same picture, made at most ``most_px`` wide."""
    fitting = [size for size in get_args(Size) if size <= min(most_px, controls.size)]
    return controls.model_copy(update={"size": fitting[-1]})


def _pixels(controls: PictureControls, choice: str, size: int) -> tuple[Tensor, str]:
    """The working picture and a name that no other picture has."""
    grey = controls.colour == "grey"
    if choice == "board":
        return images.working(Board.decode(controls.board).pixels(), size, grey), controls.board
    if choice in ("upload", "camera"):
        return _uploaded(st.session_state[f"chooser.{choice}.bytes"], size, grey)
    return stock_pixels(choice, size, grey), choice


def _uploaded(data: bytes, size: int, grey: bool) -> tuple[Tensor, str]:
    # Decoding 16 megapixels takes a second: remember one upload's working pictures, in this session only.
    digest = digest_of(data)
    kept: dict[tuple[str, int, bool], Tensor] = st.session_state.setdefault("chooser.working", {})
    wanted = (digest, size, grey)
    if wanted not in kept:
        for other in [key for key in kept if key[0] != digest]:
            del kept[other]
        kept[wanted] = images.working(images.load(data), size, grey)
    return kept[wanted], digest


def is_stock(choice: str) -> bool:
    """Whether a choice means the same to every learner."""
    return choice in CHOICES and choice not in OWN


@lru_cache(maxsize=64)
def stock_pixels(choice: str, size: int, grey: bool) -> Tensor:
    """A photograph or drawing, uint8 [1 or 3, size, size]; shared by all sessions: never written to."""
    kind, _sep, key = choice.partition(":")
    whole = photograph(key) if kind == "photo" else draw(key, size)
    return images.working(whole, size, grey)


def _framed(controls: PictureControls, choice: str, size: int) -> Picture:
    pixels, name = _pixels(controls, choice, size)
    channels = pixels.shape[0]
    mean, std = (
        images.channel_statistics(channels) if controls.normalised else ((0.0,) * channels, (1.0,) * channels)
    )
    identity = f"{name}/{tuple(pixels.shape)}"
    code = _code(controls, choice, size, mean, std)
    return Picture(pixels, mean, std, identity, code, choice if is_stock(choice) else "")


def _code(
    controls: PictureControls, choice: str, size: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> str:
    grey = controls.colour == "grey"
    lines = [
        *source_code(controls, choice, size),
        f"pixels = images.working(picture, size_px={size}, grey={grey})",
        "image = images.to_float(pixels)",
    ]
    if controls.normalised:
        lines.append(f"image = images.normalise(image, mean={mean!r}, std={std!r})")
    return "\n".join(lines)


def source_code(controls: PictureControls, choice: str, size: int) -> list[str]:
    """Lines that define ``picture``, uint8 [3, H, W]; ``images`` is imported then."""
    kind, _sep, key = choice.partition(":")
    if kind == "photo":
        lines = [
            "from convlab.pictures import images, photographs",
            "",
            f"picture = photographs.photograph({key!r})",
        ]
    elif kind == "drawing":
        lines = [
            "from convlab.pictures import drawings, images",
            "",
            f"picture = drawings.draw({key!r}, {size})",
        ]
    elif kind == "board":
        lines = [
            "from convlab.pictures import images",
            "from convlab.pictures.board import Board",
            "",
            f"picture = Board.decode({controls.board!r}).pixels()",
        ]
    else:
        lines = [
            "from pathlib import Path",
            "",
            "from convlab.pictures import images",
            "",
            'picture = images.load(Path("my_picture.png").read_bytes())',
        ]
    return lines
