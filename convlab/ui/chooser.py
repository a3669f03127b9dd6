"""The image chooser: photographs, drawings, a board to paint on, upload, camera."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import streamlit as st

from convlab.pictures import images
from convlab.pictures.board import SIZES, Board
from convlab.ui import picture, uploads, widgets
from convlab.ui.components.pixel_board import painted, pixel_board
from convlab.ui.picture import PictureControls
from convlab.ui.urls import PageState
from convlab.ui.words import _, escaped, explain, sentences

P = TypeVar("P", bound=PictureControls)


def choose_form(state: PageState[P]) -> None:
    """Size, of all but a board, and colours."""
    if state.value.picture != "board":
        widgets.choose(state, "size", _("Size (px)"), width=92)
    widgets.choose(state, "colour", _("Colour"), {"grey": _("Grey"), "rgb": "RGB"}, as_buttons=True)


def choose_normalised(state: PageState[P], tip: str = "") -> None:
    """Normalised or not; ``tip``: what it does, where it is not with CIFAR-10's mean and deviation."""
    tip = tip or _("Subtract CIFAR-10's mean and divide by its standard deviation, as the chapter does.")
    widgets.toggle(state, "normalised", _("Normalise"), help=tip)


def choose_which(state: PageState[P], then: Callable[[], None] | None = None) -> None:
    """Which picture alone; of a board also how fine it is. ``then`` is called when another is chosen."""
    chosen = state.value.picture  # one of a data set's is on the list while it is open
    titles = {choice: picture.title(choice) for choice in dict.fromkeys((*picture.CHOICES, chosen))}
    widgets.choose(state, "picture", _("Picture"), titles, width=200, then=then)
    if state.value.picture == "board":
        board, look = Board.decode(state.value.board), {"options": SIZES, "width": 92}

        def resize(size: int) -> None:
            state.change(board=board.resized(size).encode())

        widgets.derived(st.selectbox, _("Size (px)"), "chooser.board_size", board.size, resize, **look)


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
    if kind in picture.GIVEN:
        with st.container():  # however much it holds: what stands behind it keeps its place on the page
            _take(kind)
            say_remarks(kind)
    yield


def _take(kind: str) -> None:
    """Take over a new upload if it is a picture; one that is not leaves the last good one in place."""
    if kind == "upload":
        limit, key = uploads.limit_mb(images.MAX_UPLOAD_MB), "chooser.upload"
        tip = _("Any common picture file up to {limit} MB. It stays in this session.").format(limit=limit)
        file: Any = st.file_uploader(_("Your picture"), help=tip, max_upload_size=limit, key=key)
    else:
        file = st.camera_input(_("Your photo"), width=360, key="chooser.camera")

    def read(file: Any) -> None:
        data = file.getvalue()
        loaded, _digest = picture.decoded(data)
        # Streamlit drops an upload when its widget leaves the screen.
        picture.give(kind, picture.OwnFile(data, loaded.remarks, loaded.plain))

    uploads.read(f"chooser.{kind}", [file] if file else [], read, "broken_image")


def say_remarks(kind: str) -> None:
    """What reading a picture of the learner's own says of it: made smaller, a range that was stretched ..."""
    file = picture.own_file(kind)
    if file is not None and file.remarks:
        st.caption(sentences(*(escaped(explain(remark)) for remark in file.remarks)))


def _paint(state: PageState[P]) -> None:
    def repainted() -> None:
        new = painted("chooser.board")
        if new is not None and new.size == Board.decode(state.value.board).size:
            state.change(board=new.encode())

    pixel_board(Board.decode(state.value.board), key="chooser.board", on_paint=repainted)
