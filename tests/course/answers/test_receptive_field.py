"""How far units see: the book's figures, and those of the receptive-field table."""

from convlab.course.answers import receptive_field as answers
from convlab.networks import designs, graph, receptive_field


def sizes(design: str) -> dict[str, int]:
    network = graph.trace(designs.design(design).build(), designs.INPUT_SHAPE)
    return {row.layer.name: row.field.size[1] for row in receptive_field.table(network)}


def test_the_sidebar() -> None:
    assert answers.convolution_pool_convolution() == {"answer": 8}
    assert answers.at_the_corner() == {"answer": 7}


def test_the_pools_of_net() -> None:
    net = sizes("net")
    assert answers.second_pool_of_net() == {"answer": net["pool2"], "conv2": net["conv2"]}
    assert (net["conv2"], net["pool2"]) == (8, 10)


def test_the_first_layer_of_net_depth_that_sees_half() -> None:
    assert answers.sees_half_of_the_picture() == {"answer": ["conv3"], "conv3": 18, "pool3": 22}


def test_few_of_the_pixels_that_reach_a_unit_count() -> None:
    found = answers.pixels_that_count()
    assert (found["answer"], found["reached"], found["strong"]) == ("few", 64, 15)
