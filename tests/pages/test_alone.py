"""A page that is its own entry point, as ``AppTest.from_file("pages/kernels.py")`` and Streamlit run it."""

from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.lessons import LESSONS
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.train.controls import TrainControls
from convlab.ui.urls import Controls
from tests import sources
from tests.ui.driver import ready, troubles

CONTROLS: dict[str, type[Controls]] = {
    "kernels": KernelsControls,
    "feature_maps": FeatureMapsControls,
    "train": TrainControls,
    "probe": ProbeControls,
}
PAGES = sorted((sources.ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_a_page_opens_by_itself_with_every_experiment(page: Path) -> None:
    app = ready(AppTest.from_file(page, default_timeout=60)).run()
    assert troubles(app) == []
    assert app.page_link == []
    named = [text.value for text in app.markdown]
    assert {f"{lesson.icon} {lesson.title}" for lesson in LESSONS.values()} <= set(named)
    key = f"{page.stem}.experiment"
    for experiment in get_args(CONTROLS[page.stem].model_fields["experiment"].annotation):
        app.segmented_control(key=key).set_value(experiment).run()
        assert troubles(app) == []
