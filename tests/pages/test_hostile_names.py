"""Every place that shows a text of unknown origin, driven with names that would be markup."""

import ast
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.comparison import plan as plans
from convlab.comparison import sweep as sweeps
from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset, Reading, Split
from convlab.storage import locks
from convlab.training import runs, session
from convlab.training.owners import TERMINAL, Owner
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui import figures, words
from convlab.ui.compare.controls import Experiment
from tests import sources
from tests.datasets.files import noise, picture
from tests.few import few_sketches
from tests.pages.probe_page import BINARY, click, give, give_checkpoint, saved
from tests.pages.test_train_runs import ticked
from tests.ui.driver import open_page, ready, troubles
from tests.ui.hostile import hostile, unescaped

TRAIN, PROBE, MAPS = "pages/train.py", "pages/probe.py", "pages/feature_maps.py"
MODULES, COMPARE = "pages/modules.py", "pages/compare.py"
CLASSES = (hostile("one"), hostile("two"))
ESCAPING = ("escaped", "cell", "safe")
OUR_OWN = {  # words and numbers of ours, shown as they are: no name gets there
    "book.py: map(escaped, found[:MOST_NAMED] + more)",
    "checkpoints.py: escaped(enumerated(parts, REMARKS))",
    "chooser.py: escaped(explain(remark))",
    "diagnosed.py: escaped(explain(found.said))",
    "edit_numbers.py: escaped(layers)",
    "__init__.py: str(cell)",
    "failures.py: escaped(sentence)",
    "model_card.py: escaped(text)",
    "numbers.py: escaped(told.words)",
    "opened.py: escaped(design)",
    "opened.py: escaped(found[0])",
    "opened.py: map(escaped, list(idle)[:_MOST_NAMED])",
    "side_by_side.py: cell(labels.figures(status))",
    "side_by_side.py: cell(name)",
    "step_closer.py: escaped(explain(found))",
    "toolbar.py: escaped(kernel)",
    "toolbar.py: escaped(named(setting(name), value(name, given)))",
    "experiments.py: escaped(name)",
    "experiments.py: escaped(row.layer.name)",
    "links.py: cell(' · '.join(told))",
    "home.py: escaped(stop.station.title)",
    "registered_views.py: cell(f'AttributeError: {registration.without_super()}')",
    "registered_views.py: cell(name)",
    "station_form.py: escaped(old.answer)",
}
LESSONS_OF_ONES_OWN = {  # titles and guesses, which tests/pages/test_lessons.py and the card's tests drive
    "bench.py: escaped(one.title)",
    "bench.py: escaped(station.title)",
    "card.py: escaped(here.station.title)",
    "keep.py: escaped(kept.title)",
    "keep.py: escaped(one.title)",
    "keep.py: escaped(station.title)",
    "shelf.py: escaped(deleted.title)",
    "shelf.py: escaped(kept.lesson.title)",
    "verdicts.py: escaped(entry[1])",
    "verdicts.py: escaped(pixel[1])",
    "verdicts.py: escaped(str(guess))",
}


@dataclass(frozen=True)
class World:
    """A data folder in which every name is hostile: a data set, runs on it, a checkpoint of one of them."""

    data: str
    run: Run
    other: Run
    dropping: Run
    live: Run
    lost: Run
    drawn: Run
    checkpoint: bytes
    sweep: str


def data_set(title: str, tag: str) -> Dataset:
    """With everything to say of it that holds a name."""
    name = hostile(tag)
    found = noise(train=24, val=6)
    mixed = Split(
        torch.cat([found.train.images, found.train.images[:1]]),
        torch.cat([found.train.labels, torch.tensor([1])]),
    )
    reading = Reading(
        train=name, val=name, left_out=((name, 3),), like_splits=(name,), beside=(name,), beside_count=1,
        deeper=name, deeper_count=1, seed=0, encoding=name, doubtful=True, ranged=name, ranged_count=1,
        within=(name,),
    )  # fmt: skip
    return Dataset(title, CLASSES, mixed, found.val, unreadable=(name,), unreadable_count=1, reading=reading)


