"""The page in front of a class: controls folded, all type larger, a black screen at a key; and its language.

The browser does it alone, at once and without a step of Back; ``theme.css`` says what folds.
"""

from convlab.ui import words
from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

KEY = "presentation"
PARAMETER = "present"  # "=1" in the link, of no page's controls

_mount = declare("presentation")


def presentation() -> None:
    """Once a page, in its head: the button that begins; while one presents, all buttons for it."""
    remember = {"name": words.COOKIE, "value": words.to_remember()}
    _mount(key=KEY, data=pack({"labels": _labels(), "remember": remember}), width="content")


def _labels() -> dict[str, str]:
    return {
        "present": _("Present"),
        "present_help": _("For a class: large type, the controls folded, the picture across the screen."),
        "leave": _("Leave"),
        "leave_help": _("Leave the presentation."),
        "controls": _("Controls"),
        "controls_help": _("Show or fold the controls."),
        "blank": _("Blank"),
        "blank_help": _("A black screen; any key or click brings the page back."),
        "folded": _("Presentation: P leaves it, C shows the controls, B blanks the screen."),
        "open": _("The controls are shown; C folds them."),
        "ended": _("The presentation is over."),
    }
