"""Draw the sketches and write them as the sheet that comes with ConvLab: ``python -m tools.sheet``.

To be run where the code that draws has changed; ``sketches.DIGEST`` then needs the new digest too.
"""

import io

import numpy as np
from PIL import Image

from convlab.datasets import sketches
from convlab.datasets.dataset import Dataset


def sheet(drawn: Dataset) -> bytes:
    """All pictures as one PNG, row by row: those to train on first."""
    pictures = np.concatenate([drawn.train.images.numpy(), drawn.val.images.numpy()])
    rows = pictures.reshape(-1, sketches.SHEET_COLUMNS, *pictures.shape[1:]).transpose(0, 3, 1, 4, 2)
    count, high, columns, wide, channels = rows.shape
    file = io.BytesIO()
    Image.fromarray(rows.reshape(count * high, columns * wide, channels)).save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    made = sketches.drawn()
    sketches.SHEET.write_bytes(sheet(made))
    print(made.digest)
