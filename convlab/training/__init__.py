"""Training: what a run is told, the loop that trains, and the folders and processes that runs live in."""
