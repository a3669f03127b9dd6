"""ConvLab: a lab for convolutional networks, on PyTorch and Pillow alone (no screen in here)."""

__version__ = "0.9.0"  # pyproject.toml says the same
