"""Maps side by side on one scale, under one cursor; a convolution's matrix as such a map."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from convlab.ui import scales
from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

_mount = declare("map_row", "stage", "scale")


def map_row(key: str, maps: Sequence[tuple[str, Tensor]]) -> None:
    """Show maps, (title, float32 [H, W]) each, all of one size."""
    _show(key, maps, None)


def tiled_row(
    key: str, layers: Sequence[tuple[str, Tensor]], columns: int, crossed: Sequence[Sequence[int]]
) -> None:
    """Show layers, (title, float32 [C, H, W]) each, as a map of all their channels, ``columns`` in a row.

    ``crossed``: the channels of each layer that are crossed out. C is a multiple of columns.
    """
    _count, height, width = layers[0][1].shape
    maps = [(title, tiled(values, columns)) for title, values in layers]
    _show(
        key, maps, {"height": height, "width": width, "columns": columns, "crossed": list(map(list, crossed))}
    )


def tiled(values: Tensor, columns: int) -> Tensor:
    """Channels [C, H, W] side by side, ``columns`` in a row: [C / columns * H, columns * W]."""
    count, height, width = values.shape
    rows = values.view(count // columns, columns, height, width).transpose(1, 2)
    return rows.reshape(-1, columns * width)


def _show(key: str, maps: Sequence[tuple[str, Tensor]], tiles: dict[str, Any] | None) -> None:
    values = torch.stack([values for _title, values in maps])
    header = {
        "labels": _labels(),
        "titles": [title for title, _values in maps],
        "size": list(values.shape[1:]),
        "matrix": None,
        "tiles": tiles,
    }
    _mount(key=key, data=pack(header, values=values, held=b"", table=scales.table(scales.DIVERGING)))


def matrix_map(key: str, matrix: Tensor, held: Tensor, side: int, out_columns: int) -> None:
    """Show a convolution's matrix, float32; the lab on the page marks the entry that one points at.

    Args:
        held: bool, of its shape: where a weight may be; all else is 0 whatever the weights are.
        side: of the square picture, in pixels.
        out_columns: of the output.
    """
    header = {
        "labels": _labels() | _matrix_labels(),
        "titles": [_("The convolution as a matrix")],
        "size": list(matrix.shape),
        "matrix": {"side": side, "out_cols": out_columns},
        "tiles": None,
    }
    _mount(key=key, data=pack(header, values=matrix, held=held, table=scales.table(scales.WEIGHTS)))


def _labels() -> dict[str, str]:
    return {
        "keys": _("Arrow keys move over the places of the maps."),
        "hint": _("Point at a map: its place is marked in all of them."),
        "place": _("Row {row}, column {column}."),
        "place_in": _("Channel {channel}, row {row}, column {column}."),
        "value": _("{title}: {value}."),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_own": "",
        "scale_shared": _("One scale for all."),
    }


def _matrix_labels() -> dict[str, str]:
    return {
        "keys": _("Arrow keys move over the entries of the matrix."),
        "hint": _("Point at an entry: the lab marks what it joins."),
        "entry": _("output ({r}, {c}) from pixel ({y}, {x}) of channel {channel}: {weight}"),
        "no_weight": _("no weight"),
        "axes": _(
            "Down: output pixel, row by row. Across: input value, row by row, channel by channel. "
            "Grey: always 0, no weight reaches there."
        ),
        "scale_signed": _("Green is negative, white is zero, purple is positive."),
    }
