"""pages/modules.py: the parts of the lesson, one at a time, each with its notes, its code and its maths."""

from typing import get_args

import pytest

from convlab.ui.modules.controls import ModulesControls, PartName
from convlab.ui.modules.parts import PARTS
from tests.ui.driver import open_page, troubles

PAGE = "pages/modules.py"


def test_the_parts_come_in_the_order_of_the_chapter() -> None:
    assert list(PARTS) == [name for name in get_args(PartName) if name in PARTS]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_opens_with_its_notes_code_and_maths(part: PartName) -> None:
    app = open_page(PAGE, part=part)
    assert troubles(app) == []
    assert app.segmented_control(key="modules.part").value == part
    for experiment in get_args(ModulesControls.model_fields["experiment"].annotation):
        app.segmented_control(key="modules.experiment").set_value(experiment).run()
        assert troubles(app) == []


@pytest.mark.parametrize("part", PARTS)
def test_the_code_of_a_part_runs(part: PartName) -> None:
    app = open_page(PAGE, part=part, experiment="code")
    exec(compile(app.code[-1].value, part, "exec"), {"__name__": "script"})
