"""Halving a picture, and figure 8.8."""

from convlab.course.answers import pooling
from convlab.networks import designs
from convlab.ui.feature_maps.controls import FIGURE_8_8


def test_max_pooling_keeps_a_quarter_as_the_book_prints_it() -> None:
    found = pooling.kept_by_max_pooling()
    assert found == {"answer": 75, "before": [1, 3, 32, 32], "after": [1, 3, 16, 16]}


def test_pooling_learns_nothing() -> None:
    assert pooling.parameters_of_pooling() == {"answer": 0, "strided": 16 * 16 * 9 + 16}


def test_a_strong_value_among_zeros() -> None:
    assert pooling.one_strong_value() == {"answer": 0.25, "largest": 1.0}


def test_windows_of_three_overlap_at_stride_two() -> None:
    assert pooling.read_with_stride_two() == {"answer": 64, "by_one": 16, "outputs": 16}


def test_the_large_cross_is_found_where_the_figure_has_it() -> None:
    found = pooling.large_cross()
    assert found["answer"] == [f"{FIGURE_8_8['layer']} {FIGURE_8_8['row']},{FIGURE_8_8['col']}"]
    assert (round(float(str(found["largest"])), 4), round(float(str(found["next"])), 4)) == (0.68, 0.3225)


def test_a_unit_of_conv2_adds_up_sixteen_maps() -> None:
    net = designs.design("net").build()
    weight = net.get_parameter("conv2.weight")
    assert pooling.numbers_of_one_unit() == {"answer": weight[0].numel(), "maps": weight.shape[1]}
