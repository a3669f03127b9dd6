"""Data sets of small pictures: CIFAR-10, people's own pictures, drawings; each ends as one prepared file."""
