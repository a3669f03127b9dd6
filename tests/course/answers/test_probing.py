"""What trained networks say, against their cards, the lab's own functions and counts by hand."""

import statistics

import pytest

from convlab.course import asking
from convlab.datasets import sketches
from convlab.networks import designs
from convlab.probing import bundled
from convlab.ui.modules import capacity_kernels


def test_accuracies_are_those_of_the_network_s_card() -> None:
    card = bundled.card("net_sketches")
    assert asking.figures("probing.sure_and_right")["answer"] == pytest.approx(100 * card["val_accuracy"])
    pruned = asking.figures("probing.pruned_accuracy")
    assert pruned["before"] == pytest.approx(100 * card["val_accuracy"])
    assert pruned["weights"] == 18_090 - 58
    assert 60 < pruned["answer"] < 80


def test_anything_gets_a_verdict() -> None:
    cat, black = asking.figures("probing.verdict_on_a_cat"), asking.figures("probing.verdict_on_black")
    assert (cat["answer"], black["answer"], black["other"]) == ("bird", "bird", "airplane")
    assert cat["sure"] == pytest.approx(91.5, abs=0.1)
    noise = asking.figures("probing.sure_of_noise")
    assert noise["answer"] == pytest.approx(99.2, abs=0.2)
    photographs = asking.figures("probing.sure_of_photographs")
    assert (photographs["answer"], photographs["which"]) == (2, ["coins", "galaxies"])


def test_a_shift_of_two_pixels_turns_the_verdict() -> None:
    found = asking.figures("probing.pixels_to_another_verdict")
    assert found["answer"] == 2
    assert found["after"] == pytest.approx(40.6, abs=0.1)


def test_a_temperature_leaves_the_verdict() -> None:
    found = asking.figures("probing.temperature_and_verdict")
    assert found["answer"] == "same"
    assert found["warm"] == pytest.approx(81.2, abs=0.1)


def test_exercise_1_by_hand() -> None:
    assert (
        asking.figures("probing.larger_kernels")["answer"]
        == 1200 + 16 + 3200 + 8 + 16384 + 32 + 64 + 2
        == 20_906
    )
    padding = asking.figures("probing.padding_left_at_one")
    assert (padding["answer"], padding["side"]) == (288, 6)
    assert "1x288 and 512x32" in str(padding["said"])
    assert asking.figures("probing.kernel_of_one_row") == {"answer": 9, "parameters": 17_034, "usual": 27}
    rows = asking.figures("probing.shuffled_rows")
    assert (rows["answer"], rows["row"]) == ("row", 0)
    shown = capacity_kernels.facts(sketches.sketch(0), {3: designs.seeded(designs.Net, 0)})
    assert shown["3 × 3"][-1] == f"{rows['usual']:.3g}" == "2.12"  # what the page says of the same sketch
    gaps = asking.figures("probing.overfitting_of_kernels")
    assert gaps["answer"] == "unclear"
    means = [sum(gaps[name]) / 3 for name in ("small_each", "large_each")]
    assert means == pytest.approx([gaps["small"], gaps["large"]], abs=0.5)  # they are in whole points


def test_exercise_2_finds_small_changes() -> None:
    cat, airplane = asking.figures("probing.cat_to_airplane"), asking.figures("probing.airplane_to_bird")
    assert cat["answer"] > 99
    assert airplane["after"] > 50 > airplane["before"]
    assert airplane["answer"] == pytest.approx(18.4, abs=0.3)
    fooled = asking.figures("probing.capacity_and_fooling")
    assert fooled["answer"] == "smaller"
    assert fooled["small"] < fooled["large"]
    medians = [statistics.median(fooled[name]) for name in ("small_each", "large_each")]
    assert medians == [fooled["small"], fooled["large"]]
    assert [len(fooled[name]) for name in ("small_each", "large_each")] == [5, 5]
