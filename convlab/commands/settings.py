"""Settings of runs on the command line: an option for each, without a default, which the recipe has."""

import argparse
from collections.abc import Collection
from typing import Any

from convlab.commands import numbers
from convlab.training import recipes
from convlab.training.settings import Settings


def add(parser: argparse.ArgumentParser, elsewhere: Collection[str]) -> None:
    """Declare ``--recipe`` and all settings but those that have their own way of being said."""
    parser.add_argument("--recipe", choices=list(recipes.RECIPES), help="settings to begin with")
    for name, field in Settings.model_fields.items():
        if name not in elsewhere:
            flag, about = f"--{name.replace('_', '-')}", f"default: {field.default}"
            if isinstance(field.default, bool):
                parser.add_argument(flag, action="store_const", const=True, help="off by default")
            elif isinstance(field.default, str):
                parser.add_argument(flag, help=about)
            else:
                kind = numbers.whole if field.annotation is int else numbers.number
                parser.add_argument(flag, type=kind, metavar="N", help=about)


def said(given: argparse.Namespace, elsewhere: Collection[str]) -> dict[str, Any]:
    """Those of ``add`` that were given."""
    names = [name for name in Settings.model_fields if name not in elsewhere]
    return {name: value for name in names if (value := getattr(given, name)) is not None}
