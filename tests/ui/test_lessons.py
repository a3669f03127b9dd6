"""convlab.ui.lessons: each row names a page and modules that are there; reading it loads nothing heavy."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from convlab.ui.lessons import LESSONS
from tests import sources


@pytest.mark.parametrize("name", LESSONS)
def test_a_row_names_what_is_there(name: str) -> None:
    lesson = LESSONS[name]
    assert (sources.ROOT / lesson.file).is_file()
    assert lesson.icon.startswith(":material/")
    for module in (*lesson.early, *lesson.later, lesson.thumbnail.partition(":")[0]):
        assert not module or find_spec(module), module


def test_the_server_reads_it_without_pytorch() -> None:
    script = "import convlab.ui.server, sys; print({'torch', 'numpy', 'PIL.Image'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=sources.ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert "torch" not in done.stdout
