"""Comparisons that the chapter asks for, ready to run."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from convlab.chapter.published import PUBLISHED
from convlab.comparison.plan import Plan, planned
from convlab.errors import N_, UserError
from convlab.training.recipes import book_recipe
from convlab.training.settings import Settings

SEEDS = (0, 1, 2)

Designs = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Preset:
    """A plan but for what somebody wants otherwise; title and question are marked for translation.

    Attributes:
        section: of the book, "" for none.
        designs, base, seeds: as ``Plan``'s.
    """

    title: str
    question: str
    section: str
    designs: Designs
    base: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = SEEDS

    def plan(self, name: str | None = None, seeds: Sequence[int] | None = None, **base: Any) -> Plan:
        """The plan, with other seeds and settings that all share, where they are given.

        What is given counts for designs that have their own too. Raises UserError.
        """
        designs = {label: _without(told, base) for label, told in self.designs.items()}
        return planned(name or self.title, designs, self.base | base, self.seeds if seeds is None else seeds)


def _without(differing: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in differing.items() if name not in given}


def differing(settings: Settings) -> dict[str, Any]:
    """What settings have otherwise than the defaults; the design in any case."""
    told = settings.model_dump(mode="json")
    default = Settings(design=settings.design).model_dump(mode="json")
    return {name: value for name, value in told.items() if name == "design" or value != default[name]}


def of_the_book(row: str) -> dict[str, Any]:
    """The chapter's settings of a design, or of a row of figure 8.13. Raises UserError for any other."""
    return differing(book_recipe("net" if row == "net_l2" else row, l2=row == "net_l2"))


FIGURE = tuple(row for row in PUBLISHED if row != "net_cpu")  # the rows of figure 8.13 with a curve
_DEEP = "net_res_deep"


def _deep(blocks: int, shared: bool = True) -> dict[str, Any]:
    return of_the_book(_DEEP) | {"options": {"n_blocks": blocks, "shared": shared}}


def _with(design: str, **settings: Any) -> dict[str, Any]:
    return {"design": design, **settings}


def _options(design: str, **options: Any) -> dict[str, Any]:
    return {"design": design, "options": options}


PRESETS: dict[str, Preset] = {
    "in_class": Preset(
        N_("Figure 8.13 in a lesson"),
        N_("Which of the eight designs is really better? On sketches, short enough to watch to the end."),
        "8.5.4",
        {row: of_the_book(row) for row in FIGURE if row != _DEEP} | {f"{_DEEP}, 3 shared blocks": _deep(3)},
        {"data": "sketches", "epochs": 8},
    ),
    "figure_8_13": Preset(
        N_("Figure 8.13"),
        N_("Which of the eight designs is really better, with the book's settings?"),
        "8.5.4",
        {row: of_the_book(row) for row in FIGURE},
    ),
    "widths": Preset(
        N_("Widths 8 to 64"),
        N_("How much does a wider first layer help, and from where on does it not?"),
        "8.5.1",
        {f"n_chans1={width}": _options("net_width", n_chans1=width) for width in (8, 16, 32, 64)},
    ),
    "kernel_sizes": Preset(
        N_("Kernel sizes"),
        N_("What do larger kernels, or flat ones, change?"),
        "8.7, 1",
        {
            "3x3": _options("net", kernel_size=3),
            "5x5": _options("net", kernel_size=5),
            "1x3": _options("net", kernel_size=[1, 3]),
        },
    ),
    "shared_blocks": Preset(
        N_("Shared or separate blocks"),
        N_("One residual block again and again, or ten of their own?"),
        "8.5.3",
        {"shared": _deep(10, shared=True), "separate": _deep(10, shared=False)},
    ),
    "slips": Preset(
        N_("The chapter's two slips"),
        N_("What does it cost not to shuffle, and to validate without eval()?"),
        "8.4",
        {
            "net": _with("net"),
            "net, not shuffled": _with("net", unshuffled=True),
            "net_dropout": _with("net_dropout"),
            "net_dropout, no eval()": _with("net_dropout", validate_in_train_mode=True),
            "net_batch_norm": _with("net_batch_norm"),
            "net_batch_norm, no eval()": _with("net_batch_norm", validate_in_train_mode=True),
        },
    ),
    "initialisations": Preset(
        N_("Initialisations"),
        N_("Do the first weights matter in a network of ten blocks?"),
        "8.5.3",
        {
            name: _deep(10, shared=False) | {"initialisation": name}
            for name in ("pytorch", "reset_parameters", "xavier", "kaiming")
        },
    ),
    "depth": Preset(
        N_("Depth, with and without skips"),
        N_("Does another layer help, and does it need the skip?"),
        "8.5.3",
        {
            "net": _with("net", options={"activation": "relu"}),
            "net_depth": _with("net_depth"),
            "net_res": _with("net_res"),
            "net_res_deep, 4 blocks": _deep(4, shared=False),
            "net_res_deep, 10 blocks": _deep(10, shared=False),
        },
    ),
}


_TYPED = {"epochs", "data", "normalisation"}  # settings that a command line says as they are


def typed(plan: Plan, id: str) -> str:
    """The command that trains a plan anew; of one that is no preset's, that goes on with its sweep."""
    told = ["--resume", id]
    for key, preset in PRESETS.items():
        differs = {name: value for name, value in plan.base.items() if preset.base.get(name) != value}
        with suppress(UserError):
            if differs.keys() <= _TYPED and plan == preset.plan(plan.name, range(len(plan.seeds)), **differs):
                told = ["--preset", key, "--seeds", str(len(plan.seeds)), "--name", plan.name]
                told += [part for name, value in differs.items() for part in (f"--{name}", str(value))]
                break
    return shlex.join(["convlab", "compare", *told])
