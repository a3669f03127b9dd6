"""The Compare page: several designs, several seeds each, and which difference between them is real."""
