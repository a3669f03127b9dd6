"""The writer of all scripts: imports on top, once; the parts below."""

import ast
import inspect

from convlab.networks.designs import Net, sequential_net
from convlab.networks.variants import NetResDeep
from convlab.snippets.writer import call, definitions, script, without_docstrings


def test_imports_of_all_parts_are_on_top_once_and_sorted() -> None:
    found = script(
        "import torch\nfrom pathlib import Path\n\nimage = Path('from here')",
        "# import nothing here\nx = F.pad(image)\nimport torch\nimport numpy as np",
    )
    assert (
        found
        == """import numpy as np
from pathlib import Path
import torch
from torch import nn
import torch.nn.functional as F

image = Path('from here')

# import nothing here
x = F.pad(image)
"""
    )


def test_functional_and_tensor_are_imported_where_they_are_used_only() -> None:
    assert script("x = 1") == "import torch\nfrom torch import nn\n\nx = 1\n"
    assert "functional" not in script("load('F.pt')")
    assert script("def f(x: Tensor): ...").startswith("import torch\nfrom torch import Tensor, nn\n\n")
    assert "Tensor" not in script("x = TensorDataset").splitlines()[1]


def test_empty_parts_leave_no_gap() -> None:
    assert script("", "x = 1", "") == script("x = 1")
    assert definitions([]) == ""


def test_definitions_stand_two_empty_lines_apart() -> None:
    found = script("x = 1", definitions(["def f():\n    pass", "def g():\n    pass"]), "y = 2")
    assert found.split("\n\n", 1)[1] == ("x = 1\n\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n\n\ny = 2\n")


def test_calls() -> None:
    assert call("Net", {}) == "Net()"
    assert call("Net", {"kernel_size": (1, 3), "activation": "relu"}) == (
        "Net(kernel_size=(1, 3), activation='relu')"
    )


def test_code_without_what_it_says_of_itself_is_the_same_code() -> None:
    for design in (Net, NetResDeep, sequential_net):
        source = inspect.getsource(design)
        bare = without_docstrings(source)
        assert '"""' not in bare
        assert len(bare.splitlines()) < len(source.splitlines())
        given, wanted = ast.parse(bare), ast.parse(source)
        for node in ast.walk(wanted):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                node.body = node.body[1:] if ast.get_docstring(node) else node.body
        assert ast.dump(given) == ast.dump(wanted)
    assert without_docstrings('def f() -> None:\n    """Alone."""') == 'def f() -> None:\n    """Alone."""'
