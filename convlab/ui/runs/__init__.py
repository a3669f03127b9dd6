"""Training runs on any page: started, put into words, drawn; what is Train's alone lies in ``ui/train``."""
