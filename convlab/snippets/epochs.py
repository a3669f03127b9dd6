"""The script of the time machine: a run's network after each of its epochs, asked about one picture."""

from collections.abc import Sequence

from convlab.snippets import writer


def walked_back(
    run: str,
    epochs: Sequence[int],
    layer: str,
    pixels_code: str,
    mean: Sequence[float],
    std: Sequence[float],
) -> str:
    """Script whose ``kernels``, ``maps`` and ``chances`` are the first layer's and the network's, by epoch.

    It reads the weights from the run's folder on this machine. ``pixels_code``: lines that define ``pixels``,
    uint8 [3, 32, 32], and import ``images``. ``layer`` is the first one's name; only of a convolution are
    there maps.
    """
    return writer.script(
        pixels_code,
        f"""from convlab.training import runs
run = runs.get({run!r})
image = images.normalise(images.to_float(pixels), mean={tuple(mean)!r}, std={tuple(std)!r})
batch = image.unsqueeze(0)""",
        f"""kernels, maps, chances = {{}}, {{}}, {{}}
for epoch in {tuple(epochs)}:
    model = run.network_at(epoch)
    first = model.get_submodule({layer!r})
    kernels[epoch] = first.weight.detach()
    with torch.no_grad():
        chances[epoch] = model(batch).softmax(1)[0]
        if isinstance(first, nn.Conv2d):
            maps[epoch] = first(batch)[0]
    print("epoch", epoch, dict(zip(run.environment["classes"], chances[epoch].tolist())))""",
    )
