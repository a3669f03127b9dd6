"""One schema for everything a link may hold: each control of a page, its type, range and default.

A page's controls are a pydantic model. The session's copy of it is the truth; widgets and the URL
are two views of it. What a link says is never trusted: a value that does not fit falls back to its
default and is named in a notice.
"""

from collections.abc import Callable, Container
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, cast, get_args, get_origin

import streamlit as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from convlab.errors import N_, UserError

MAX_PARAMETER_LENGTH = 4000
Seed = Annotated[int, Field(ge=0, le=9999)]
RunId = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]  # "" for none


def one_of(choices: Container[str]) -> AfterValidator:
    """For a control that is one of many texts; of few, a Literal says it."""

    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return AfterValidator(check)


class Controls(BaseModel):
    """A page's controls: one field each, with its default and its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


C = TypeVar("C", bound=Controls)


def parse(model: type[C], query: dict[str, str]) -> tuple[C, list[str]]:
    """The controls that a query string describes, and the names of parameters that did not fit.

    Unknown parameters are left alone (``lang`` is one); a bad value becomes the field's default.
    """
    values: dict[str, Any] = {}
    refused: list[str] = []
    for name in filter(query.__contains__, model.model_fields):
        try:
            if len(query[name]) > MAX_PARAMETER_LENGTH:
                raise ValueError
            values[name] = _read(model, name, query[name])
        except (ValueError, ValidationError):
            refused.append(name)
    try:
        return model(**values), refused
    except ValidationError as error:
        bad = {str(part["loc"][0]) for part in error.errors() if part["loc"]} or set(values)
        kept = {name: value for name, value in values.items() if name not in bad}
        return model(**kept), refused + sorted(bad)


def _read(model: type[Controls], name: str, text: str) -> Any:
    kind = model.model_fields[name].annotation
    if get_origin(kind) is Literal:  # pydantic does not take "1" for Literal[1]
        return {str(choice): choice for choice in get_args(kind)}.get(text, text)
    return _adapter(model, name).validate_strings(text)


@cache
def _adapter(model: type[Controls], name: str) -> TypeAdapter[Any]:
    """Checks one control alone."""
    field = model.model_fields[name].rebuild_annotation()
    return TypeAdapter(field, config=ConfigDict(allow_inf_nan=False))


def serialise(controls: Controls) -> dict[str, str]:
    """The query string that ``parse`` turns back into these controls; defaults are left out."""
    texts = {}
    for name, field in type(controls).model_fields.items():
        value = getattr(controls, name)
        if value != field.default:
            texts[name] = str(int(value)) if isinstance(value, bool) else str(value)
    return texts


def written(page: str) -> dict[str, str]:
    """The query string that the page last had in this session."""
    return cast(dict[str, str], st.session_state.get(f"{page}.written", {}))


def unfit() -> UserError:
    """What is said of a value that a widget's control does not take."""
    return UserError(N_("This value does not fit here, so the last one stands."))


def _reason(error: ValidationError) -> UserError:
    """What a control's own check said, or that the value does not fit."""
    said = error.errors(include_url=False)[0].get("ctx", {}).get("error")
    if isinstance(said, UserError):
        return said
    return unfit()


class PageState(Generic[C]):
    """The controls of one page in one session: read from the link on arrival, written back after each change.

    The page's name prefixes its keys in the session.
    """

    def __init__(self, page: str, model: type[C]) -> None:
        self.page = page
        self.model = model
        self._truth, self._written, self._unfit = f"{page}.controls", f"{page}.written", f"{page}.unfit"
        self.refused: list[str] = []
        query = self._query()
        if self._truth not in st.session_state or query not in ({}, written(page)):
            st.session_state[self._truth], self.refused = parse(model, query)
            st.session_state[self._written] = query

    def _query(self) -> dict[str, str]:
        return {name: st.query_params[name] for name in self.model.model_fields if name in st.query_params}

    @property
    def value(self) -> C:
        """The controls as they are now."""
        return cast(C, st.session_state[self._truth])

    def change(self, **values: Any) -> None:
        """Set some controls; values of a wrong type or out of range raise pydantic's ValidationError.

        Only these are checked, unless the model has a check that looks at several.
        """
        fields, old = self.model.model_fields, dict(self.value)
        if self.model.__pydantic_decorators__.model_validators or not values.keys() <= fields.keys():
            changed = self.model(**{**old, **values})
        else:
            checked = {name: _adapter(self.model, name).validate_python(new) for name, new in values.items()}
            changed = self.model.model_construct(**{**old, **checked})
        st.session_state[self._truth] = changed

    def bind(self, field: str, then: Callable[[], None] | None = None) -> dict[str, Any]:
        """Keyword arguments that tie a widget to a control: ``st.toggle(label, **state.bind("flip"))``.

        The widget is set from the truth at every run, so it survives page switches, links and presets.
        What does not fit leaves the truth as it was; ``unfit`` then has the reason.
        """
        key = f"{self.page}.{field}"
        st.session_state[key] = getattr(self.value, field)

        def changed() -> None:
            try:
                self.change(**{field: st.session_state[key]})
            except ValidationError as error:
                st.session_state[self._unfit] = _reason(error)
            else:
                if then is not None:
                    then()

        return {"key": key, "on_change": changed}

    def unfit(self) -> UserError | None:
        """Why the last value that was given to a widget did not fit; told once."""
        return cast(UserError | None, st.session_state.pop(self._unfit, None))

    def write(self) -> None:
        """Put the controls into the address bar, so that copying it copies the page."""
        texts = serialise(self.value)
        if texts != self._query():
            fields = self.model.model_fields
            others = {name: text for name, text in st.query_params.items() if name not in fields}
            st.query_params.from_dict({**others, **texts})  # one by one, each would be a step of Back
            st.session_state[self._written] = texts
