"""The one kind of error that is shown to a person: a sentence that says what is wrong and what to do."""


class UserError(ValueError):
    """Bad input, put so that a learner can act on it.

    Args:
        template: an English sentence with ``{name}`` fields. Written inside ``N_()`` so that
            translators find it; the page translates the template, then fills the fields.
        **values: what the fields stand for.

    ``str(error)`` is the English sentence with its fields filled.
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


def N_(message: str) -> str:
    """Mark a sentence for the message catalogue without translating it here."""
    return message
