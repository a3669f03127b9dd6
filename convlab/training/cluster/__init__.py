"""Runs that train on other machines, a Ray cluster's, while their folders stay where they are."""
