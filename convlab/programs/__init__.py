"""Short programs with a mistake each, run as they are in a process of their own, broken and repaired."""
