"""The signed maps over a picture: no colour where they are 0, red above, blue below; a scale each."""

import torch

from convlab.pictures import crop, photographs
from convlab.ui import scales
from convlab.ui.networks import bundled_model
from convlab.ui.probe import attribution
from tests.ui.driver import open_page, received

CAT = crop.cut(photographs.photograph("cat"))


def test_zero_keeps_the_grey_of_the_picture_and_signs_have_colours() -> None:
    values = torch.zeros(32, 32)
    values[0, 0], values[0, 1] = 2.0, -2.0
    picture = attribution.overlay(CAT, values, 2.0)
    grey = picture[:, 1:]
    assert int((grey.max(0).values - grey.min(0).values).max()) == 0
    red, blue = picture[:, 0, 0].tolist(), picture[:, 0, 1].tolist()
    assert red[0] > 2 * red[2]
    assert blue[2] > 2 * blue[0]


def test_two_networks_have_a_scale_each() -> None:
    app = open_page("pages/probe.py", picture="photo:cat", second="shipped:net_fast")
    told = [one["below"] for one in received(app, attribution.KEY)[0]["maps"]]
    for name, below in zip(("net", "net_fast"), told, strict=True):
        model = bundled_model(name)
        target = int(model.probe.logits(CAT[None])[0].argmax())
        end = scales.largest(attribution.attribution_map(model, CAT, "occlusion", target))
        assert below == f"{model.name}, for {model.class_names[target]}: ±{end:.2g}"
