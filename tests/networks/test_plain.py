"""The class that is shown is the network that the lab trains."""

import torch

from convlab.networks import designs, plain
from convlab.networks.designs import seeded


def test_it_is_the_designs_net_to_the_bit() -> None:
    shown, trained = seeded(plain.Net, 3), seeded(designs.Net, 3)
    weights = trained.state_dict()
    assert [*shown.state_dict()] == [*weights]
    assert all(torch.equal(tensor, weights[name]) for name, tensor in shown.state_dict().items())
    assert repr(shown) == repr(trained)
    batch = torch.randn(8, *designs.INPUT_SHAPE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(shown(batch), trained(batch))
