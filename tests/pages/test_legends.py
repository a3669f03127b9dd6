"""Every row of coloured pictures that Python draws: no value lies beyond the ends that its legend names."""

import re

import pytest
from torch import Tensor

from convlab.ui import scales
from tests.ui.driver import open_page

FEATURE_MAPS = "pages/feature_maps.py"
PAGES = [
    (FEATURE_MAPS, {"experiment": "cross"}),
    (FEATURE_MAPS, {"experiment": "cross", "first_kernel": "0 0 0; 0 0.1 0; 0 0 0"}),
    (FEATURE_MAPS, {"experiment": "cross", "second_kernel": "0 0 0; 0 1000 0; 0 0 0"}),
    (FEATURE_MAPS, {"experiment": "pooling", "layer": "conv1"}),
    (FEATURE_MAPS, {"experiment": "compare", "layer": "conv2"}),
    (FEATURE_MAPS, {"experiment": "compare", "layer": "fc1"}),
    (FEATURE_MAPS, {"experiment": "field", "layer": "pool2"}),
]

Shown = list[tuple[Tensor, float, object]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Whatever becomes colours: values, the end of the scale, the scale."""
    found: Shown = []
    colourise = scales.colourise

    def watched(values: Tensor, end: float, scale: str | tuple[str, ...] = scales.DIVERGING) -> Tensor:
        found.append((values, end, scale))
        return colourise(values, end, scale)

    monkeypatch.setattr(scales, "colourise", watched)
    return found


@pytest.mark.parametrize(("page", "link"), PAGES)
def test_a_legend_names_the_ends_of_what_is_drawn(shown: Shown, page: str, link: dict[str, object]) -> None:
    app = open_page(page, **link)
    shown.clear()  # what the home page drew
    app.run()
    said = " ".join(caption.value for caption in app.caption)
    assert shown
    for values, end, scale in shown:
        assert float(values.abs().max()) <= end * (1 + 1e-6)
        if scale == scales.GREY:
            assert float(values.min()) >= 0
            assert "Black is 0, white is 1." in said
        else:
            assert f"red is {end:.3g}" in said
    if page == FEATURE_MAPS and link["experiment"] == "cross":  # its three rows are compared
        assert len(set(re.findall(r"red is ([^ ]+)\.", said))) == 1
