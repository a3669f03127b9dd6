"""``python -m convlab stations``: the whole path with its answers, as JSON and to read."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from convlab.__main__ import main
from convlab.course import asking, stations

PATH = stations.shipped()


def test_json_has_every_station_with_its_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stations", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found = json.loads(printed.out)
    assert [entry["id"] for entry in found] == [station.id for station in PATH]
    for entry, station in zip(found, PATH, strict=True):
        assert list(entry) == ["id", "section", "lesson", "link", "question", "answer", "book"]
        assert (entry["section"], entry["lesson"]) == (station.section, station.lesson)
        assert (entry["answer"], entry["book"]) == (asking.answer(station).get("answer"), station.book)
        address = urlsplit(entry["link"])
        assert address.path == f"/{station.lesson}"
        assert parse_qs(address.query)["station"] == [station.id]
        assert station.link in address.query
        assert entry["question"].strip()
        assert "{answer" not in entry["question"]


def test_the_short_path_is_a_part_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stations", "--json", "--path", "short"]) == 0
    found = [entry["id"] for entry in json.loads(capsys.readouterr().out)]
    assert found == [station.id for station in stations.short()]


def test_a_table_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stations"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["section", "station", "lesson", "answer", "book"]
    (line,) = (line for line in lines if "dense-against-convolution" in line)
    assert line.split() == ["8.1", "dense-against-convolution", "kernels", "206.604", "-"]
    assert lines[-1] == f"{len(PATH)} stations"
