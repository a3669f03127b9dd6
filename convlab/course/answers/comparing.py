"""What a few seeds tell of a design, and of two designs (section 8.5.4)."""


def seeds_of_batch_norm() -> dict[str, object]:
    """Points between the best and the worst of three runs of one design; the book's span of eight designs."""
    from convlab.chapter.published import PUBLISHED
    from convlab.comparison.measured import figure_8_13

    found = sorted(figure_8_13()["net_batch_norm"].values())
    printed = sorted(round(100 * run.val_accuracy) for run in PUBLISHED.values())
    return {
        "answer": round(100 * (found[-1] - found[0]), 1),
        "runs": [f"{100 * value:.1f}%" for value in found],
        "train": 100 * min(figure_8_13("train_accuracy")["net_batch_norm"].values()),
        "lowest": printed[0],
        "highest": printed[-1],
    }


def real_differences() -> dict[str, object]:
    """How many pairs of figure 8.13's designs differ by more than their three seeds explain."""
    from convlab.comparison.measured import figure_8_13
    from convlab.comparison.statistics import all_pairs

    pairs = all_pairs(figure_8_13())
    alone = [pair for pair in pairs if pair.difference.alone is not None and pair.difference.alone < 0.05]
    noise = [f"{pair.a} and {pair.b}" for pair in pairs if pair.difference.verdict == "noise"]
    real = sum(pair.difference.verdict == "real" for pair in pairs)
    found = {"answer": real, "pairs": len(pairs), "alone": len(alone), "noise": ", ".join(noise)}
    means = {name: 100 * sum(seeds.values()) / len(seeds) for name, seeds in figure_8_13().items()}
    return {**found, "lowest": min(means.values()), "highest": max(means.values())}


def two_seeds_more() -> dict[str, object]:
    """How many times as narrow a mean's 95% interval is with five seeds as with three of the same spread."""
    from math import sqrt

    from convlab.comparison.statistics import t95

    three, five = (t95(count - 1) / sqrt(count) for count in (3, 5))
    return {"answer": round(three / five, 2), "three": three, "five": five, "known": sqrt(5 / 3)}
