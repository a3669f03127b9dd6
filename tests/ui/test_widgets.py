"""convlab.ui.widgets: every widget of every page offers what its control takes, and a link no more."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import streamlit as st
from pydantic import TypeAdapter, ValidationError
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.testing.v1 import AppTest

from convlab.convolution.conv2d import ConvSettings
from convlab.training.settings import Hyperparameters
from convlab.ui import widgets
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.probe.controls import Game, ProbeControls
from convlab.ui.train.controls import TrainControls
from convlab.ui.urls import Controls, PageState, unfit
from tests import sources
from tests.few import few_sketches
from tests.ui.driver import open_page, ready, troubles

MODELS: dict[str, type[Controls]] = {
    "kernels": KernelsControls,
    "feature_maps": FeatureMapsControls,
    "train": TrainControls,
    "probe": ProbeControls,
}
# What the page shows decides: how far a change goes, how many channels a layer has, which weights there are.
NARROWER = {"probe.amount", "probe.budget", "probe.out_channel", "probe.in_channel", "feature_maps.weights"}
FURTHER: dict[str, list[dict[str, object]]] = {
    "kernels": [{"picture": "board"}, {"colour": "rgb"}],
    "feature_maps": [{"network": "stack"}, {"weights": "random"}],
    "train": [{"more": 1}, {"more": 1, "design": "net_res_deep"}],
    "probe": [{"experiment": "arena", "game": game} for game in get_args(Game)],
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    few_sketches()


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Control, as "page.name" -> what its widgets were given: (low, high), or a list of choices."""
    found: dict[str, list[Any]] = {}
    bound: set[str] = set()
    bind = PageState.bind

    def binding(state: PageState[Any], field: str, then: Any = None) -> dict[str, Any]:
        bound.add(f"{state.page}.{field}")
        return bind(state, field, then)

    def recording(name: str) -> Callable[..., Any]:
        widget = getattr(st, name)

        def record(label: str, *given: Any, **options: Any) -> Any:
            if (key := options.get("key")) in bound:
                if name in ("number_input", "slider"):
                    ends = {**dict(zip(("min_value", "max_value"), given, strict=False)), **options}
                    found.setdefault(key, []).append((ends.get("min_value"), ends.get("max_value")))
                else:
                    found.setdefault(key, []).append(list(given[0] if given else options["options"]))
            return widget(label, *given, **options)

        return record

    monkeypatch.setattr(PageState, "bind", binding)
    for name in ("number_input", "slider", "selectbox", "segmented_control"):
        monkeypatch.setattr(st, name, recording(name))
    return found


def states(page: str) -> list[dict[str, object]]:
    experiments = get_args(MODELS[page].model_fields["experiment"].annotation)
    return [*({"experiment": experiment} for experiment in experiments), *FURTHER[page]]


@pytest.mark.parametrize("page", MODELS)
def test_every_widget_offers_what_its_control_takes(page: str, offered: dict[str, list[Any]]) -> None:
    for query in states(page):
        assert troubles(open_page(f"pages/{page}.py", **query)) == []
    # Home is opened on the way.
    own = {key: given for key, given in offered.items() if key.startswith(f"{page}.")}
    assert len(own) > 5
    for key, several in own.items():
        field = MODELS[page].model_fields[key.partition(".")[2]]
        for given in several:
            if isinstance(given, tuple):
                low, high = widgets.limits(field)
                assert low is not None, key
                assert high is not None, key
                if key in NARROWER:
                    assert low <= given[0] <= given[1] <= high, key
                else:
                    assert given == (low, high), key
            elif get_origin(field.annotation) is Literal and key not in NARROWER:
                assert given == list(get_args(field.annotation)), key
            else:
                for choice in given:
                    TypeAdapter(field.rebuild_annotation()).validate_python(choice)


@pytest.mark.parametrize("page", MODELS)
def test_a_field_has_a_whole_step_where_it_takes_whole_numbers_alone_and_shows_all_digits_of_others(
    page: str,
) -> None:
    """By its step, the browser tells them apart; by its text, it steps on (``components/number_fields``)."""
    seen = set()
    for query in states(page):
        app = ready(AppTest.from_file(sources.ROOT / "pages" / f"{page}.py"))
        app.session_state[f"{page}.by_numbers"] = True
        for name, value in query.items():
            app.query_params[name] = str(value)
        for field in app.run().number_input:
            whole = field.proto.data_type == NumberInput.DataType.INT
            assert float(field.step).is_integer() == whole, field.key
            assert whole or field.proto.format == "%g", field.key
            seen.add(whole)
    assert True in seen


