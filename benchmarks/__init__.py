"""How fast the lab answers: ``python -m benchmarks`` measures it against the bars that it promises."""
