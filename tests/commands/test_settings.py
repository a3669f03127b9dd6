"""Every setting has an option; what was not given is not there."""

import argparse

from convlab.commands import settings
from convlab.training.settings import Settings


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    settings.add(parser, ("design", "options", "data"))
    return parser.parse_args(words)


def test_what_was_given_and_nothing_else() -> None:
    given = parsed("--lr", "0,5", "--epochs", "3", "--flip", "--schedule", "one_cycle", "--recipe", "fast")
    told = settings.said(given, ("design", "options", "data"))
    assert told == {"lr": 0.5, "epochs": 3, "flip": True, "schedule": "one_cycle"}
    assert given.recipe == "fast"


def test_all_settings_are_there_but_those_that_are_said_elsewhere() -> None:
    assert set(vars(parsed())) == set(Settings.model_fields) - {"design", "options", "data"} | {"recipe"}
