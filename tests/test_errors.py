"""The sentence that a person reads: a template with values, English by ``str``."""

import pytest

from convlab.errors import N_, Sentence, UserError


def test_a_sentence_is_its_template_with_the_fields_filled() -> None:
    sentence = Sentence("{name} has {count} rows.", {"name": "x", "count": 3})
    assert str(sentence) == "x has 3 rows."
    assert str(Sentence("Nothing to fill.")) == "Nothing to fill."
    assert sentence == Sentence(sentence.template, dict(sentence.values)) != Sentence(sentence.template)


def test_an_error_says_its_sentence() -> None:
    with pytest.raises(ValueError, match=r"^padding cannot be -1: choose 0 or more\.$") as error:
        raise UserError(N_("{name} cannot be {value}: choose 0 or more."), name="padding", value=-1)
    assert isinstance(error.value, UserError)
    assert error.value.sentence == Sentence(
        "{name} cannot be {value}: choose 0 or more.", {"name": "padding", "value": -1}
    )


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert str(UserError("{text} is not JSON.", text="{value}")) == "{value} is not JSON."


def test_a_template_whose_field_has_no_value_is_our_mistake_not_the_users() -> None:
    with pytest.raises(KeyError):
        UserError("{there} and {missing}", there=1)


def test_marking_changes_nothing() -> None:
    assert N_("{a} b") == "{a} b"