def trained(data: str, name: str, **changes: Any) -> Run:
    given: dict[str, Any] = {"epochs": 2, "design": "net", "batch_size": 8, "data": data, **changes}
    return finished(runs.create(Settings(**given), name))


def finished(run: Run) -> Run:
    going = session.Session(
        run, shelf.get(run.settings.data), lambda: None, lambda _session: None, lambda: 0.0
    )
    going.go()
    going.end("finished", None)
    going.log.close()
    return run


def swept(data: str) -> str:
    """The id of a comparison: two seeds of each design are done, one is not."""
    told: dict[str, Any] = {"epochs": 2, "batch_size": 8, "data": data}
    deep: dict[str, Any] = {"design": "net_res_deep", "options": {"n_blocks": 2}}
    named = {hostile("alpha"): {"design": "net"}, hostile("beta"): deep}
    made = sweeps.create(plans.planned(hostile("sweep"), named, told, (0, 1, 2)))
    for label, seed in made.plan.cells:
        run = made.make((label, seed))
        if seed < 2:
            finished(run)
        else:
            run.set_status(run.status().now("diverged"))
    return made.id


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(tmp_path_factory.mktemp("home")))
        few_sketches()
        drawn = trained("sketches", hostile("drawn"))
        data = shelf.put(data_set(hostile("title"), "file"))
        sweep = swept(data)  # its runs are the oldest
        gone = shelf.put(replace(data_set(hostile("gone"), "file"), classes=(*CLASSES, hostile("three"))))
        run, other = trained(data, hostile("run")), trained(data, hostile("seed"), seed=1, lr=0.1)
        dropping = trained(data, hostile("dropping"), design="net_dropout")
        lost = trained(gone, hostile("lost"))
        shelf.file(gone).unlink()
        child = finished(run.fork(1, {}, hostile("child")))
        checkpoint = run.pt()
        (run.folder.parent / hostile("left").replace("://", "_")).mkdir()  # no run, and told of as such
        live = runs.create(Settings(epochs=2, design="net", data=data), hostile("live"))
        held = locks.take(live.folder / "lock")
        assert held is not None
        live.set_owner(Owner(TERMINAL, hostile("host"), 1, 0.0))
        live.set_status(live.status().now("running"))
        yield World(data, child, other, dropping, live, lost, drawn, checkpoint, sweep)
        held.release()


@pytest.fixture(scope="module")
def driven() -> Iterator[set[tuple[str, int]]]:
    """The places of the code that gave a hostile name to a function that escapes it."""
    seen: set[tuple[str, int]] = set()

    def watched(escape: Callable[[str], str]) -> Callable[[str], str]:
        def escaping(text: str) -> str:
            if "*hx" in text:
                frame = sys._getframe(1)
                seen.add((frame.f_code.co_filename, frame.f_lineno))
            return escape(text)

        return escaping

    originals = {"escaped": words.escaped, "cell": words.cell, "safe": figures.safe}
    with pytest.MonkeyPatch.context() as patch:
        for module in [module for name, module in sys.modules.items() if name.startswith("convlab.")]:
            for name, escape in originals.items():
                if vars(module).get(name) is escape:
                    patch.setattr(module, name, watched(escape))
        yield seen


def clean(app: AppTest) -> AppTest:
    assert not any("Something went wrong" in text for text in troubles(app)), troubles(app)
    assert unescaped(app) == []
    for script in (block.value for block in app.code if block.language == "python"):
        ast.parse(script)  # in a script a name is a text or a comment, however it is written
    return app


def of_run(world: World, run: Run | None = None, **query: object) -> AppTest:
    return open_page(PROBE, picture="photo:cat", model=f"run:{(run or world.run).id}", **query)


def of_file(world: World, data: bytes | None = None, **query: object) -> AppTest:
    app = open_page(PROBE, picture="photo:cat", model="checkpoint", **query)
    return give_checkpoint(app, data or world.checkpoint, f"{hostile('weights')}.pt")


