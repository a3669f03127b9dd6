"""One file a command of ``python -m convlab``: ``arguments`` declares its options, ``run`` does the work."""
