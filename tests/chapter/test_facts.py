"""Facts about slips: keys and labels of their own, values that a table can show."""

import pytest

from convlab.chapter.errata import ERRATA, Erratum


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.key)
def test_each_fact_has_its_key_a_label_and_a_value(erratum: Erratum) -> None:
    facts = erratum.live()
    assert len({fact.key for fact in facts}) == len(facts) >= 2
    assert all(fact.label and not fact.label.endswith(".") for fact in facts)
    assert all(isinstance(fact.value, float | int | str) for fact in facts)
    assert "" not in [fact.value for fact in facts]
