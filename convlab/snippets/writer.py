"""What all scripts that a learner copies have in common: the imports once, at the top, then the parts."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

FUNCTIONAL = "import torch.nn.functional as F"


def script(*parts: str) -> str:
    """The parts with an empty line between; lines of theirs that import something move to the top.

    PyTorch's ``torch``, ``nn``, ``F`` and ``Tensor`` are imported as the parts need it.
    """
    needed, kept = {"import torch"}, []
    for part in filter(None, parts):
        lines = part.splitlines()
        moved = [line for line in lines if line.startswith(("import ", "from "))]
        needed.update(moved)
        kept.append("\n".join(line for line in lines if line not in moved).strip() if moved else part)
    body = "\n\n".join(kept)
    needed |= {torch_nn(body), *([FUNCTIONAL] if re.search(r"\bF\.\w+\(", body) else [])}
    ordered = sorted(needed, key=lambda line: (line.split()[1], line.startswith("from")))
    return "\n".join(ordered) + "\n\n" + body + "\n"


def torch_nn(body: str) -> str:
    """The line that imports ``nn``, and ``Tensor`` where the code names it."""
    return "from torch import Tensor, nn" if re.search(r"\bTensor\b", body) else "from torch import nn"


def call(function: str, arguments: Mapping[str, Any]) -> str:
    """``function(name=value, ...)``."""
    return f"{function}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def definitions(sources: Sequence[str]) -> str:
    """Classes and functions with two empty lines around each, as PEP 8 has them."""
    return "\n" + "\n\n\n".join(sources) + "\n" if sources else ""
