"""What all tests share: one thread for torch, no deadline for hypothesis, the class's data."""

import os
from pathlib import Path

import hypothesis
import pytest
import torch

from tests.sources import ROOT

torch.set_num_threads(1)

hypothesis.settings.register_profile("convlab", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("convlab")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the book's checkpoint and pictures: $CONVLAB_SHARED, or shared/ beside the project."""
    folder = Path(os.environ.get("CONVLAB_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: it holds the book's weights and pictures (set CONVLAB_SHARED)")
    return folder
