"""The book's curve: behind which runs it stands, and what is said where it does not."""

import pytest

from convlab.chapter.published import PUBLISHED, differences
from convlab.training.recipes import RECIPES, book_recipe
from convlab.training.settings import Settings
from convlab.ui.runs.book import behind, not_behind

CIFAR = Settings(data="cifar10")


def test_it_stands_behind_a_run_like_the_books() -> None:
    assert behind(CIFAR) == (PUBLISHED["net"], "")
    assert behind(CIFAR.changed(epochs=7, seed=3, threads=2)) == (PUBLISHED["net"], "")
    assert behind(book_recipe("net", l2=True).changed(data="cifar10")) == (PUBLISHED["net_l2"], "")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), "Data: CIFAR-10 (photographs)"),
        (CIFAR.changed(lr=0.1), "lr: 0.01"),
        (CIFAR.changed(normalisation="data"), "Normalisation: the chapter's mean"),
        (CIFAR.changed(design="net_res_deep"), "lr: 0.003; n_blocks: 100; One shared block: on"),
        (CIFAR.changed(design="dense"), "has no curve of this network"),
        (RECIPES["fast"].settings.changed(data="cifar10"), "has no curve of this network"),
        (RECIPES["fast"].settings.changed(design="net_width"), " more)."),
    ],
)
def test_elsewhere_one_sentence_says_why_not(settings: Settings, said: str) -> None:
    printed, reason = behind(settings)
    assert printed is None
    assert said in reason.replace("\\", "")
    assert reason.endswith(".")


def test_what_happened_to_a_run_counts() -> None:
    printed, reason = behind(CIFAR, steered=True)
    assert printed is None
    assert "its learning rate was changed" in reason


@pytest.mark.parametrize(
    ("changed", "had"),
    [
        ({"options": {"kernel_size": 5}}, "kernel_size: 3"),
        ({"design": "net_width", "options": {"n_chans1": 8}}, "n_chans1: 32"),
        ({"l2": 0.5}, "l2: 0.001"),
    ],
)
def test_numbers_of_another_network_are_called_the_nearest_runs(changed: dict[str, object], had: str) -> None:
    said = not_behind(differences(CIFAR.changed(**changed))).replace("\\", "")
    assert "Nothing is training" not in not_behind(differences(CIFAR.changed(**changed)), begun=True)
    assert "the book's nearest run, which differs: it had" in said
    assert had in said
    assert "this network" not in said
