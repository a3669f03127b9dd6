"""The parts of the Programs page: what breaks, and how it is mended."""
