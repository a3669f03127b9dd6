"""A network that does not fit: PyTorch's own message, what it means, and what to do."""

from convlab.networks.shape_errors import Attempt
from convlab.ui.components.answer import Code, Framed, Sentence
from convlab.ui.words import _, escaped, explain


def show_failure(attempt: Attempt) -> None:
    """PyTorch's own message, then what it means and how to fix it."""
    failure(attempt).show()


def failure(attempt: Attempt) -> Framed:
    """The same, for whoever shows it with more."""
    told = [explain(sentence) for sentence in (attempt.meaning, attempt.fix) if sentence is not None]
    said = Sentence(_("**This network does not fit.** PyTorch says:")), Code(attempt.error)
    return Framed([*said, *(Sentence(escaped(sentence)) for sentence in told)])
