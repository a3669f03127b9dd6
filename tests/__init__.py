"""Tests: they mirror the package; those that need a browser are in tests/browser."""
