"""Sentences for people, and the one kind of error that is shown to a person: what is wrong and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Sentence:
    """A sentence that can be translated; ``str`` gives the English one.

    A page translates the template, English with ``{name}`` fields inside ``N_()``, then fills in the values.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


class UserError(ValueError):
    """Bad input, put so that a learner can act on it: ``sentence``, made of a template and its values."""

    def __init__(self, template: str, **values: object) -> None:
        self.sentence = Sentence(template, values)
        super().__init__(str(self.sentence))


def N_(message: str) -> str:
    """Mark a sentence for the message catalogue without translating it here."""
    return message


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse an argument outside low..high, or NaN, with a UserError that names it."""
    if not low <= value <= high:
        told = N_("{name} is {value:g}: choose {low:g} to {high:g}.")
        raise UserError(told, name=name, value=value, low=low, high=high)


def chosen(table: Mapping[str, T], key: str, template: str) -> T:
    """What a table has under a key. Raises UserError(template), whose fields are {key} and {keys}."""
    if key not in table:
        raise UserError(template, key=repr(key)[:40], keys=", ".join(list(table)[:20]) or "none")
    return table[key]
