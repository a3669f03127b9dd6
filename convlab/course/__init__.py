"""The chapter as a path: stations that ask before they show, each answer computed on the spot."""
