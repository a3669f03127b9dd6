"""Designs as bars, and as points against what they cost."""

from convlab.ui.components.design_bars import Measured, Point, Row, design_bars, design_points

REACHED = {"one": (0.90, 0.02), "two": (0.84, 0.12)}  # mean, and half of its interval
COSTS = {"one": 18_090.0, "two": 38_482.0}

if __name__ == "__main__":
    measured = {name: Measured(mean, half) for name, (mean, half) in REACHED.items()}
    design_bars("bars", "same", [Row(name, "", one, one, "") for name, one in measured.items()], book=False)
    points = [Point(name, COSTS[name], one, "") for name, one in measured.items()]
    design_points("points", "same", points, "parameters")
