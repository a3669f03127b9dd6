"""What a network gets wrong: confusion, the surest mistakes, the least certain pictures, calibration."""

import math
from collections.abc import Sequence

import streamlit as st

from convlab.datasets.exams import Exam
from convlab.networks.evaluation import Evaluation
from convlab.probing import evaluation
from convlab.ui import figures
from convlab.ui.boundary import rerun
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import evaluate_on
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, cell

_SHOWN = 8


def mistakes(state: State, subject: Subject) -> None:
    """Evaluate the first network on the data set that is chosen."""
    found = evaluate_on(state, subject.model, "mistakes")
    if found is None:
        return
    exam, result = found
    count, names = len(result.labels), subject.model.class_names
    temperature = evaluation.best_temperature(result)
    with st.container(horizontal=True):
        st.metric(_("Accuracy"), f"{result.accuracy:.1%}")
        wrong = count - int(result.confusion.trace())
        st.metric(_("Wrong"), _("{wrong:,} of {count:,}").format(wrong=wrong, count=count))
        st.metric(_("Loss"), f"{result.loss:.4f}", help=_("Mean cross-entropy at temperature 1."))
        error, told = evaluation.calibration(result).error, _("ECE, 15 bins, at temperature 1.")
        st.metric(_("Calibration error"), f"{error:.1%}", help=told)
        help_text = _("The one with the least cross-entropy on these pictures.")
        st.metric(_("Best temperature"), f"{temperature:.2f}", help=help_text)
    left, right = st.columns(2)
    with left:
        st.markdown("**" + _("Confusion matrix") + "**")
        _confusion(result, [cell(name) for name in names])
    with right:
        st.markdown("**" + _("Is it as often right as it is sure?") + "**")
        calibration = evaluation.calibration(result, state.value.temperature)
        figures.show(figures.calibration_figure(calibration), "probe.calibration", 400)
        st.caption(_("Drawn at temperature {temperature:g}.").format(temperature=state.value.temperature))
    _temperatures(state, result, temperature)
    _answers(_("The surest mistakes"), "wrong", evaluation.mistakes(result, _SHOWN), exam, names)
    _answers(_("The least certain"), "unsure", evaluation.least_certain(result, _SHOWN), exam, names)


def _answers(
    title: str, key: str, answers: Sequence[evaluation.Answer], exam: Exam, names: Sequence[str]
) -> None:
    """Pictures with what each was taken for."""
    st.markdown(f"**{title}**")
    rows = []
    for one in answers:
        caption = _("{label}, taken for {verdict} ({sure:.1%})")
        if one.prediction == one.label:
            caption = _("{label}, recognised ({sure:.1%})")
        told = caption.format(label=names[one.label], verdict=names[one.prediction], sure=one.confidence)
        rows.append((exam.val.images[one.index], told))
    figures.row(rows, f"probe-{key}")
    if not rows:
        st.markdown(_("There are none."))


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
