"""Along a slider: the values that are tried, and the accuracy at each."""

import pytest

from convlab.datasets.exams import Exam
from convlab.probing import perturbations
from convlab.probing.evaluation import evaluate
from convlab.ui import networks
from convlab.ui.probe import perturb
from tests.pages.probe_page import small_data


@pytest.mark.parametrize("kind", perturbations.KINDS.values(), ids=list(perturbations.KINDS))
def test_values_go_from_end_to_end(kind: perturbations.Kind) -> None:
    values = perturb.steps(kind)
    assert (values[0], values[-1]) == (kind.lowest, kind.highest)
    assert values == sorted(set(values))
    assert not kind.whole or all(value == round(value) for value in values)


def test_the_accuracy_without_a_shift_is_the_plain_one() -> None:
    model, found = networks.bundled_model("net"), small_data()
    data = Exam(found.title, found.classes, found.val)
    values, shares = perturb.accuracy_curve(model, data, "shift")
    assert values == perturb.SHIFTS
    assert shares[0] == evaluate(model.probe, data.val.images, data.val.labels).accuracy
