"""One program of the gallery: its text, what it is to do, where its mistake is, and the repairs offered."""

import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

Ending = Literal[
    "RuntimeError", "ValueError", "IndexError", "AttributeError", "TypeError", "wrong", "right"
]  # what a run comes to: an error of this kind; no error, and what it does is wrong, or right
_GALLERY = Path(__file__).with_name("gallery")


@dataclass(frozen=True)
class Repair:
    """What may be put in place of the line with the mistake.

    Attributes:
        new: one line or more, without the indentation of the line that they replace.
        otherwise: English, marked for translation: what a wrong repair does; "" for the right one.
    """

    new: str
    otherwise: str = ""


@dataclass(frozen=True)
class Program:
    """A program; its text is ``gallery/NAME.py``. Texts for people are English, marked for translation.

    Attributes:
        section: of the book.
        aim: what it is to do.
        ending: what it comes to as it is.
        mistake: the line that a repair replaces, without its indentation; "" where nothing is to be repaired.
        near: further lines where the mistake can be said to be.
        repairs: the right one first.
        why: what is behind it.
    """

    name: str
    section: str
    title: str
    aim: str
    ending: Ending
    why: str
    mistake: str = ""
    near: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @cached_property
    def text(self) -> str:
        """As it is, with its mistake."""
        return (_GALLERY / f"{self.name}.py").read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its lines as they are."""
        return tuple(self.text.splitlines())

    @cached_property
    def line(self) -> int:
        """Number of the line with the mistake, from 1; 0 for none. Raises ValueError for one not there."""
        return [line.strip() for line in self.lines].index(self.mistake) + 1 if self.mistake else 0

    def is_there(self, line: int) -> bool:
        """Whether the mistake can be said to be in a line, counted from 1."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return bool(text) and (line in (self.line, self._beside) or text in self.near)

    @property
    def _beside(self) -> int:
        """The line on the other side of where something is missing; 0 where nothing is."""
        mended = self.repairs[0].new.splitlines() if self.repairs else [self.mistake]
        if len(mended) == 1 or self.mistake not in mended:
            return 0
        return self.line - 1 if mended[-1] == self.mistake else self.line + 1

    def put_in(self, repair: Repair) -> str:
        """The lines of a repair, with the indentation of the line that they replace."""
        old = self.lines[self.line - 1]
        return textwrap.indent(repair.new, old[: len(old) - len(old.lstrip())])

    def repaired(self, repair: Repair) -> str:
        """The program's text with a repair in place of its mistake."""
        lines = list(self.lines)
        lines[self.line - 1] = self.put_in(repair)
        return "\n".join(lines) + "\n"
