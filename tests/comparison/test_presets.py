"""The comparisons that are ready to run: the book's settings, and each a plan."""

import pytest

from convlab.chapter.published import PUBLISHED, differences
from convlab.comparison.presets import PRESETS, of_the_book
from convlab.training.recipes import book_recipe


@pytest.mark.parametrize("key", PRESETS)
def test_each_is_a_plan_of_three_seeds(key: str) -> None:
    preset = PRESETS[key]
    found = preset.plan()
    assert found.seeds == (0, 1, 2)
    assert found.name == preset.title
    assert 2 <= len(found.designs) <= 8


def test_figure_8_13_has_the_books_settings_for_all_eight() -> None:
    found = PRESETS["figure_8_13"].plan()
    assert len(found.designs) == 8
    assert set(found.designs) == set(PUBLISHED) - {"net_cpu"}
    for row in found.designs:
        settings = found.settings(row, 0)
        expected = book_recipe("net", l2=True) if row == "net_l2" else book_recipe(row)
        assert settings == expected
        assert set(differences(settings)) <= {"data"}  # it is on sketches until somebody brings the pictures


def test_what_all_share_may_be_changed_for_designs_of_their_own_too() -> None:
    found = PRESETS["figure_8_13"].plan("mine", [7], epochs=3, lr=0.5)
    assert (found.name, found.seeds) == ("mine", (7,))
    told = [found.settings(label, 7) for label in found.designs]
    assert {(one.epochs, one.lr) for one in told} == {(3, 0.5)}


def test_the_slips_differ_in_nothing_else() -> None:
    found = PRESETS["slips"].plan()
    plain, slip = found.settings("net", 0), found.settings("net, not shuffled", 0)
    assert slip == plain.changed(unshuffled=True)
    for design in ("net_dropout", "net_batch_norm"):
        plain, slip = found.settings(design, 0), found.settings(f"{design}, no eval()", 0)
        assert slip == plain.changed(validate_in_train_mode=True)


def test_the_class_sees_the_eight_of_the_figure() -> None:
    found = PRESETS["in_class"].plan()
    *others, deepest = found.designs
    assert [*others, "net_res_deep"] == list(PRESETS["figure_8_13"].designs)
    assert deepest == "net_res_deep, 3 shared blocks"  # not what the name alone means
    assert found.settings(deepest, 0).options == {"n_blocks": 3, "shared": True}
    assert found.data == {"sketches"}


def test_a_rows_settings() -> None:
    assert of_the_book("net") == {"design": "net"}
    assert of_the_book("net_l2") == {"design": "net", "l2": 0.001}
