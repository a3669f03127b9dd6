"""A page that is its own entry point, as ``AppTest.from_file("pages/kernels.py")`` and Streamlit run it."""

from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.compare.controls import CompareControls
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.controls import ModulesControls
from convlab.ui.own.controls import OwnControls
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.programs.controls import ProgramsControls
from convlab.ui.slips import SlipsControls
from convlab.ui.train.controls import TrainControls
from convlab.ui.urls import Controls
from tests import sources
from tests.ui.driver import ready, troubles

CONTROLS: dict[str, type[Controls]] = {
    "kernels": KernelsControls,
    "feature_maps": FeatureMapsControls,
    "modules": ModulesControls,
    "train": TrainControls,
    "compare": CompareControls,
    "probe": ProbeControls,
    "slips": SlipsControls,
    "lessons": OwnControls,
    "programs": ProgramsControls,
}
PAGES = sorted((sources.ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_a_page_opens_by_itself_with_every_experiment(page: Path) -> None:
    app = ready(AppTest.from_file(page)).run()
    assert troubles(app) == []
    assert app.page_link == []
    named = [text.value for text in app.markdown]
    assert {f"{lesson.icon} {lesson.title}" for lesson in LESSONS.values() if lesson.in_head} <= set(named)
    key, controls = f"{page.stem}.experiment", CONTROLS[page.stem].model_fields
    for experiment in get_args(controls["experiment"].annotation) if "experiment" in controls else ():
        app.segmented_control(key=key).set_value(experiment).run()
        assert troubles(app) == []
