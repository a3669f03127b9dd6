"""The time machine's script is run on a run of two epochs, and finds what the page shows."""

import torch

from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures import images
from convlab.snippets.epochs import walked_back
from convlab.training import first_layer
from tests.snippets.test_convolution import run as run_script
from tests.training.small import create, train

PIXELS = """from convlab.pictures import images
pixels = torch.full((3, 32, 32), 90, dtype=torch.uint8)"""


def test_kernels_maps_and_probabilities_of_each_epoch() -> None:
    train(run := create())
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.2, 0.3)
    layer = first_layer.name(run.settings.design)
    found = run_script(walked_back(run.id, (0, 2), layer, PIXELS, mean, std))
    pixels = torch.full(INPUT_SHAPE, 90, dtype=torch.uint8)
    x = images.normalise(images.to_float(pixels), mean, std)[None]
    assert torch.equal(found["batch"], x)
    for epoch in (0, 2):
        network = run.network_at(epoch)
        with torch.no_grad():
            assert torch.equal(found["chances"][epoch], network(x).softmax(1)[0])
            assert torch.equal(found["maps"][epoch], network.get_submodule(layer)(x)[0])
        assert torch.equal(found["kernels"][epoch], network.get_parameter(f"{layer}.weight"))
    assert not torch.equal(found["kernels"][0], found["kernels"][2])