def outside(model: type[Controls]) -> Iterator[tuple[str, float]]:
    """(control, a value beyond one of its ends) of each that is a number."""
    for name, field in model.model_fields.items():
        if field.annotation in (int, float):
            for end, way in zip(widgets.limits(field), (-1, 1), strict=True):
                assert end is not None, name
                yield name, end + way if field.annotation is int else math.nextafter(end, way * math.inf)


@pytest.mark.parametrize("page", MODELS)
@pytest.mark.parametrize("end", [0, 1], ids=["below", "above"])
def test_a_link_beyond_a_limit_is_named_in_the_notice(page: str, end: int) -> None:
    wrong = dict(list(outside(MODELS[page]))[end::2])
    app = open_page(f"pages/{page}.py", **{name: repr(value) for name, value in wrong.items()})
    assert troubles(app) == []
    assert app.warning[0].value.startswith("Part of the link could not be used")
    assert set(app.warning[0].value.split(": ")[1].rstrip(".").split(", ")) == set(wrong)
    controls = app.session_state[f"{page}.controls"]
    assert all(getattr(controls, name) == MODELS[page].model_fields[name].default for name in wrong)


def test_a_penalty_that_no_run_takes_is_refused_on_arrival() -> None:
    app = open_page("pages/train.py", l2=50, more=1)
    assert app.warning[0].value == "Part of the link could not be used, so the default stands for: l2."
    assert (app.number_input(key="train.l2").value, app.number_input(key="train.l2").max) == (0, 10)
    assert not app.button(key="train.start").disabled


@pytest.mark.parametrize("name", sorted(Hyperparameters.model_fields.keys() - {"design", "data"}))
def test_a_setting_of_a_run_is_the_control_of_the_same_name(name: str) -> None:
    control, setting = TrainControls.model_fields[name], Hyperparameters.model_fields[name]
    assert (control.annotation, control.default) == (setting.annotation, setting.default)
    assert widgets.limits(control) == widgets.limits(setting)


@pytest.mark.parametrize("name", ["padding", "padding_mode", "stride", "dilation", "bias", "activation"])
def test_a_control_of_kernels_takes_what_the_convolution_takes(name: str) -> None:
    control = KernelsControls.model_fields[name]
    if name == "bias":
        low, high = widgets.limits(control)
        assert (low, high) == widgets.limits(ConvSettings.model_fields[name])
        return
    chosen = widgets.choices(control)
    assert all(getattr(KernelsControls(**{name: one}).settings, name) is not None for one in chosen)
    taken = {str(value) for value in ("same", *chosen, *range(-2, 12)) if _takes(name, value)}
    assert taken == {str(one) for one in chosen}


def _takes(name: str, value: Any) -> bool:
    try:
        ConvSettings.model_validate({name: int(value) if str(value).isdigit() else value})
    except ValidationError:
        return False
    return True


def test_a_widget_that_is_no_control_shows_what_follows_from_them_and_takes_what_is_set() -> None:
    app = AppTest.from_string(
        "import streamlit as st\n"
        "from convlab.ui.widgets import derived\n"
        "state = st.session_state\n"
        "state.setdefault('kernel', 3)\n"
        "def take(size): state.kernel = size + 10\n"
        "derived(st.number_input, 'Rows', 'rows', state.kernel, take, min_value=0, max_value=99)\n"
    ).run()
    assert app.number_input(key="rows").value == 3
    app.number_input(key="rows").set_value(5).run()
    assert app.session_state["kernel"] == app.number_input(key="rows").value == 15


@pytest.mark.parametrize("typed", [0.0, 2e9, float("nan"), None])
def test_a_number_that_does_not_fit_leaves_the_last_and_says_so(typed: float | None) -> None:
    app = open_page("pages/train.py", lr=0.02)
    app.number_input(key="train.lr").set_value(typed).run()
    assert troubles(app) == []
    assert app.number_input(key="train.lr").value == 0.02
    assert app.query_params["lr"] == "0.02"
    said = [toast.value.replace("\\", "") for toast in app.toast] + [box.value for box in app.warning]
    assert any(str(unfit()) in text.replace("\\", "") for text in said)
