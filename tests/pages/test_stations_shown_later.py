"""Stations of 8.2.4 to 8.7: the page that a station opens shows the very answer that its function finds."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from convlab.course import asking, stations
from convlab.course.asking import Figures
from tests.ui.driver import open_page, received, troubles

STATIONS = {station.id: station for station in stations.shipped()}


def opened(name: str) -> AppTest:
    station = STATIONS[name]
    query = dict(parse_qsl(station.link, keep_blank_values=True))
    app = open_page(f"pages/{station.lesson}.py", **query, station=name)
    assert troubles(app) == []
    return app


def texts(app: AppTest, asked: str) -> Iterator[str]:
    """What a page says in words, code, tables and metrics, but for what its card asks."""
    for kind in (app.markdown, app.code, app.caption):
        yield from (str(one.value) for one in kind if one.value != asked)
    for metric in app.metric:
        yield f"{metric.label}: {metric.value}"
    for table in app.table:
        yield from (" | ".join(map(str, row)) for row in table.value.reset_index().to_numpy().tolist())


SHOWN: dict[str, Callable[[Figures], str]] = {
    "net-has-so-few": lambda found: f"{found['all']:,} numbers",
    "missing-flatten": lambda found: re.escape(str(found["said"])),
    "forgotten-super": lambda found: re.escape(str(found["said"])),
    "hidden-in-a-list": lambda found: rf"nothing \| {found['answer']} \| ValueError",
    "call-or-forward": lambda found: rf"net \| 3 \| {found['answer']}$",
    "left-random": lambda found: f"only {found['tensors'] - found['answer']} of the network's",
    "tensors-in-a-file": lambda found: f"of the network's {found['answer']} tensors",
    "still-held": lambda found: r"holds other tensors",
    "mixed-dtypes": lambda found: re.escape(str(found["said"])),
    "speed-of-a-gpu": lambda found: rf"{found['gpu']:.1f} \| from the clock",
    "twice-as-wide": lambda found: rf"Parameters in all.*{found['answer']:,}",
    "half-as-wide": lambda found: rf"Parameters in all.*{found['answer']:,}",
    "price-of-batch-norm": lambda found: f"{found['answer']:,} numbers",
    "what-dropout-keeps": lambda found: rf"= \*\*{found['answer']:.3f}\*\*",
    "fading-gradients": lambda found: f"{found['first']:.3g}",
    "skips-bring-them-back": lambda found: rf"loss \*\*{found['loss']:.4g}",
    "kaimings-start": lambda found: f"{found['first']:.3g}",
    "blocks-that-are-one": lambda found: rf"{found['answer']:,} \| {found['separate']:,}",
    "half-a-weight": lambda found: rf"Variance behind it \| {found['answer']:.2f}",
    "mistakes-left": lambda found: rf"{found['accuracy']:.3f}",
    "sure-of-noise": lambda found: f"over 95% sure: {found['answer']:.1f}%",
    "black-is-a-bird": lambda found: "over 95% sure",
    "larger-kernels": lambda found: rf"Parameters \|.*{found['answer']:,}",
    "kernel-of-one-row": lambda found: rf"{found['parameters']:,}",
    "padding-left-at-one": lambda found: re.escape(str(found["said"])),
    "shuffled-rows": lambda found: r"Rows shuffled, conv1 differs by \|.*\| 0$",
    "sure-of-photographs": lambda found: f"over 95% sure: {found['answer'] / found['of']:.1%}",
    "airplane-to-bird": lambda found: f"largest {found['answer'] / 255:.4f}",
    "cat-to-airplane": lambda found: f"largest {found['largest'] / 255:.4f}",
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_shows_the_answer(name: str) -> None:
    station, figures = STATIONS[name], asking.answer(STATIONS[name])
    found = list(texts(opened(name), asking.filled(station.question, figures)))
    assert [text for text in found if re.search(SHOWN[name](figures), text)], found


def test_the_verdict_on_the_cat_is_what_the_station_says() -> None:
    header, _blobs = received(opened("verdict-on-a-cat"), "probe.lab")
    assert asking.answer(STATIONS["verdict-on-a-cat"])["answer"] in str(header)