def zipped(names: tuple[str, ...]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            for n in range(4):
                archive.writestr(f"{name}/{n}.png", picture(20 * n + len(name)))
            archive.writestr(f"{name}/{hostile('broken')}.png".replace("://", "_"), b"no picture")
    return file.getvalue()


def uploaded(content: bytes) -> AppTest:
    app = open_page(TRAIN, data="upload", experiment="data")
    named = f"{hostile('zip')}.zip".replace("://", "_")
    after: AppTest = (
        app.file_uploader(key="train.upload").set_value((named, content, "application/zip")).run()
    )
    return after


def compared(world: World) -> AppTest:
    return ticked(open_page(TRAIN, experiment="past"), [0, 1, 2, 3, 4])


def at_the_least_change(world: World) -> AppTest:
    app = of_run(world, experiment="arena", game="least", data=world.data)
    for key in ("probe.find_least", "probe.compare_widths"):
        click(clean(app), key)
    return app


def on_the_board(world: World) -> AppTest:
    return click(clean(of_run(world, experiment="arena", game="board")), "probe.enter")


def by_numbers(world: World) -> AppTest:
    app = of_run(world)
    app.session_state["probe.by_numbers"] = True
    return app.run()


def with_panel(app: AppTest, name: str) -> AppTest:
    app.session_state[f"{name}.by_numbers"] = True
    return app.run()


def of_a_stranger(world: World) -> AppTest:
    """A file that tells nothing of itself."""
    weights = dict(world.run.network_at(2).state_dict())
    app = open_page(PROBE, model="checkpoint", experiment="mistakes")
    return give_checkpoint(
        app, saved(weights), f"{hostile('mute')}.pt", classes=", ".join(map(repr, CLASSES))
    )


def a_toast(_world: World) -> AppTest:
    def page() -> None:
        from convlab.errors import UserError
        from convlab.ui.boundary import say_briefly
        from tests.ui.hostile import hostile

        say_briefly(UserError("{name} does not fit.", name=hostile("toast")))

    return ready(AppTest.from_function(page)).run()


def of_sweep(world: World, experiment: str) -> AppTest:
    app = open_page(COMPARE, sweep=world.sweep, experiment=experiment)
    app.session_state["compare.by_numbers"] = True
    return app.run()


def told_apart(_world: World) -> AppTest:
    def page() -> None:
        import streamlit as st

        from convlab.comparison.statistics import all_pairs
        from convlab.ui.compare.pairs import verdict
        from tests.ui.hostile import hostile

        low, high = {0: 0.70, 1: 0.71, 2: 0.72}, {0: 0.80, 1: 0.812, 2: 0.82}
        st.markdown(verdict(all_pairs({hostile("low"): low, hostile("high"): high})))

    return ready(AppTest.from_function(page)).run()


def told(world: World) -> AppTest:
    app = open_page(TRAIN, run=world.run.id)
    app.session_state["train.told"] = True
    return app.run()


def with_changed_kernels(world: World) -> AppTest:
    app = open_page(MAPS, weights="run", run=world.run.id, layer="conv1")
    app.session_state["feature_maps.by_numbers"] = True
    click(clean(app.run()), "feature_maps.kernel.zero")
    clean(app).switch_page(PROBE)
    app.query_params["model"] = f"run:{world.run.id}"
    return app.run()


def weights_in_modules(_world: World) -> AppTest:
    """A file with weights of nobody's network, whose names are hostile."""
    app = open_page(MODULES, part="saved", saved_weights="file")
    app.session_state["modules.by_numbers"] = True
    data = saved({hostile("weights"): torch.zeros(2), "conv1.bias": torch.zeros(16)})
    uploader = app.file_uploader(key="modules.checkpoint")
    after: AppTest = uploader.set_value((f"{hostile('mine')}.pt", data, BINARY)).run()
    return after


VISITS: dict[str, Callable[[World], AppTest]] = {
    "no run": lambda world: open_page(TRAIN),
    "a run": lambda world: open_page(TRAIN, run=world.run.id, data=world.data, more=1),
    "a run of another lab": lambda world: open_page(TRAIN, run=world.live.id),
    "told": told,
    "past runs": lambda world: open_page(TRAIN, experiment="past"),
    "compared": compared,
    "chapter": lambda world: open_page(TRAIN, experiment="chapter", data=world.data),
    "then": lambda world: open_page(TRAIN, experiment="then", run=world.run.id),
    "data": lambda world: open_page(TRAIN, experiment="data", data=world.data),
    "mistakes": lambda world: open_page(TRAIN, experiment="mistakes", run=world.run.id),
    "code": lambda world: open_page(TRAIN, experiment="code", run=world.run.id),
    "code of lost data": lambda world: open_page(TRAIN, experiment="code", run=world.lost.id),
    "another run's classes": lambda world: open_page(TRAIN, run=world.lost.id, data=world.data),
    "own zip": lambda world: uploaded(zipped(CLASSES)),
    "refused zip": lambda world: uploaded(zipped((f"../{CLASSES[0]}",))),
    "probe a run": lambda world: of_run(world, second=f"run:{world.lost.id}", target=1),
    "probe a file": lambda world: of_file(world, second=f"run:{world.other.id}", target=0),
    "four ways": lambda world: of_run(world, experiment="four_ways"),
    "its mistakes": lambda world: of_run(world, experiment="mistakes"),
    "a cell of its mistakes": lambda world: with_panel(
        of_run(world, experiment="mistakes", cell="0-0"), "probe.mistakes"
    ),
    "mistakes elsewhere": lambda world: of_run(world, experiment="mistakes", data="sketches"),
    "mistakes without data": lambda world: of_run(world, world.lost, experiment="mistakes"),
    "outside": lambda world: of_run(world, experiment="outside"),
    "outside data": lambda world: of_run(world, experiment="outside", other="data", other_data=world.data),
    "change": lambda world: of_run(world, experiment="change", second=f"run:{world.other.id}"),
    "board": on_the_board,
    "paint": lambda world: with_panel(of_run(world, experiment="arena", game="paint"), "probe.follow"),
    "ascend": lambda world: of_run(world, experiment="arena", game="ascend"),
    "least": at_the_least_change,
    "modes": lambda world: of_run(world, experiment="modes"),
    "surgery": lambda world: of_run(world, experiment="surgery"),
    "script": lambda world: of_run(world, experiment="code"),
    "by numbers": by_numbers,
    "a file that tells nothing": of_a_stranger,
    "a run on sketches": lambda world: of_run(world, world.drawn),
    "a toast": a_toast,
    "pictures": lambda world: give(
        open_page(PROBE, picture="upload"), *((f"{hostile('a')}{n}.png", b"none") for n in range(2))
    ),
    "maps of a run": lambda world: open_page(MAPS, weights="run", run=world.run.id),
    "train()": lambda world: open_page(
        MAPS, weights="run", run=world.dropping.id, mode="train", experiment="modes"
    ),
    "excitement": lambda world: open_page(
        MAPS, weights="run", run=world.run.id, layer="fc2", experiment="excite"
    ),
    "changed kernels": with_changed_kernels,
    "weights in Modules": weights_in_modules,
    "a new comparison": lambda world: open_page(COMPARE, data=world.data),
    **{f"compared: {name}": partial(of_sweep, experiment=name) for name in get_args(Experiment)},
    "told apart": told_apart,
    "untrained": lambda world: open_page(MAPS, weights="run", run=world.run.id, experiment="untrained"),
}


@pytest.mark.parametrize("visit", VISITS)
def test_names_are_plain_text(visit: str, world: World, driven: set[tuple[str, int]]) -> None:
    clean(VISITS[visit](world))


def escapes() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every place of the code that escapes a text, or has another function do so; what it says."""
    for path in [*sources.lessons(), *sources.interface()]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                named = [ast.unparse(part).split(".")[-1] for part in (node.func, *node.args)]
                if set(named) & set(ESCAPING):
                    yield path, node, f"{path.name}: {ast.unparse(node)}"


def test_every_escape_was_driven(driven: set[tuple[str, int]]) -> None:
    """Run with the whole file: it asks what the visits above have come by."""
    idle = set()
    for path, node, said in escapes():
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if not any((str(path), line) in driven for line in lines):
            idle.add(said)
    assert idle == OUR_OWN | LESSONS_OF_ONES_OWN
