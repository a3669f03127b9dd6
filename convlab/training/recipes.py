"""Settings that are known to work: the book's for every design, and the fast one."""

from dataclasses import dataclass
from typing import Any

from convlab.errors import N_
from convlab.networks import designs
from convlab.training.settings import Settings


@dataclass(frozen=True)
class Recipe:
    """Settings under an English title that is marked for translation."""

    title: str
    settings: Settings


L2_OF_THE_BOOK = 0.001  # 8.5.2; as weight_decay in SGD: 0.002
_DEEP = {"options": {"n_blocks": 100, "shared": True}, "lr": 3e-3}
_DIFFERENT: dict[str, dict[str, Any]] = {"net_res_deep": _DEEP}


def book_recipe(design: str, l2: bool = False) -> Settings:
    """The chapter's training of a design: SGD at 0.01, batches of 64, 100 epochs (8.4, 8.5).

    With ``l2`` the chapter's L2 term is in the loss. Raises UserError for no key of ``designs.DESIGNS``.
    """
    designs.design(design)
    return Settings(design=design, l2=L2_OF_THE_BOOK if l2 else 0.0, **_DIFFERENT.get(design, {}))


RECIPES: dict[str, Recipe] = {
    "book": Recipe(N_("The book's recipe"), book_recipe("net")),
    "fast": Recipe(
        N_("Fast demo"),
        Settings(
            design="net_fixed",
            epochs=9,  # 8 are too few for .92 on some seeds
            batch_size=96,  # as good as 64 at lr 0.1 on the class's pictures, in fewer steps
            lr=0.15,
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-4,
            schedule="one_cycle",
            label_smoothing=0.1,
            flip=True,
            shift_px=2,
        ),
    ),
}
