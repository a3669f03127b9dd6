"""What the JSON in a run's folder may hold, whoever wrote it: bounds within which nothing overflows."""

import math
import re
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from convlab.errors import Sentence

_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SHOWN_AS = re.compile(
    r",?(\.[0-9])?[dfg%]?", re.ASCII
)  # how our sentences write a number; no width among it


def is_id(text: object) -> bool:
    """Whether it may be the id of a run or of a queue: the name of its folder, and nothing else."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _no_infinity(number: float) -> float:
    if math.isinf(number):
        raise ValueError(number)
    return number


def _fits(said: Sentence) -> Sentence:
    """A sentence that can be said: a template may ask for other values, or for gigabytes of blanks."""
    for _text, name, shown_as, conversion in Formatter().parse(said.template):
        if name is None:
            continue
        if name not in said.values or conversion or not _SHOWN_AS.fullmatch(shown_as or ""):
            raise ValueError(name)
    str(said)  # raises ValueError for a text where a number is wanted
    return said


Id = Annotated[str, AfterValidator(lambda text: text if is_id(text) else _refused(text))]
Count = Annotated[int, Field(ge=0, le=10**9)]
Place = Annotated[int, Field(ge=1, le=10**9)]  # of an epoch or a batch, from 1
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=1e12)]
Measured = Annotated[
    float, BeforeValidator(lambda value: math.nan if value is None else value), AfterValidator(_no_infinity)
]  # null where it was not finite
Word = Annotated[str, Field(max_length=1000)]
Said = Annotated[Sentence, AfterValidator(_fits)]


def _refused(text: str) -> str:
    raise ValueError(text[:40])
