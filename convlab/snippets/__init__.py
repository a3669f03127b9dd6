"""The scripts that a learner copies: each gives the numbers on the screen, and the tests run it."""
