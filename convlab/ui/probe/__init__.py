"""The parts of the Probe lesson."""
