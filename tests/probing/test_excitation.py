"""What excites a unit: the strongest patches are those of a plain search; an ascent climbs, and repeats."""

import pytest
import torch
from torch import Tensor, nn

from convlab.datasets import exams
from convlab.errors import UserError
from convlab.networks import receptive_field
from convlab.networks.designs import Net, seeded
from convlab.networks.graph import trace
from convlab.networks.recording import record
from convlab.pictures.images import normalise, to_float
from convlab.probing import bundled
from convlab.probing.excitation import MAX_STEPS, Ascent, Made, Regularisation, seen, strongest
from tests.networks.test_graph import state

SHAPE = (3, 32, 32)


def pictures(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, *SHAPE), generator=generator, dtype=torch.uint8)


def plain(values: Tensor) -> Tensor:
    return values


def normalised(values: Tensor) -> Tensor:
    probe = bundled.weights("net").probe
    return normalise(values, probe.mean, probe.std)


def net() -> nn.Module:
    return bundled.weights("net").probe.network


def test_the_strongest_are_those_of_a_plain_search() -> None:
    data, told = pictures(230), []
    found = strongest(
        net(), data, plain, "tanh2", 5, most=4, told=lambda done, total: told.append((done, total))
    )
    values = record(net(), to_float(data)).outputs["tanh2"][:, 5]
    order = values.flatten(1).amax(1).argsort(descending=True)[:4].tolist()
    assert sorted(one.picture for one in found) == sorted(order)
    assert [one.value for one in found] == sorted((one.value for one in found), reverse=True)
    for one in found:
        alone = record(net(), to_float(data[one.picture][None])).outputs["tanh2"][0]
        assert one.value == float(alone[one.unit]) == float(alone[5].max())
    assert told == [(100, 230), (200, 230), (230, 230)]


def test_of_a_vector_it_is_the_entry() -> None:
    data = pictures(5)
    found = strongest(net(), data, plain, "fc2", 1)
    assert [one.unit for one in found] == [(1,)] * 5
    wanted = record(net(), to_float(data)).result[:, 1].sort(descending=True).values
    torch.testing.assert_close(torch.tensor([one.value for one in found]), wanted)


def test_no_such_layer_or_map() -> None:
    with pytest.raises(UserError, match="no layer"):
        strongest(net(), pictures(1), plain, "conv9", 0)
    with pytest.raises(UserError, match="no unit"):
        strongest(net(), pictures(1), plain, "conv1", 16)
    with pytest.raises(UserError, match="no unit"):
        Ascent(net(), SHAPE, plain, "conv1", (0, 40, 0))


@pytest.mark.parametrize("unit", [(0, 8, 8), (0, 0, 15)])
def test_a_patch_is_what_the_unit_sees(unit: tuple[int, int, int]) -> None:
    row = receptive_field.row(trace(net(), SHAPE), "conv2")
    view, one = receptive_field.window_of(row, unit, (32, 32)), pictures(1)[0]
    patch = seen(one, view)
    assert patch.shape == (3, 8, 8)
    for i, r in enumerate(range(*view.rows)):
        for j, c in enumerate(range(*view.cols)):
            inside = 0 <= r < 32 and 0 <= c < 32
            assert patch[:, i, j].tolist() == (one[:, r, c].tolist() if inside else [128] * 3)


@pytest.mark.parametrize(("layer", "unit"), [("conv2", (3, 8, 8)), ("fc2", (1,)), ("conv1", (2, 8, 8))])
def test_an_ascent_climbs_and_its_value_is_pytorchs(layer: str, unit: tuple[int, ...]) -> None:
    module = net()
    before = list(state(module))
    made = Ascent(module, SHAPE, normalised, layer, unit, seed=1).run(64)
    assert list(state(module)) == before
    assert made.pixels.dtype == torch.uint8
    alone = record(module, normalised(to_float(made.pixels[None]))).outputs[layer][0]
    assert made.value == float(alone[unit])
    sketches = exams.get("sketches").val.images
    best = strongest(module, sketches, normalised, layer, unit[0])[0].value
    assert made.value > best > made.values[0]
    assert len(made.values) == 1 + 64 / 8


def test_an_ascent_repeats_and_goes_on_where_it_was() -> None:
    def ascent(seed: int, **regular: float) -> Ascent:
        told = Regularisation(**regular)  # type: ignore[arg-type]
        return Ascent(net(), SHAPE, plain, "conv2", (3, 8, 8), seed, told)

    whole, parts = ascent(0).run(32), ascent(0)
    parts.run(16)
    assert torch.equal(parts.run(16).pixels, whole.pixels)
    others = [ascent(1).run(32), *(ascent(0, **{name: 0}).run(32) for name in ("jitter_px", "blur", "l2"))]
    assert all(not torch.equal(one.pixels, whole.pixels) for one in others)


def test_regularisation_does_what_it_says() -> None:
    """Blur and L2 make the picture smoother and greyer than the bare gradient does."""

    def made(regular: Regularisation) -> Made:
        return Ascent(net(), SHAPE, plain, "fc2", (1,), 0, regular).run(64)

    def rough(one: Made) -> float:
        return float(one.pixels.double().diff(dim=2).abs().mean())

    def strong(one: Made) -> float:
        return float((one.pixels.double() - 127.5).abs().mean())

    bare = made(Regularisation(0, 0, 0))
    assert rough(made(Regularisation(0, 0.3, 0))) < rough(bare)
    assert strong(made(Regularisation(0, 0, 0.2))) < strong(bare)


def test_a_unit_that_does_not_fire_is_tried_from_other_noise() -> None:
    """ReLU of a mean less 0.5: its gradient is 0 where the picture is dark."""
    layer = nn.Conv2d(3, 1, 32)
    with torch.no_grad():
        layer.weight.fill_(1 / 3072)
        layer.bias.fill_(-0.5)  # type: ignore[union-attr]
    module = nn.Sequential(layer, nn.ReLU())
    made = Ascent(module, SHAPE, plain, "1", (0, 0, 0), 3).run(64)
    assert made.value > 0.05
    with torch.no_grad():
        layer.bias.fill_(-2)  # type: ignore[union-attr]
    dead = Ascent(module, SHAPE, plain, "1", (0, 0, 0)).run(16)
    assert dead.value == 0


def test_progress_and_bounds() -> None:
    told: list[int] = []
    Ascent(seeded(Net, 0), SHAPE, plain, "conv1", (0, 3, 3)).run(20, lambda made: told.append(made.steps))
    assert told == [8, 16, 20]
    for steps in (0, MAX_STEPS + 1):
        with pytest.raises(UserError, match="steps is"):
            Ascent(seeded(Net, 0), SHAPE, plain, "conv1", (0, 3, 3)).run(steps)
    for regular in (Regularisation(jitter_px=9), Regularisation(blur=1.5), Regularisation(l2=-1)):
        with pytest.raises(UserError, match="choose 0 to"):
            Ascent(seeded(Net, 0), SHAPE, plain, "conv1", (0, 3, 3), 0, regular)
