"""Links: whatever they say, the controls are valid; whatever the controls are, the link brings them back."""

import ast
import importlib
import math
import re
import time
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from pydantic.fields import FieldInfo

from convlab import numerals
from convlab.chapter.errata import ERRATA
from convlab.comparison.presets import PRESETS
from convlab.convolution import bank, kernels
from convlab.course import own
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS
from convlab.networks.state_dicts import CHANGES
from convlab.pictures.board import PALETTE, SIZES, Board
from convlab.probing import attribution, ood, perturbations
from convlab.programs.catalogue import PROGRAMS
from convlab.ui.cropping import CroppedControls
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.lessons import LESSONS
from convlab.ui.modules.controls import ModulesControls
from convlab.ui.networks import NETWORKS
from convlab.ui.picture import CHOICES
from convlab.ui.urls import MAX_PARAMETER_LENGTH, Controls, link, parse, serialise
from tests import sources
from tests.networks.test_stacks import PARTS
from tests.ui.driver import open_page, troubles


@cache
def models(kind: type[Controls] = Controls) -> list[type[Controls]]:
    """Every page's controls, found by importing all that the pages import; other tests' own are left out."""
    for path in sources.lessons():
        for _line, name in sources.imported(ast.parse(path.read_text())):
            importlib.import_module(name.rpartition(".")[0] or name)
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("convlab.")]
    found = {model for child in children for model in (child, *models(child))}
    return sorted(found, key=lambda model: model.__name__)


FIELDS = [(model, name) for model in models() for name in model.model_fields]

HOSTILE = (
    "", " ", "a,b", "1e999", "-1e999", "nan", "inf", "-Infinity", "NaN nan", "\0", "1\0", "0x10", "1_0",
    "1e5", "9" * 100, "9" * 4000, "9" * 100_000, "x" * 100_000, "٣", "１２", "−1", "[1, 2]", "['a']", "{}",
    "null", "None", "true", "same\n", "../../etc/passwd", "photo:../cat", "photo:", "upload\0", "__class__",
    "%00", "%s%n", "{0}", "1;2;3", "1 2; 3", "|", "1|2", "1 0; 0 1 | 1 0; 0 1", "1/0", "1e308/1e-308",
    "1 " * 1000, "1;" * 1000, "16-" + "g" * 256, "16-" + "0" * 255, "32-" + "f" * 1024, "8-" + "٣" * 64,
    "\ud800", "🐱", "<img src=x>",
)  # fmt: skip

anything = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.integers().map(str),
    st.floats().map(str),
    st.text(alphabet="0123456789.;|/-+eE, \n", max_size=200),
)


@st.composite
def board_texts(draw: st.DrawFn) -> str:
    size = draw(st.sampled_from(SIZES))
    pick = draw(st.randoms(use_true_random=False)).randrange
    return Board(size, bytes(pick(len(PALETTE)) for _ in range(size**2))).encode()


@st.composite
def kernel_texts(draw: st.DrawFn) -> str:
    few = draw(st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=4))
    size = st.integers(1, kernels.MAX_SIZE)
    channels, height, width = draw(st.sampled_from((1, 3))), draw(size), draw(size)
    pick = draw(st.randoms(use_true_random=False)).choice
    rows = [" ".join(kernels.number(pick(few)) for _ in range(width)) for _ in range(channels * height)]
    return " | ".join("; ".join(rows[n : n + height]) for n in range(0, len(rows), height))


@st.composite
def stack_texts(draw: st.DrawFn) -> str:
    return stacks.Stack(layers=tuple(draw(st.lists(PARTS, min_size=1, max_size=12)))).text()


@st.composite
def bank_texts(draw: st.DrawFn) -> str:
    pick = draw(st.randoms(use_true_random=False))
    few = draw(st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=4))
    places = draw(st.sets(st.tuples(st.sampled_from((1, 3)), st.integers(0, bank.MAX_KERNELS - 1))))
    return bank.format_edits(
        {
            (channels, n): bank.One(
                torch.tensor([pick.choice(few) for _ in range(9 * channels)]).reshape(channels, 3, 3),
                pick.choice(few),
            )
            for channels, n in places
        }
    )


