"""ConvLab: a lab for convolutional networks, on PyTorch and Pillow alone (no screen in here)."""
