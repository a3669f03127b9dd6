"""What excites the open unit: the strongest patches of a data set, and a picture made by gradient ascent."""

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor, nn

from convlab.datasets import exams
from convlab.networks.designs import INPUT_SHAPE
from convlab.networks.graph import INPUT
from convlab.networks.receptive_field import Unit, View, window_of
from convlab.networks.recording import record
from convlab.pictures import photographs
from convlab.probing.excitation import Ascent, Found, Made, Regularisation, seen, strongest
from convlab.ui import figures, own_data, widgets
from convlab.ui.boundary import notices
from convlab.ui.feature_maps import batch
from convlab.ui.feature_maps.controls import PHOTOGRAPHS, FeatureMapsControls, State
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.feature_maps.lab import unit_at, unit_name
from convlab.ui.networks import Model
from convlab.ui.picture import Picture
from convlab.ui.widgets import derived
from convlab.ui.words import _, escaped, sentences
from convlab.ui.work import Work, asked

_MOST = 2000  # pictures that are searched
_SIDE_PX = 104


def excitement(state: State, forward: ForwardPass, picture: Picture) -> None:
    """The patches on the left, the picture that was made on the right."""
    name, unit = unit_at(state.value, forward)
    if name == INPUT or forward.output(name).dim() not in (1, 3):
        st.info(_("Choose a unit of a layer above: a pixel of the input is itself."), icon=":material/info:")
        return
    subject = _Subject(state, forward, picture, name, unit)
    called = unit_name(forward, name, unit)
    title = _("{layer}, unit {unit}").format(layer=name, unit=", ".join(map(str, unit)))
    sentence = _("In eval() its value is {value:.4f} for the picture that is open.")
    st.markdown(f"**{title}{f': {escaped(called)}' if called else ''}**")
    st.markdown(sentence.format(value=subject.value))
    left, right = st.columns(2, gap="medium")
    with left, notices():
        _patches(subject)
    with right, notices():
        _ascent(subject)


@dataclass(frozen=True, eq=False)
class _Subject:
    """The open unit, of the network in eval mode."""

    state: State
    forward: ForwardPass
    picture: Picture
    layer: str
    unit: Unit

    @property
    def module(self) -> nn.Module:
        return self.forward.model.probe.network

    @property
    def value(self) -> float:
        """The unit's value for the open picture."""
        if self.forward.beside is None:
            return float(self.forward.output(self.layer)[self.unit])
        return float(record(self.module, self.picture.values[None]).outputs[self.layer][0][self.unit])

    @property
    def identity(self) -> Hashable:
        """Changes with the network, how pictures enter it, and the layer."""
        picture, model = self.picture, self.forward.model
        shape = tuple(picture.pixels.shape)
        return model.identity, model.match.design, shape, picture.mean, picture.std, self.layer

    def prepare(self, pictures: Tensor) -> Tensor:
        """Floats 0..1 as they enter the network."""
        return batch.normalised(pictures, self.picture)

    def view(self, unit: Unit) -> View:
        """What a unit of the layer sees: where no formula says it, the whole picture."""
        height, width = self.picture.pixels.shape[1:]
        row = self.forward.fields.get(self.layer)
        if row is None:
            return View((0, height), (0, width), (0, height), (0, width), (0, 0, 0, 0))
        return window_of(row, unit, (height, width))


# ---- patches of a data set ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Searched:
    """Pictures to search, uint8 [N, C, H, W]; their names; the data set's key, and how many it has."""

    pictures: Tensor
    names: list[str]
    key: str
    all: int


def _patches(subject: _Subject) -> None:
    st.markdown("**" + _("The strongest patches of a data set") + "**")
    among, channel = _searched(subject), subject.unit[0]
    count = len(among.pictures)

    def search(work: Work[tuple[Found, ...]]) -> tuple[Found, ...]:
        given = subject.module, among.pictures, subject.prepare, subject.layer, channel
        return strongest(*given, told=work.say)

    identity = (subject.identity, channel, among.key, among.all)
    found = asked(
        "feature_maps.excite.search", identity, _("Search {count:,} pictures").format(count=count), search
    )
    if found is None:
        return
    shown = []
    for one in found:
        words = _("{value:.4f} at {place}: {name}") if one.unit[1:] else _("{value:.4f}: {name}")
        place, name = ", ".join(map(str, one.unit[1:])), among.names[one.picture]
        patch = seen(among.pictures[one.picture], subject.view(one.unit))
        shown.append((patch, words.format(value=one.value, place=place, name=name)))
    figures.row(shown, "strongest", _SIDE_PX)
    sentence = _(
        "Of {count:,} pictures those that this map answers most strongly, each as its best unit, "
        "by row and column, sees it. Beyond the border is grey."
    )
    if len(subject.unit) == 1:
        sentence = _("Of {count:,} pictures those for which this entry is largest.")
    told = [sentence.format(count=count)]
    if count < among.all:
        told.append(_("The data set has {all:,}, and these lie at even distances.").format(all=among.all))
    st.caption(sentences(*told))


