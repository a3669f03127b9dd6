"""What is found out about a slip of the book: computed values with their labels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One computed value: a key for code, a label for people, and what came out (None: undefined here)."""

    key: str
    label: str
    value: float | int | str | None


Facts = tuple[Fact, ...]
