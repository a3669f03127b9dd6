"""The pictures beside the open one in train(): from the network's own data where they are here."""

import pytest
import torch

from convlab.datasets import exams
from convlab.ui import networks
from convlab.ui.feature_maps import batch
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.picture import Picture, working_picture


def picture(**changes: object) -> Picture:
    return working_picture(FeatureMapsControls().fitting.model_copy(update=changes))[0]


def test_a_network_of_sketches_meets_sketches() -> None:
    found = batch.beside(networks.bundled_model("net_sketches"), "photo:cat", picture(), 0, 50_000)
    assert found.own
    assert found.pixels.shape == (7, 3, 32, 32)
    own = exams.get("sketches").val.images
    for one in found.pixels:
        assert (own == one).flatten(1).all(1).any()
    assert torch.equal(found.values, batch.entering(found.pixels, picture()))


def test_one_without_data_meets_photographs_but_never_the_open_one() -> None:
    model, cat = networks.random_model("net", 0), picture()
    everything = batch.photographs(cat)
    assert everything.shape == (12, 3, 32, 32)
    for draw in range(12):
        found = batch.beside(model, "photo:cat", cat, draw, 50_000)
        assert not found.own
        assert not any(torch.equal(one, cat.pixels) for one in found.pixels)
        assert all((everything == one).flatten(1).all(1).any() for one in found.pixels)


def test_a_draw_repeats_and_others_differ() -> None:
    model = networks.bundled_model("net_batch_norm_sketches")
    drawn = [batch.beside(model, "", picture(), draw, 50_000).pixels for draw in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize(("each", "count"), [(1, 7), (2**22, 3), (2**23, 1), (2**28, 1)])
def test_of_a_large_network_fewer_are_taken(each: int, count: int) -> None:
    assert len(batch.beside(networks.random_model("net", 0), "", picture(), 0, each).pixels) == count


def test_grey_pictures_of_another_size_meet_their_like() -> None:
    small = picture(size=16, colour="grey", normalised=False)
    found = batch.beside(networks.random_model("net", 0), "photo:cat", small, 0, 1)
    assert found.pixels.shape == (7, 1, 16, 16)
    assert torch.equal(found.values, found.pixels / 255)
