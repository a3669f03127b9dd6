"""The Modules lesson: what a network registers, what a step changes, what saving and moving do."""
