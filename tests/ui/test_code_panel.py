"""convlab.ui.code_panel: the script to copy, and a file that is what its name says."""

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from convlab.ui import code_panel


def test_the_script_is_shown_and_offered() -> None:
    script = "from convlab.ui.code_panel import code_panel\ncode_panel('import torch', 'lesson.py')"
    app = AppTest.from_string(script).run()
    assert app.code[0].value == "import torch"
    (button,) = app.get("download_button")
    assert button.proto.label == "Download .py"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import torch", False),
        ("from convlab.networks.designs import Net", True),
        ("load_file('convlab/weights/net.safetensors')", True),
    ],
)
def test_a_script_that_needs_the_lab_says_so(code: str, said: bool) -> None:
    script = f"from convlab.ui.code_panel import code_panel\ncode_panel({code!r}, 'lesson.py')"
    app = AppTest.from_string(script).run()
    assert [("ConvLab's folder" in text.value) for text in app.caption] == [True] * said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.py", "text/x-python"),
        ("a.json", "application/json"),
        ("a.md", "text/markdown"),
        ("a.zip", "application/zip"),
        ("a-epochs.csv", "text/csv"),
        ("a.safetensors", "application/octet-stream"),
        ("a.pt", "application/octet-stream"),
    ],
)
def test_a_file_has_the_type_of_its_name(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, ...]] = []
    monkeypatch.setattr(streamlit, "download_button", lambda *values, **_options: given.append(values))
    code_panel.download("label", "content", name, "key")
    assert given == [("label", "content", name, kind)]
