"""``python -m convlab notebook --out FILE``: the chapter's path as a Jupyter notebook."""

import argparse
from pathlib import Path

import torch

from convlab.commands import output
from convlab.commands.stations import add_path, path_of
from convlab.course import notebook

TITLE = "Chapter 8, station by station"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--out", required=True, metavar="FILE", help="such as chapter8.ipynb; it is replaced")
    add_path(parser)


def run(given: argparse.Namespace) -> int:
    """Write the file. Raises UserError where it cannot be written."""
    torch.set_num_threads(1)  # as the lab does; small networks gain nothing by more
    path, out = path_of(given), Path(given.out)
    text = notebook.written(path, {}, TITLE)
    output.write(out, text.encode())
    print(f"{out}: {len(path)} stations. Open it in Jupyter, in ConvLab's folder.")
    return 0