weights = st.floats(-1000, 1000, width=32).map(kernels.number)
cross_kernels = st.lists(weights, min_size=9, max_size=9).map(
    lambda w: "; ".join(" ".join(w[n : n + 3]) for n in (0, 3, 6))
)
TEXTS = {
    "kernel": kernel_texts(),
    "board": board_texts(),
    "bank_edits": bank_texts(),
    "picture": st.sampled_from(CHOICES),
    "frozen": st.just("")
    | st.builds("{}{}".format, kernel_texts(), st.sampled_from(("", " @ stride=2 flip=1"))),
    "pin": st.just("") | st.builds("{},{}".format, *2 * [st.integers(0, 9999)]),
    "gradient_weight": st.just("") | st.builds("{},{},{}".format, *3 * [st.integers(0, 6)]),
    "network": st.sampled_from(NETWORKS),
    "program": st.sampled_from(list(PROGRAMS)),
    "preset": st.sampled_from(list(PRESETS)),
    "architecture": st.sampled_from(["resnet18", "squeezenet1_1", "none_such"]),
    "stack": stack_texts(),
    "layer": st.from_regex(r"[A-Za-z0-9_.#]{0,60}", fullmatch=True),
    **dict.fromkeys(("first_kernel", "second_kernel"), cross_kernels),
    "design": st.sampled_from(list(DESIGNS)),
    "search": st.text(max_size=80),
    "only_design": st.sampled_from(["", *DESIGNS]),
    "only_data": st.from_regex(r"[a-z0-9_-]{0,64}", fullmatch=True),
    "columns": st.sampled_from(["", "name", "seed,val_loss", "no_such_column,l2"]),
    "sort": st.from_regex(r"[A-Za-z0-9_]{1,40}", fullmatch=True),
    "ticked": st.lists(st.from_regex(r"[0-9a-f]{16}", fullmatch=True), max_size=9).map(",".join),
    "course": st.just("") | st.from_regex(own.KEY, fullmatch=True),
    "data": st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True),
    **dict.fromkeys(("run", "sweep"), st.from_regex(r"([0-9a-f]{16})?", fullmatch=True)),
    "kernel_size": st.sampled_from([None, "3", "5", "1x3"]),
    "n_chans1": st.none() | st.integers(2, 128),
    "n_blocks": st.none() | st.integers(1, 100),
    "shared": st.sampled_from([None, False, True]),
    "slip": st.sampled_from([erratum.key for erratum in ERRATA]),
    "activation": st.sampled_from([None, "tanh", "relu"]),
    "lr": st.floats(0, 1e9, exclude_min=True),
    **dict.fromkeys(("momentum", "label_smoothing"), st.floats(0, 1, exclude_max=True)),
}
places = st.integers(-100, 5000)
models_named = st.sampled_from(["shipped:net", "run:0123456789abcdef", "checkpoint"])
# Fields of the Modules page whose limits or names are not those of other pages.
MODULES: dict[str, st.SearchStrategy[Any]] = {
    "n_chans1": st.integers(1, 64).map(lambda half: 2 * half),
    "step_lr": st.floats(0, 10, exclude_min=True),
    "depth_lr": st.floats(0, 10, exclude_min=True),
    "step_entry": st.just("")
    | st.builds("conv{}.weight,{},{},0,2".format, st.integers(1, 2), *2 * [st.integers(0, 9999)]),
    "saved_into": st.sampled_from(list(CHANGES)),
    "pruned": st.integers(0, 99),
}
# Fields of the Probe page that hold text, some under names that other pages use too.
PROBE_TEXTS: dict[str, st.SearchStrategy[Any]] = {
    "window": st.builds("{},{},{}".format, places, places, st.integers(1, 5000)) | st.just(""),
    "model": models_named,
    "second": models_named | st.just(""),
    "method": st.sampled_from(list(attribution.METHODS)),
    **dict.fromkeys(("cam_layer", "layer"), st.from_regex(r"[A-Za-z0-9_.]{0,60}", fullmatch=True)),
    **dict.fromkeys(("excite_data", "other_data"), st.from_regex(r"[a-z0-9_-]{0,64}", fullmatch=True)),
    "score": st.sampled_from(list(ood.SCORES)),
    "change": st.sampled_from(list(perturbations.KINDS)),
    "painted": board_texts() | st.just(""),
    "kernel": cross_kernels | st.just(""),
    "cell": st.sampled_from(["", "0-1", "1-1", "99-99"]),
}


