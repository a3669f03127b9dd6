"""Model cards on the screen: figures of the card, in the session's language."""

import pytest

from convlab.probing import bundled
from convlab.ui import words
from convlab.ui.networks import bundled_model
from convlab.ui.probe import model_card


def test_a_card_tells_recipe_and_figures() -> None:
    told = model_card.rows(bundled_model("net_fast"))
    assert told["Data"] == "CIFAR-10 birds and airplanes, as JPEG"
    assert (told["Parameters"], told["Training pictures"], told["Epochs"]) == ("98,466", "10,000", "40")
    recipe = told["Recipe"].split("; ")
    assert {"n_chans1: 32", "batch_size: 64", "lr: 0.1", "Optimiser: SGD", "Flip: on"} <= set(recipe)
    assert not any(part.startswith(("Network", "Epochs", "Data", "l2")) for part in recipe)
    assert told["Training loss"].startswith("epoch 1: 0.6032; epoch 10: 0.3740")
    assert told["Right in validation"] == "airplane: 946 of 1,000; bird: 946 of 1,000"
    assert told["Time"] == "30:11"


def test_a_card_is_told_in_chinese() -> None:
    with words.speaking("zh"):
        told = model_card.rows(bundled_model("net_sketches"))
    assert told["验证图片"] == "1,000"
    assert told["验证中判断对的"] == "飞机：450 / 500；鸟：410 / 500"


@pytest.mark.parametrize("key", bundled.NETWORKS)
def test_every_card_has_its_rows_and_its_data_a_translation(key: str) -> None:
    model = bundled_model(key)
    assert model.about.data is not None
    assert model.about.data.title in model_card.DATA
    assert all(model_card.rows(model).values())
    assert int(model_card.rows(model)["Training pictures"].replace(",", "")) > model.card["val_pictures"]
