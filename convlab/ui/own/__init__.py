"""The page of own lessons: where they are made, put in order, shared and saved."""
