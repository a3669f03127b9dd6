"""The Kernels lesson: its controls, its toolbar, the lab and the experiments below it."""
