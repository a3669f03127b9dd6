"""The Train lesson: its controls, the data it trains on, runs while they train and afterwards."""