def valid(name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    """Values that the field takes, from its own annotation; what that does not tell is in TEXTS."""
    if get_origin(field.annotation) is Literal:
        return st.sampled_from(get_args(field.annotation))
    if field.annotation is bool:
        return st.booleans()
    if name in TEXTS:
        return TEXTS[name]
    limits = {
        bound: getattr(part, bound)
        for part in field.metadata
        for bound in ("ge", "le")
        if hasattr(part, bound)
    }
    if field.annotation is int:
        return st.integers(limits["ge"], limits["le"])
    if field.annotation is float:
        return st.floats(limits["ge"], limits["le"])
    raise KeyError(name)


@st.composite
def any_controls(draw: st.DrawFn, *only: type[Controls]) -> Controls:
    model = draw(st.sampled_from(only or models()))
    chosen = draw(st.sets(st.sampled_from(list(model.model_fields))))
    own: dict[str, st.SearchStrategy[Any]] = PROBE_TEXTS if issubclass(model, CroppedControls) else {}
    own = MODULES if issubclass(ModulesControls, model) and model is not Controls else own
    strategies = {n: own[n] if n in own else valid(n, model.model_fields[n]) for n in sorted(chosen)}
    return model(**{name: draw(strategy) for name, strategy in strategies.items()})


def is_finite(controls: Controls) -> bool:
    return all(math.isfinite(value) for value in dict(controls).values() if isinstance(value, float))


def test_every_page_is_scanned() -> None:
    assert KernelsControls in models()
    asked = [text for path in sources.lessons() for text in path.read_text().split("with lesson(")[1:]]
    named = {re.split("[,)]", text)[1].strip() for text in asked}
    assert len(named) == len(LESSONS)
    assert named <= {model.__name__ for model in models()}


@pytest.mark.parametrize("model", models())
def test_the_defaults_give_an_empty_link(model: type[Controls]) -> None:
    assert serialise(model()) == {}
    assert parse(model, {}) == (model(), [])


@settings(max_examples=50)
@given(any_controls())
def test_a_link_brings_back_the_controls(controls: Controls) -> None:
    query = serialise(controls)
    assert parse(type(controls), query) == (controls, [])
    assert set(query) <= set(type(controls).model_fields)
    assert all(len(text) <= MAX_PARAMETER_LENGTH for text in query.values())


@pytest.mark.parametrize("model", models())
def test_a_page_that_opens_with_others_than_the_defaults_names_them_in_its_link(
    model: type[Controls],
) -> None:
    opened = model(**model.opening)
    assert parse(model, link(opened)) == (opened, [])
    assert parse(model, link(model())) == (model(), [])
    assert (link(model()) == {}) == (model.opening == {})


@settings(max_examples=50)
@given(any_controls())
def test_a_link_says_nothing_that_is_the_default(controls: Controls) -> None:
    default = type(controls)()
    changed = {
        name for name in type(controls).model_fields if getattr(controls, name) != getattr(default, name)
    }
    assert set(serialise(controls)) == changed


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_a_hostile_value_is_taken_or_named_but_never_kept(model: type[Controls], name: str) -> None:
    for text in HOSTILE:
        controls, refused = parse(model, {name: text})
        if refused:
            assert (refused, controls) == ([name], model()), text[:20]
        assert model(**dict(controls)) == controls, text[:20]  # valid, and a text of it is in its one form
        assert is_finite(controls), text[:20]


@given(st.data())
def test_nonsense_in_all_parameters_at_once(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(models()))
    names = st.one_of(st.sampled_from([*model.model_fields, "lang", "page"]), st.text(max_size=10))
    query = data.draw(st.dictionaries(names, anything, max_size=12))
    controls, refused = parse(model, query)
    assert len(refused) == len(set(refused))
    assert set(refused) <= set(query) & set(model.model_fields)
    assert is_finite(controls)
    for name in model.model_fields:
        if name in refused or name not in query:
            assert getattr(controls, name) == getattr(model(), name)
    assert parse(model, serialise(controls)) == (controls, [])


@settings(max_examples=50)
@given(any_controls(), st.data())
def test_one_bad_value_spoils_no_other(controls: Controls, data: st.DataObject) -> None:
    model = type(controls)
    bad = data.draw(st.sampled_from(list(model.model_fields)))
    got, refused = parse(model, serialise(controls) | {bad: "\0 nonsense"})
    assert refused == [bad]
    assert got == controls.model_copy(update={bad: model.model_fields[bad].default})


@settings(max_examples=50)
@given(any_controls(), st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_unknown_parameters_are_ignored(controls: Controls, more: dict[str, str]) -> None:
    model = type(controls)
    unknown = {name: text for name, text in more.items() if name not in model.model_fields}
    assert parse(model, unknown | serialise(controls)) == (controls, [])


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_a_long_text_is_refused_at_once(model: type[Controls], name: str) -> None:
    for text in ("1" * 600 + "/" + "1" * 600 + "x", "1." * 1500, "1 " * 2000, "9" * 4000):
        start = time.process_time()
        parse(model, {name: text})
        assert time.process_time() - start < 0.5, text[:8]


def test_a_longer_text_than_any_control_has_is_refused_although_it_could_be_read() -> None:
    fits = "1" + " " * (MAX_PARAMETER_LENGTH - 1)
    assert parse(KernelsControls, {"bias": fits}) == (KernelsControls(bias=1), [])
    assert parse(KernelsControls, {"bias": fits + " "}) == (KernelsControls(), ["bias"])


@pytest.mark.parametrize("page", [str(path.relative_to(sources.ROOT)) for path in sources.lessons()])
@pytest.mark.parametrize("text", ["1e999", "\0", "9" * 100_000, ["1", "x"]], ids=lambda text: ascii(text)[:9])
def test_a_page_opens_with_nonsense_in_every_parameter(page: str, text: str | list[str]) -> None:
    names = {name for model in models() for name in model.model_fields}
    app = open_page(page, **dict.fromkeys(sorted(names), text))
    assert troubles(app) == []
    assert app.title


def test_the_notice_names_what_was_refused_and_the_address_loses_it() -> None:
    app = open_page("pages/kernels.py", stride="5", bias="nan", padding="2", lang="en", other="kept")
    (notice,) = app.warning
    assert set(notice.value.split(": ")[1].rstrip(".").split(", ")) == {"stride", "bias"}
    assert app.selectbox(key="kernels.padding").value == "2"
    assert app.selectbox(key="kernels.stride").value == 1
    assert app.query_params == {"padding": "2", "lang": "en", "other": "kept"}
    assert not app.run().warning


def test_of_a_repeated_parameter_the_last_counts() -> None:
    app = open_page("pages/kernels.py", stride=["4", "2"])
    assert app.selectbox(key="kernels.stride").value == 2


class _Numbers(Controls):
    size: Annotated[int, Field(ge=-(10**9), le=10**9)] = 7
    open: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None
    rate: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [("0,02", 0.02), ("\uff10\uff0e\uff15", 0.5), ("\u22121", -1), ("1/4", 0.25), ("1e-3", 1e-3)],
)
def test_a_number_in_a_link_is_read_as_people_write_it(text: str, value: float) -> None:
    found, refused = parse(_Numbers, {"rate": text})
    assert (found.rate, refused) == (value, [])


@pytest.mark.parametrize("text", ["1,000", "1_000", "0x10", "nan", "1e400", "٣", "²", "1 2", "1e-400", ""])
@pytest.mark.parametrize("name", _Numbers.model_fields)
def test_what_has_no_one_reading_is_refused_in_a_link(name: str, text: str) -> None:
    assert parse(_Numbers, {name: text}) == (_Numbers(), [name])


@given(anything)
@settings(max_examples=200)
def test_a_number_in_a_link_is_the_one_that_a_person_reads_or_the_default(text: str) -> None:
    for name, field in _Numbers.model_fields.items():
        found, refused = parse(_Numbers, {name: text})
        if refused:
            assert getattr(found, name) == field.default
        else:
            assert getattr(found, name) == numerals.number(text)


@pytest.mark.parametrize("text", ["1_0,2,3", "١,2,3", "1,2", "1;2;3", "1.5,2,3", "1e1,2,3.5"])
def test_a_square_in_a_link_is_of_whole_numbers(text: str) -> None:
    assert parse(CroppedControls, {"window": text}) == (CroppedControls(), ["window"])


def test_an_empty_link_is_the_first_look_and_an_older_one_undoes_no_edit() -> None:
    """Back brings an older link alone; where edits are quick, one comes with the next edit."""
    app = open_page("pages/kernels.py")
    bias = app.number_input(key="kernels.bias")
    opened = {"picture": "drawing:house", "size": "8"}
    for older, value in (({}, 0.5), ({}, 0.7), ({"bias": "0.5", **opened}, 0.9)):
        app.query_params.clear()
        app.query_params.update(older)
        bias.set_value(value).run()
        assert app.number_input(key="kernels.bias").value == value
        assert app.query_params == {"bias": str(value), **opened}
    for query, value in (({"bias": "0.5", **opened}, 0.5), ({}, 0.0)):
        app.query_params.clear()
        app.query_params.update(query)
        app.run()
        assert app.number_input(key="kernels.bias").value == value
        assert app.selectbox(key="kernels.picture").value == "drawing:house"
        assert app.query_params == query
    assert not app.warning


@pytest.mark.parametrize("id", ["../../etc", "0" * 15, "A" * 16, "0" * 16 + "\n", "٣" * 16, "0" * 16 + "/"])
def test_hazard_15_what_is_no_id_of_a_run_is_refused_in_every_link(id: str) -> None:
    named = {model.__name__: model for model in models()}
    for page, sent in (("Train", {"run": id}), ("FeatureMaps", {"run": id}), ("Train", {"data": f"../{id}"})):
        assert parse(named[f"{page}Controls"], sent)[1] == list(sent)
    assert parse(named["ProbeControls"], {"model": f"run:{id}"})[1] == ["model"]
