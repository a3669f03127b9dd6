"""What is written to disk: the user's data folder, writing that survives a kill, locks."""
