"""Sentences for people, and the one kind of error that is shown to a person: what is wrong and what to do."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sentence:
    """A sentence that can be translated; ``str`` gives the English one.

    Attributes:
        template: English with ``{name}`` fields, written inside ``N_()`` so that translators find it; a page
            translates the template, then fills the fields.
        values: what the fields stand for.
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
