"""Whose a data set on the shelf is: theirs who brought it through a page; without a word, everyone's here."""

from pydantic import TypeAdapter, ValidationError

from convlab.storage import atomic, data_folder, locks

_FILE = "givers.json"  # key -> who brought it
_KNOWN = TypeAdapter(dict[str, list[str]])


def note(key: str, giver: str | None, new: bool) -> None:
    """Remember who brought a data set, the newest last; None makes it everyone's.

    One that is not ``new`` and everyone's stays so. Raises OSError where the disk is full.
    """
    path = data_folder.part("datasets") / _FILE
    with locks.alone(path.with_name(f".{_FILE}.lock")):
        known = _known()
        before = known.pop(key, [])
        after = [one for one in before if one != giver] + [giver] if giver and (new or before) else []
        if after != before:
            atomic.write_json(path, {**known, key: after} if after else known)


def of_others(who: str) -> frozenset[str]:
    """The keys of what only others brought. One that has gone stays theirs: there are runs on it."""
    return frozenset(key for key, givers in _known().items() if who not in givers)


def brought_by(who: str) -> list[str]:
    """The keys of what somebody brought, the newest last; some may have gone."""
    return [key for key, givers in _known().items() if who in givers]


def _known() -> dict[str, list[str]]:
    try:
        return _KNOWN.validate_json((data_folder.path() / "datasets" / _FILE).read_bytes())
    except (OSError, ValidationError):
        return {}