def _searched(subject: _Subject) -> _Searched:
    """The pictures that the learner chooses: the network's own to validate on, others', photographs."""
    state, picture = subject.state, subject.picture
    titles, first, key = _offered(state.value, subject.forward.model, picture)

    def take(chosen: str) -> None:
        state.change(excite_data="" if chosen == first else chosen)

    look = {"options": list(titles), "format_func": titles.__getitem__, "width": 340}
    derived(st.selectbox, _("Data set"), "feature_maps.excite_data", key, take, **look)
    if key == PHOTOGRAPHS:
        found = batch.photographs(picture)
        return _Searched(found, [_(title) for title in photographs.PHOTOGRAPHS.values()], key, len(found))
    whole = exams.get(key).val.images
    places = torch.linspace(0, len(whole) - 1, min(_MOST, len(whole)), dtype=torch.float64).round().long()
    names = [_("picture {n}").format(n=n) for n in places.tolist()]
    return _Searched(whole[places], names, key, len(whole))


def _offered(
    controls: FeatureMapsControls, model: Model, picture: Picture
) -> tuple[dict[str, str], str, str]:
    """Key -> title of what may be searched, the key that comes first, and the one that is chosen."""
    home, titles = own_data.find(model), {PHOTOGRAPHS: _("ConvLab's photographs")}
    if tuple(picture.pixels.shape) == INPUT_SHAPE:
        titles |= own_data.titles(controls.excite_data)
    first = home.key if home is not None and home.key in titles else PHOTOGRAPHS
    if first != PHOTOGRAPHS and model.about.data is not None:
        titles[first] = _("Its own: {title}").format(title=own_data.title_of(model.about.data))
    return titles, first, controls.excite_data if controls.excite_data in titles else first


def searched_code(controls: FeatureMapsControls, model: Model, picture: Picture) -> str:
    """Lines of a script that define ``others``, the pictures that are searched."""
    key = _offered(controls, model, picture)[2]
    if key == PHOTOGRAPHS:
        return batch.photographs_code(picture, list(photographs.PHOTOGRAPHS))
    return f"""from convlab.datasets import exams
others = exams.get({key!r}).val.images
count = min({_MOST}, len(others))
others = others[torch.linspace(0, len(others) - 1, count, dtype=torch.float64).round().long()]"""


# ---- a picture made for the unit ---------------------------------------------------------------------


def _ascent(subject: _Subject) -> None:
    state, controls = subject.state, subject.state.value
    st.markdown("**" + _("A picture made by gradient ascent") + "**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.number(state, "ascent_steps", _("Steps"), width=110, step=16)
        widgets.number(state, "ascent_seed", _("Seed"), width=110)
        widgets.number(state, "jitter", _("Jitter (px)"), width=110)
        widgets.number(state, "blur", _("Blur"), width=110, step=0.05)
        widgets.number(state, "l2", _("L2"), width=110, step=0.01)
    regular = Regularisation(controls.jitter, controls.blur, controls.l2)
    steps, seed = controls.ascent_steps, controls.ascent_seed
    identity = (subject.identity, subject.unit, steps, seed, regular)

    def climb(work: Work[Made]) -> Made:
        shape = tuple(subject.picture.pixels.shape)
        ascent = Ascent(subject.module, shape, subject.prepare, subject.layer, subject.unit, seed, regular)
        return ascent.run(steps, lambda made: work.say(made.steps, steps, made))

    made = asked("feature_maps.excite.make", identity, _("Make a picture"), climb)
    if made is not None:
        _show_made(subject, made)


def _show_made(subject: _Subject, made: Made) -> None:
    """The picture, what the unit sees of it, its value, and how it came about."""
    controls = subject.state.value
    part = seen(made.pixels, subject.view(subject.unit))
    shown = [(made.pixels, _("the picture")), (part, _("what the unit sees of it"))]
    figures.row(shown, "ascent", 2 * _SIDE_PX)
    sentence = _(
        "Its value is **{value:.4f}**, after {best} of {steps} steps; that of the noise of seed {seed} was "
        "{first:.4f}. Kept from noise by jitter of {jitter} px, blur of {blur:g} and L2 of {l2:g}."
    )
    told = {"value": made.value, "best": made.best, "steps": made.steps, "first": made.values[0]}
    regular = {"jitter": controls.jitter, "blur": controls.blur, "l2": controls.l2}
    st.markdown(sentence.format(seed=controls.ascent_seed, **told, **regular))
    if made.steps < controls.ascent_steps:
        sentence = _("Stopped after {done} of {steps} steps.")
        st.caption(sentence.format(done=made.steps, steps=controls.ascent_steps))
