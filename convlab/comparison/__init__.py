"""Several designs with several seeds each: which differences between them are real, and which are luck."""
