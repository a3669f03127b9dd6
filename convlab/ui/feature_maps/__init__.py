"""The Feature maps lesson: its controls, the network it opens, the lab and the experiments below it."""
