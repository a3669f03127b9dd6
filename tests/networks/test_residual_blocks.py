"""One block at many places against a block each: what is the same object, what is counted, what adds up."""

import pytest
import torch

from convlab.networks.depth import batch
from convlab.networks.designs import seeded
from convlab.networks.initialisation import initialise
from convlab.networks.residual_blocks import compare, first_batch, parameters, twins
from convlab.networks.variants import NetResDeep


@pytest.mark.parametrize(("blocks", "count"), [(1, 75_810), (10, 159_330), (100, 994_530)])
def test_a_block_each_costs_parameters_and_a_repeated_one_does_not(blocks: int, count: int) -> None:
    assert parameters(32, blocks, shared=True) == 75_810
    assert parameters(32, blocks, shared=False) == count


def test_a_repeated_block_is_one_object() -> None:
    shared, separate, said = seeded(lambda: twins(8, 4), 0)
    assert said == "<All keys matched successfully>"
    assert len(shared.resblocks) == len(separate.resblocks) == 4
    assert len(set(map(id, shared.resblocks))) == 1
    assert len(set(map(id, separate.resblocks))) == 4
    for name, tensor in shared.state_dict().items():
        assert torch.equal(tensor, separate.state_dict()[name])


def test_one_set_of_running_statistics_does_not_fit_all_places() -> None:
    few, many, single = compare(32, 10).modes, compare(16, 50).modes, compare(32, 1).modes
    assert few[0] == pytest.approx(0.70, rel=0.05)
    assert few[1] < 0.01
    assert many[0] > 10 * many[1]
    assert single[0] == single[1] < 0.001


def test_with_pytorchs_default_each_block_adds_twice_as_much() -> None:
    """Batch norm's weight 1 in place of 0.5; the first convolution's part does not grow."""

    def size(initialisation: str) -> float:
        def make() -> NetResDeep:
            network = NetResDeep(16, 30)
            initialise(network, initialisation)
            return network

        return first_batch(seeded(make, 0), *batch(4, 32))[0]

    assert size("reset_parameters") / size("pytorch") == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize(("chans", "blocks"), [(8, 1), (8, 4), (32, 10)])
def test_the_repeated_blocks_gradient_is_the_sum_of_the_others(chans: int, blocks: int) -> None:
    found = compare(chans, blocks)
    assert found.logits == found.difference == 0.0
    own = found.shared.get_parameter("resblocks.0.conv.weight").grad
    each = [found.separate.get_parameter(f"resblocks.{n}.conv.weight").grad for n in range(blocks)]
    assert own is not None
    assert own.any()
    total = torch.stack([gradient for gradient in each if gradient is not None]).sum(0)
    assert torch.allclose(own, total, rtol=1e-4, atol=1e-7)
