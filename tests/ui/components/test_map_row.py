"""convlab.ui.components.map_row: what a browser is given is the maps, their titles and their size."""

import torch
from streamlit.testing.v1 import AppTest

from tests.ui.driver import received


def page() -> None:
    import torch

    from convlab.ui.components.map_row import map_row

    maps = torch.arange(12.0).reshape(2, 2, 3)
    map_row("row", [("a", maps[0]), ("b", maps[1].T.contiguous().T)])


def test_the_maps_arrive_one_after_another_row_by_row() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    header, blobs = received(app, "row")
    assert header["titles"] == ["a", "b"]
    assert header["size"] == [2, 3]
    assert header["matrix"] is None
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32)
    assert torch.equal(values, torch.arange(12.0))
    assert len(blobs["table"]) == 3 * 256


def tiles() -> None:
    import torch

    from convlab.ui.components.map_row import tiled_row

    layers = torch.arange(48.0).reshape(2, 4, 2, 3)
    tiled_row("tiles", [("a", layers[0]), ("b", layers[1])], 2, [(), (1, 3)])


def test_channels_arrive_as_tiles_of_one_map() -> None:
    app = AppTest.from_function(tiles).run()
    assert not app.exception
    header, blobs = received(app, "tiles")
    assert header["size"] == [4, 6]
    assert header["tiles"] == {"height": 2, "width": 3, "columns": 2, "crossed": [[], [1, 3]]}
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32).reshape(2, 4, 6)
    channels = torch.arange(48.0).reshape(2, 4, 2, 3)
    assert torch.equal(values[1, 2:, 3:], channels[1, 3])
    assert torch.equal(values[0, :2, 3:], channels[0, 1])
