"""Names of classes: plain text on one line, whoever wrote them."""

from convlab.errors import N_, UserError

MIN_CLASSES, MAX_CLASSES = 2, 20
MAX_NAME = 60  # characters of a title or the name of a class
JOINERS = "\u200c\u200d"  # of Persian and Indic scripts, and of emoji


def one_line(text: str, most: int | None = MAX_NAME) -> str:
    """Text on one line, without control characters or outer spaces, 60 characters at most.

    It may hold markup: whoever shows it escapes it. Joiners within stay: they shape letters and part none.
    """
    shown = "".join(c if c.isprintable() or c in JOINERS else " " for c in text)
    return " ".join(shown.split())[:most].strip(f" {JOINERS}")


def numbered(count: int) -> tuple[str, ...]:
    """What the classes of a network are called that tells no names: "class 0", "class 1" ..."""
    return tuple(f"class {index}" for index in range(count))


def check_classes(classes: tuple[str, ...]) -> None:
    """Refuse other than 2 to 20 different plain names with a UserError."""
    few = N_("It takes two classes and there are {count}: put the pictures of each into its own folder.")
    many = N_("There are {count} classes and ConvLab takes {limit} at most: leave some folders out.")
    count = len(classes)
    if not MIN_CLASSES <= count <= MAX_CLASSES:
        raise UserError(few if count < MIN_CLASSES else many, count=count, limit=MAX_CLASSES)
    for name in classes:
        if classes.count(name) > 1:
            twice = N_("Two classes are called {name!r}: give each a name of its own.")
            raise UserError(twice, name=name[:80])
        if not name or name != one_line(name):
            named = N_("A class cannot be called {name!r}: use another name, of {limit} characters at most.")
            raise UserError(named, name=name[:80], limit=MAX_NAME)
