"""When the book's numbers may stand beside a run's, and why not where they may not."""

from collections.abc import Mapping

from convlab.chapter import published
from convlab.chapter.published import Published
from convlab.training.settings import Settings
from convlab.ui import words
from convlab.ui.runs import labels
from convlab.ui.words import REMARKS, _, enumerated, escaped

MOST_NAMED = 4
Apart = Mapping[str, tuple[object, object]]  # setting -> the run's value, the book's


def behind(settings: Settings, steered: bool = False) -> tuple[Published | None, str]:
    """(what the book printed of a run with these settings, ""), or (None, a sentence in Markdown why not).

    ``steered``: whether other things than its settings made the run what it is; see ``seeds``.
    """
    printed = published.published(settings.design, settings.l2)
    if printed is None:
        return None, _("The book has no curve of this network.")
    if apart := published.differences(settings):
        told = _("The book's curve is not drawn: its run had other settings ({what}).")
        return None, told.format(what=named(apart))
    if steered:
        told = _("The book's curve is not drawn, as this run is a fork, or its learning rate was changed.")
        return None, told
    return printed, ""


def not_behind(apart: Apart, begun: bool = False) -> str:
    """What stands above the book's numbers before a run with other settings; ``begun``: there are runs."""
    if begun:
        told = _("In grey, the book's nearest run to the settings above, which differs: it had {what}.")
        return told.format(what=named(apart))
    told = _(
        "Nothing is training yet: press **Start**. In grey, the book's nearest run, which differs: it had "
        "{what}. So it will not stand behind your curve."
    )
    return told.format(what=named(apart))


def named(apart: Apart) -> str:
    """What the book had where a run has something else, in Markdown."""
    found = [
        words.named(labels.setting(name), labels.value(name, book)) for name, (_own, book) in apart.items()
    ]
    rest = len(found) - MOST_NAMED
    more = [_("{count} more").format(count=rest)] if rest > 0 else []
    return enumerated(map(escaped, found[:MOST_NAMED] + more), REMARKS)
