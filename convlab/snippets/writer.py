"""What all scripts that a learner copies have in common: the imports once, at the top, then the parts."""

import ast
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
    needed.add("from torch import Tensor, nn" if re.search(r"\bTensor\b", body) else "from torch import nn")
    needed |= {FUNCTIONAL} if re.search(r"\bF\.\w+\(", body) else set()
    ordered = sorted(needed, key=lambda line: (line.split()[1], line.startswith("from")))
    return "\n".join(ordered) + "\n\n" + body + "\n"


def call(function: str, arguments: Mapping[str, Any]) -> str:
    """``function(name=value, ...)``."""
    return f"{function}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def definitions(sources: Sequence[str]) -> str:
    """Classes and functions with two empty lines around each, as PEP 8 has them."""
    return "\n" + "\n\n\n".join(sources) + "\n" if sources else ""


def without_docstrings(source: str) -> str:
    """The same code; what it says of itself is left out, with an empty line behind."""
    lines = source.splitlines()
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node)
            and len(node.body) > 1
        ):
            said = node.body[0]
            end = said.end_lineno or said.lineno
            left_out.update(range(said.lineno, end + 1))
            left_out.update({end + 1} if end < len(lines) and not lines[end] else ())
    return "\n".join(line for n, line in enumerate(lines, 1) if n not in left_out)
