"""What a network gets wrong: confusion, the surest mistakes, the least certain pictures, calibration."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from convlab.datasets.exams import Exam
from convlab.networks.evaluation import Evaluation
from convlab.probing import evaluation
from convlab.ui import figures, widgets
from convlab.ui.boundary import rerun
from convlab.ui.components import confusion_matrix, picture_wall
from convlab.ui.networks import Model
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import data_of, of_data
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import evaluate_on
from convlab.ui.probe.exam import key_of
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.trail import LAB, WAY, cell_of, cell_title, open_picture, row_of
from convlab.ui.words import _, cell, escaped

_SHOWN, _MOST = 8, 60  # pictures of a row, and of a cell
_MATRIX = "probe.confusion"


def mistakes(state: State, subject: Subject) -> None:
    """Evaluate the first network on the data set that is chosen."""
    found = evaluate_on(state, subject.model, "mistakes")
    if found is None:
        return
    exam, result = found
    count, names = len(result.labels), subject.model.class_names
    temperature = evaluation.best_temperature(result)
    with st.container(horizontal=True, key="probe.mistakes_figures"):
        st.metric(_("Accuracy"), f"{result.accuracy:.1%}")
        wrong = count - int(result.confusion.trace())
        st.metric(_("Wrong"), _("{wrong:,} of {count:,}").format(wrong=wrong, count=count))
        st.metric(_("Loss"), f"{result.loss:.4f}", help=_("Mean cross-entropy at temperature 1."))
        error, told = evaluation.calibration(result).error, _("ECE, 15 bins, at temperature 1.")
        st.metric(_("Calibration error"), f"{error:.1%}", help=told)
        help_text = _("The one with the least cross-entropy on these pictures.")
        st.metric(_("Best temperature"), f"{temperature:.2f}", help=help_text)
    left, right = st.container(key="probe.mistakes_chain").columns([2, 3])
    with left:
        st.markdown("**" + _("Confusion matrix") + "**")
        _matrix(state, result, names)
    with right:
        _chosen(state, result, exam, subject.model)
    least = evaluation.least_certain(result, _SHOWN)
    _wall(state, _("The least certain"), "unsure", least, exam, subject.model)
    by_numbers("probe.mistakes", _numbers, state, result, exam, subject.model, label=_("Mistakes by numbers"))
    st.markdown("**" + _("Is it as often right as it is sure?") + "**")
    left, right = st.columns(2)
    with left:
        calibration = evaluation.calibration(result, state.value.temperature)
        figures.show(figures.calibration_figure(calibration), "probe.calibration", 400)
        st.caption(_("Drawn at temperature {temperature:g}.").format(temperature=state.value.temperature))
    with right:
        _temperatures(state, result, temperature)


def _matrix(state: State, result: Evaluation, names: Sequence[str]) -> None:
    """The matrix; its cells lead to their pictures."""

    def pressed() -> None:
        if (cell := confusion_matrix.chosen(_MATRIX, len(names))) is not None:
            again = cell == cell_of(state, len(names))
            state.change(cell="" if again else f"{cell[0]}-{cell[1]}")

    confusion_matrix.confusion_matrix(_MATRIX, names, result.confusion, cell_of(state, len(names)), pressed)


def _chosen(state: State, result: Evaluation, exam: Exam, model: Model) -> None:
    """The pictures of the open cell, or the surest mistakes of all."""
    row, cell = row_of(state, result), cell_of(state, len(model.class_names))
    title = _("The surest mistakes")
    if cell is not None:
        title = cell_title(model.class_names, *cell)
        told = _("{title}: {count:,} pictures, the surest first")
        if len(row) > _MOST:
            told = _("{title}: {most} of {count:,} pictures, the surest first")
        title = told.format(title=title, most=_MOST, count=len(row))
    shown = row[:_MOST] if cell else row[:_SHOWN]
    _wall(state, title, "wrong", shown, exam, model)


def _wall(
    state: State, title: str, key: str, answers: Sequence[evaluation.Answer], exam: Exam, model: Model
) -> None:
    """Pictures with what each was taken for; each opens in the lab above."""
    st.markdown(f"**{escaped(title)}**")
    if not answers:
        st.markdown(_("There are none."))
        return
    data, names, wall = key_of(state, model), model.class_names, f"probe.wall.{key}"

    def pressed() -> None:
        if (place := picture_wall.chosen(wall, len(answers))) is not None:
            open_picture(state, data, answers[place].index)

    hung = []
    for one in answers:
        told = f"{cell_title(names, one.label, one.prediction)} ({one.confidence:.1%})"
        below = f"{names[one.prediction]} {one.confidence:.1%}"
        open_now = state.value.picture == of_data(data, one.index)
        hung.append(picture_wall.Hung(exam.val.images[one.index], below, told, open_now))
    picture_wall.picture_wall(wall, title, hung, LAB, WAY, pressed)


def _numbers(state: State, result: Evaluation, exam: Exam, model: Model) -> None:
    """The matrix as a table, a cell to choose, and one of its pictures to open, by its place in the data."""
    names = model.class_names
    _confusion(result, [cell(name) for name in names])
    cells = {"": _("all mistakes")}
    for label, verdict in itertools.product(range(len(names)), repeat=2):
        if result.confusion[label, verdict]:
            cells[f"{label}-{verdict}"] = cell_title(names, label, verdict)
    if state.value.cell not in cells:
        state.change(cell="")
    data, row = key_of(state, model), row_of(state, result)
    with st.container(horizontal=True):
        widgets.choose(state, "cell", _("Cell"), cells, width=300)
        places = [None, *(one.index for one in row)]
        titles = {None: _("none of these")} | {
            one.index: f"{one.index} ({one.confidence:.1%})" for one in row
        }
        open_now = data_of(state.value.picture)
        place = open_now[1] if open_now and open_now[0] == data and open_now[1] in titles else None

        def take(place: int | None) -> None:
            if place is not None:
                open_picture(state, data, place)

        look: dict[str, Any] = {"options": places, "format_func": titles.__getitem__, "width": 200}
        widgets.derived(st.selectbox, _("Picture"), "probe.open_place", place, take, **look)


def _confusion(result: Evaluation, names: list[str]) -> None:
    """Rows are the classes, columns the verdicts."""
    table: dict[str, list[str]] = {_("Class"): names}
    for column, name in enumerate(names):
        table[_("verdict: {name}").format(name=name)] = [f"{int(row[column]):,}" for row in result.confusion]
    shares = ["–" if share is None else f"{share:.1%}" for share in result.recall]
    st.table({**table, _("right"): shares})


def _temperatures(state: State, result: Evaluation, best: float) -> None:
    """What 1, the temperature that is set above and the best one make of both measures."""
    found = {value: evaluation.measures(result, value) for value in {1.0, state.value.temperature, best}}
    names = {1.0: _("1, as it was trained"), best: _("{best:.2f}, the best").format(best=best)}
    set_to = _("{temperature:g}, set above and drawn")
    rows = sorted(found)
    st.table(
        {
            _("Temperature"): [names.get(row, set_to.format(temperature=row)) for row in rows],
            _("Cross-entropy"): [f"{found[row].loss:.4f}" for row in rows],
            _("Calibration error"): [f"{found[row].error:.2%}" for row in rows],
        }
    )
    sentence = _(
        "All on the same {count:,} pictures. The best temperature has the least cross-entropy, which judges "
        "each probability by itself. The calibration error compares averages over bins, and in bins of few "
        "pictures (pale: fewer than {sparse}) these are chance: what lowers the one may raise the other."
    )
    count, sparse = len(result.labels), figures.SPARSE
    st.caption(sentence.format(count=count, sparse=sparse))
    if found[best].error > found[1.0].error:
        st.caption(_("So it is here: against temperature 1 the best one raises the calibration error."))
    if any(math.isclose(best, end, rel_tol=1e-6) for end in (evaluation.COLDEST, evaluation.HOTTEST)):
        st.caption(
            _("The best temperature is the end of the range that is tried: one beyond may be better still.")
        )
    wanted = max(0.1, min(10.0, round(best, 1)))
    label = _("Set the temperature to {temperature:g}").format(temperature=wanted)
    if wanted != state.value.temperature and st.button(label, key="probe.use_temperature"):
        state.change(temperature=wanted)
        rerun()
