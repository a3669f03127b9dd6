"""One schema for everything a link may hold: each control of a page, its type, range and default.

A page's controls are a pydantic model. The session's copy of it is the truth; widgets and the URL are two
views of it. What a link says is never trusted: what does not fit becomes the default, with a notice.
"""

from collections.abc import Callable, Container, Iterable
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar, cast, get_args, get_origin

import streamlit as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from convlab import numerals
from convlab.errors import N_, UserError
from convlab.ui import late
from convlab.ui.boundary import acted, keeping

MAX_PARAMETER_LENGTH = 4000
Seed = Annotated[int, Field(ge=0, le=9999)]
DataKey = Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,64}$")]  # of a data set; "" for none
RunId = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]  # "" for none


def one_of(choices: Container[str]) -> AfterValidator:
    """For a control that is one of many texts; of few, a Literal says it."""

    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return AfterValidator(check)


class Controls(BaseModel):
    """A page's controls: one field each, with its default and its limits.

    Attributes:
        opening: what a page whose link names no control opens with instead of the defaults. A link that names
            one leaves out defaults, as links always did, so those never change.
        place: the control that says where one points in the page's picture; "" where one cannot.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    opening: ClassVar[dict[str, Any]] = {}
    place: ClassVar[str] = ""

    def settled(self) -> Self:
        """These, with what they leave open filled in by what fits; the link goes on leaving it open."""
        return self

    def pointed(self, control: str, place: str) -> Self:
        """These, pointing at a place, as a station's answer names it. A bad one raises ValidationError."""
        return type(self)(**{**dict(self), control: place})

    def elsewhere(self) -> Self:
        """These, with ``place`` elsewhere than now: what a page shows that asks where it is."""
        return type(self)(**{name: value for name, value in self if name != self.place})


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
    if (read := _reader(kind)) is not None:
        return _adapter(model, name).validate_python(read(text))
    return _adapter(model, name).validate_strings(text)


def _reader(kind: Any) -> Callable[[str], float] | None:
    """What reads the text of a control for numbers, which may be open (None); None for any other control."""
    parts = [part for part in (get_args(kind) or (kind,)) if part is not NoneType]
    bare = [get_args(part)[0] if get_origin(part) is Annotated else part for part in parts]
    if bare == [int]:
        return numerals.whole
    return numerals.number if bare == [float] else None


@cache
def _adapter(model: type[Controls], name: str) -> TypeAdapter[Any]:
    """Checks one control alone."""
    field = model.model_fields[name].rebuild_annotation()
    return TypeAdapter(field, config=ConfigDict(allow_inf_nan=False))


def serialise(controls: Controls) -> dict[str, str]:
    """The query string that ``parse`` turns back into these controls; defaults are left out."""
    fields = type(controls).model_fields.items()
    return _texts(controls, [name for name, field in fields if getattr(controls, name) != field.default])


def _texts(controls: Controls, names: Iterable[str]) -> dict[str, str]:
    values = {name: getattr(controls, name) for name in names}
    return {name: str(int(v) if isinstance(v, bool) else v) for name, v in values.items()}


def link(controls: Controls) -> dict[str, str]:
    """The query string that opens a page with these controls: never empty where that opens with others."""
    return serialise(controls) or _texts(controls, controls.opening)


def written(page: str) -> dict[str, str]:
    """The query string that the page last had in this session."""
    return cast(dict[str, str], st.session_state.get(f"{page}.written", {}))


def controls_of(page: str) -> Controls | None:
    """The controls that the page last had in this session; None before its first visit."""
    found: Controls | None = st.session_state.get(f"{page}.controls")
    return None if found is None else found.settled()


def point(page: str, control: str, place: str) -> bool:
    """Let a page point at a place, as if the learner had; False where it points there, or cannot."""
    truth, before = f"{page}.controls", st.session_state.get(f"{page}.controls")
    if before is None or str(getattr(before, control, place)) == place:
        return False
    try:
        st.session_state[truth] = before.pointed(control, place)
    except (ValueError, ValidationError):
        return False
    return True


def unfit() -> UserError:
    """What is said of a value that a widget's control does not take."""
    return UserError(N_("This value does not fit here, so the last one stands."))


