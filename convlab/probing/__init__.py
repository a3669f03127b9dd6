"""A trained network on pictures of your own: what it says, why, and how easily it is fooled (8.6 - 8.7)."""
