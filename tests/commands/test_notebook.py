"""``python -m convlab notebook``: the whole path in one file; tests/course/test_notebook.py runs it."""

import json
from pathlib import Path

import pytest

from convlab.__main__ import main
from convlab.course import stations


def test_it_writes_the_whole_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "path.ipynb"
    file.write_text("an older one")
    assert main(["notebook", "--out", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{file}: {len(stations.shipped())} stations")
    text = "".join(line for cell in json.loads(file.read_text())["cells"] for line in cell["source"])
    assert all(station.title in text for station in stations.shipped())


def test_it_writes_the_short_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, short = tmp_path / "short.ipynb", stations.short()
    assert main(["notebook", "--out", str(file), "--path", "short"]) == 0
    assert capsys.readouterr().out.startswith(f"{file}: {len(short)} stations")
    cells = [cell["source"] for cell in json.loads(file.read_text())["cells"]]
    heads = [source[0].strip() for source in cells if source[0].startswith("## ")]
    assert heads == [f"## {station.section} {station.title}" for station in short]


def test_where_it_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notebook", "--out", str(tmp_path / "nowhere" / "path.ipynb")]) == 2
    assert "path.ipynb cannot be written: No such file or directory." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["notebook"])