class PageState(Generic[C]):
    """The controls of one page in one session: read from the link on arrival, written back after each change.

    The page's name prefixes its keys in the session.

    Attributes:
        refused: the parameters of the link that did not fit.
        read: whether the link was read in this run.
        lists: control -> its value -> what its entry says, of the lists on the page.
        presses: button, without the page's name -> the controls that it sets -> their values.
    """

    def __init__(self, page: str, model: type[C]) -> None:
        self.page = page
        self.model = model
        self._truth, self._written, self._unfit = f"{page}.controls", f"{page}.written", f"{page}.unfit"
        self._linked, self._arrived = f"{page}.linked", f"{page}.arrived"
        self.refused: list[str] = []
        self.read = False
        self.lists: dict[str, dict[Any, str]] = {}
        self.presses: dict[str, dict[str, Any]] = {}
        query = self._query()
        if self._truth not in st.session_state or (query != written(page) and not self._edited):
            st.session_state[self._truth], self.refused = self._read(query)
            st.session_state[self._written], st.session_state[self._linked] = query, self._told
            st.session_state[self._arrived] = self.read = True

    @property
    def _edited(self) -> bool:
        """Whether the link that comes may be an older one: it does with the event of a widget."""
        return bool(acted() or self._told != st.session_state.get(self._linked))

    def _read(self, query: dict[str, str]) -> tuple[C, list[str]]:
        """As ``parse``; a link that names no control opens with what the model opens with."""
        return parse(self.model, query) if query else (self.model(**self.model.opening), [])

    def _query(self) -> dict[str, str]:
        return {name: st.query_params[name] for name in self.model.model_fields if name in st.query_params}

    @property
    def value(self) -> C:
        """The controls as they are now, with what fits where they leave something open."""
        return self._told.settled()

    def with_changes(self, **values: Any) -> C:
        """What ``value`` would be after ``change``."""
        return self._changed(values).settled()

    @property
    def _told(self) -> C:
        """What the link and the widgets have set."""
        return cast(C, st.session_state[self._truth])

    def change(self, **values: Any) -> None:
        """Set some controls; values of a wrong type or out of range raise pydantic's ValidationError.

        Only these are checked, unless the model has a check that looks at several.
        """
        st.session_state[self._truth] = self._changed(values)

    def _changed(self, values: dict[str, Any]) -> C:
        fields, old = self.model.model_fields, dict(self._told)
        if self.model.__pydantic_decorators__.model_validators or not values.keys() <= fields.keys():
            return self.model(**{**old, **values})
        checked = {name: _adapter(self.model, name).validate_python(new) for name, new in values.items()}
        return self.model.model_construct(**{**old, **checked})

    def bind(self, field: str, then: Callable[[], None] | None = None) -> dict[str, Any]:
        """Keyword arguments that tie a widget to a control: ``st.toggle(label, **state.bind("flip"))``.

        The widget is set from the truth at every run, so it survives page switches, links and presets.
        What does not fit leaves the truth as it was; ``unfit`` then has the reason.
        """
        key = f"{self.page}.{field}"
        late.show(key, getattr(self.value, field))

        def changed() -> None:
            if late.is_late(key):
                return
            try:
                self.change(**{field: st.session_state[key]})
            except ValidationError as error:
                said = error.errors(include_url=False)[0].get("ctx", {}).get("error")
                st.session_state[self._unfit] = said if isinstance(said, UserError) else unfit()
            else:
                if then is not None:
                    then()

        return {"key": key, "on_change": keeping(changed)}

    def unfit(self) -> UserError | None:
        """Why the last value that was given to a widget did not fit; told once."""
        return cast(UserError | None, st.session_state.pop(self._unfit, None))

    def arrived(self) -> bool:
        """Whether the link was read, for the first time or anew, since this was asked last."""
        return bool(st.session_state.pop(self._arrived, False))

    def write(self) -> None:
        """Put the controls into the address bar, so that copying it copies the page.

        An address that opens the page as it is stays as it was written, without controls too: each change
        would be a step of Back, and nobody would get past one that comes again by itself.
        """
        texts, query = link(self._told), self._query()
        if texts != query and self._read(query) == (self._told, []):
            texts = query
        if texts != query:
            fields = self.model.model_fields
            others = {name: text for name, text in st.query_params.items() if name not in fields}
            st.query_params.from_dict({**others, **texts})  # one by one, each would be a step of Back
        st.session_state[self._written], st.session_state[self._linked] = texts, self._told
