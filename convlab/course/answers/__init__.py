"""The functions that answer the path's questions, by topic.

Each takes nothing and gives {"answer": ..., and further figures that its station's text names}. Its
source is what a notebook shows and runs, so its body uses only ``torch``, ``nn``, ``F`` and ``math`` from
outside itself, and imports from ``convlab`` within. Random numbers are those behind
``torch.manual_seed(0)``, which ``asking.figures`` sets and a notebook has to set before each call.
"""
