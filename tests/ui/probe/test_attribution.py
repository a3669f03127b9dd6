"""The signed maps over a picture: no colour where they are 0, red above, blue below."""

import torch

from convlab.pictures import crop, photographs
from convlab.ui.probe import attribution

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
