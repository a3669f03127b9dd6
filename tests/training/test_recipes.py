"""The recipes: the book's numbers, and the fast one."""

import pytest
import torch

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, parameter_counts
from convlab.training import recipes
from convlab.training.network import build
from convlab.training.settings import Settings


def test_the_defaults_are_the_books_recipe() -> None:
    plain = Settings()
    assert (plain.design, plain.epochs, plain.batch_size, plain.lr) == ("net", 100, 64, 0.01)
    assert (plain.optimizer, plain.momentum, plain.weight_decay, plain.schedule) == ("sgd", 0, 0, "constant")
    assert recipes.RECIPES["book"].settings == plain == recipes.book_recipe("net")
    assert recipes.book_recipe("net", l2=True).l2 == 0.001
    deep = recipes.book_recipe("net_res_deep")
    assert (deep.lr, deep.options) == (3e-3, {"n_blocks": 100, "shared": True})
    assert sum(parameter_counts(build(deep, 2))) == 75_810
    with pytest.raises(UserError, match="There is no design 'lenet'"):
        recipes.book_recipe("lenet")


@pytest.mark.parametrize("design", DESIGNS)
def test_the_books_recipe_of_any_design_is_one_that_a_run_takes(design: str) -> None:
    recipe = recipes.book_recipe(design)
    assert Settings.parse(recipe.model_dump()) == recipe
    assert (recipe.design, recipe.epochs, recipe.batch_size, recipe.optimizer) == (design, 100, 64, "sgd")
    assert recipe.lr == (3e-3 if design == "net_res_deep" else 0.01)


def test_the_fast_recipe_is_short_and_ends_at_a_small_rate() -> None:
    fast = recipes.RECIPES["fast"].settings
    assert (fast.design, fast.schedule) == ("net_fixed", "one_cycle")
    assert fast.epochs < 10
    assert build(fast, 2)(torch.zeros(1, 3, 32, 32)).shape == (1, 2)
