"""The learner without a browser reads from a live server what AppTest reads, and is heard as a browser is."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from convlab.pictures import images, photographs
from tests.browser import harness
from tests.ui.driver import open_page
from tools.learner import XSRF, Learner, LearnerError, arriving
from tools.screen import MissingError

T = TypeVar("T")
KEYED = ("number_input", "selectbox", "slider", "button", "text_input", "text_area", "checkbox")
SAYING = ("text", "markdown", "caption", "title", "info", "warning", "error", "success")


@pytest.fixture(scope="module")
def server() -> Iterator[harness.Server]:
    with harness.serve() as running:
        yield running


def on(server: harness.Server, visit: Callable[[Learner], Awaitable[T]], timeout_s: float = 60) -> T:
    async def whole() -> T:
        async with arriving(server.url, timeout_s) as learner:
            return await visit(learner)

    return asyncio.run(whole())


def said(app: AppTest) -> list[str]:
    """What AppTest reads on a page, of the kinds that a learner keeps."""
    return [text for kind in SAYING for one in app.get(kind) if (text := getattr(one, "value", ""))]


def keys(app: AppTest) -> set[str]:
    kinds = (*KEYED, "toggle")  # a checkbox by another name
    return {one.key for kind in kinds for one in app.get(kind) if one.key}


@pytest.mark.parametrize("page", ["kernels", "feature_maps", "probe"])
def test_it_reads_what_apptest_reads(server: harness.Server, page: str) -> None:
    async def look(learner: Learner) -> tuple[list[str], set[str], dict[str, str]]:
        await learner.visit(page)
        await learner.set(f"{page}.by_numbers", True)
        found = {one.key for kind in KEYED for one in learner.screen.all(kind) if one.key}
        assert learner.screen.errors() == []
        return learner.screen.texts(), found, learner.screen.results()

    texts, widgets, results = on(server, look)
    app = open_page(f"pages/{page}.py")
    app.session_state[f"{page}.by_numbers"] = True
    app.run()
    assert sorted(texts) == sorted(said(app))
    assert widgets == keys(app)
    assert results == dict(app.expander[0].table[0].value.values)


def test_a_widget_that_is_set_changes_page_and_link_as_in_apptest(server: harness.Server) -> None:
    async def edit(learner: Learner) -> tuple[dict[str, str], str, list[str]]:
        await learner.visit("kernels", "size=32")
        await learner.set("kernels.by_numbers", True)
        await learner.set("kernels.cell.0.1.1", 9)
        await learner.set("stride", "2")
        found = learner.screen.results()
        query = learner.query
        await learner.set("kernels.factor", "nonsense")
        await learner.click("kernels.multiply")
        return found, query, learner.screen.errors() + learner.screen.toasts

    results, query, told = on(server, edit)
    app = open_page("pages/kernels.py", size=32)
    app.session_state["kernels.by_numbers"] = True
    app.run()
    app.number_input(key="kernels.cell.0.1.1").set_value(9).run()
    app.selectbox(key="kernels.stride").set_value(2).run()
    assert results == dict(app.expander[0].table[0].value.values)
    assert sorted(query.split("&")) == ["kernel=-1+0+1%3B+-1+9+1%3B+-1+0+1", "size=32", "stride=2"]
    assert len(told) == 1


def test_it_goes_from_page_to_page_as_a_learner_does(server: harness.Server) -> None:
    async def walk(learner: Learner) -> list[str]:
        await learner.visit("")
        await learner.follow("Kernels")
        await learner.set("stride", "2")
        assert "stride=2" in learner.query
        await learner.follow("Feature maps")
        assert not learner.screen.has("kernels.stride")
        assert learner.screen.has("feature_maps.lab")
        await learner.follow("Kernels")
        return learner.query.split("&")

    assert set(on(server, walk)) == {"picture=drawing%3Ahouse", "size=8", "stride=2"}


def test_a_component_hands_over_its_events(server: harness.Server) -> None:
    async def edit(learner: Learner) -> tuple[Any, str]:
        await learner.visit("kernels")
        header, _blobs = learner.screen.find("kernels.lab").message()
        kernel = [[[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]]
        payload = {"revision": header["revision"] + 1, "origin": header["origin"], "kernel": kernel}
        await learner.send("kernels.lab", "edit", payload)
        return learner.screen.find("kernels.lab").message()[0], learner.query

    header, query = on(server, edit)
    assert header["kernel"] == [[[0, 0, 0], [0, 2, 0], [0, 0, 0]]]
    assert query == "picture=drawing%3Ahouse&size=8&kernel=0+0+0%3B+0+2+0%3B+0+0+0"


def test_it_asks_pytorch_over_a_route(server: harness.Server) -> None:
    async def ask(learner: Learner) -> tuple[dict[str, Any], bytes]:
        await learner.visit("kernels")
        told, _blobs = learner.screen.find("kernels.lab").message()
        asked = {name: told[name] for name in ("shape", "stock", "normalised", "settings", "kernel")}
        header, blobs, seconds = await learner.post(told["route"], asked)
        assert 0 < seconds < 60
        with pytest.raises(LearnerError, match=r"422 .*reload the page"):
            await learner.post(told["route"], {})
        return header, blobs

    header, blobs = on(server, ask)
    assert header["result_shape"] == [6, 6]
    values = torch.frombuffer(bytearray(blobs), dtype=torch.float32)[: 6 * 6]
    assert header["stats"]["max"] == pytest.approx(float(values.max()))


def test_files_that_it_gives_are_read(server: harness.Server) -> None:
    picture = images.to_png(photographs.photograph("rocket"))

    async def give(learner: Learner) -> tuple[dict[str, str], list[str], dict[str, str]]:
        await learner.visit("probe", "picture=upload")
        await learner.upload("probe.upload_pictures", [("rocket.png", picture)])
        await learner.set("probe.by_numbers", True)
        before = learner.screen.results()
        await learner.upload("probe.upload_pictures", [("no picture.png", b"nothing")])
        return before, learner.screen.errors(), learner.screen.results()

    before, told, after = on(server, give)
    app = open_page("pages/probe.py", picture="upload")
    app.session_state["probe.by_numbers"] = True
    app.run()
    app.file_uploader(key="probe.upload_pictures").set_value([("rocket.png", picture, "image/png")]).run()
    assert before == dict(app.expander[0].table[0].value.values)
    assert len(told) == 1
    assert "picture" in told[0]
    assert after == before  # the last picture that could be read stays


def test_a_file_that_the_server_does_not_take_is_an_error(server: harness.Server) -> None:
    async def give(learner: Learner) -> None:
        await learner.visit("probe", "picture=upload")
        learner.web.cookies.clear()
        await learner.upload("probe.upload_pictures", [("a.png", b"")])

    with pytest.raises(LearnerError, match="403"):
        on(server, give)


def test_the_same_browser_keeps_its_cookies(server: harness.Server) -> None:
    async def come(cookies: dict[str, str] | None) -> dict[str, str]:
        async with arriving(server.url, cookies=cookies) as learner:
            await learner.visit("kernels")
            return dict(learner.web.cookies)

    first: dict[str, str] = {}
    assert asyncio.run(come(first)) == first != {}
    again, other = asyncio.run(come(dict(first))), asyncio.run(come(None))
    own = first.keys() - {XSRF}
    assert own == {name for name in own if again[name] == first[name] != other[name]} != set()


def test_parts_that_renew_themselves_do(server: harness.Server) -> None:
    async def look(learner: Learner) -> list[float]:
        await learner.visit("train", "epochs=3")
        await learner.watch(lambda: not learner.screen.find("train.start").proto.disabled)
        await learner.click("train.start")
        assert learner.screen.every
        return await learner.watch(lambda: any("Finished" in text for text in _words(learner)))

    assert 0 < len(on(server, look)) < 100


def _words(learner: Learner) -> list[str]:
    header, _blobs = learner.screen.find("train.curves").message()
    return [str(header)]


def test_what_is_not_there_and_a_server_that_is_gone_are_said(server: harness.Server) -> None:
    async def look(learner: Learner) -> None:
        await learner.visit("kernels")
        with pytest.raises(MissingError, match=r"no button 'nothing'; there are .*kernels\.multiply"):
            await learner.click("nothing")
        learner.timeout_s = 0.0
        with pytest.raises(LearnerError, match="no answer"):
            await learner.visit("probe")

    on(server, look)

    async def arrive() -> None:
        async with arriving("http://127.0.0.1:9"):
            pass

    with pytest.raises(LearnerError):
        asyncio.run(arrive())


def test_a_picture_for_probes_route(server: harness.Server) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, "PNG")

    async def ask(learner: Learner) -> dict[str, Any]:
        await learner.visit("probe", "picture=upload")
        told = learner.screen.find("probe.lab").message()[0]["questions"]["given"]
        return (await learner.post(told["route"], told["header"], file.getvalue()))[0]

    assert len(on(server, ask)["said"]) == 1
