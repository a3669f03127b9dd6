"""What a network gets wrong: confusion, the surest mistakes, the least certain pictures, calibration."""

import streamlit as st

from convlab.networks.evaluation import Evaluation
from convlab.probing import evaluation
from convlab.ui import figures
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import evaluate_on
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

_SHOWN = 8


def mistakes(state: State, subject: Subject) -> None:
    """Evaluate the first network on the data set that is chosen."""
    found = evaluate_on(state, subject.model, "mistakes")
    if found is None:
        return
    data, result = found
    count, names = len(result.labels), subject.model.class_names
    temperature = evaluation.best_temperature(result)
    with st.container(horizontal=True):
        help_text = _("On {count:,} validation pictures.").format(count=count)
        st.metric(_("Accuracy"), f"{result.accuracy:.1%}", help=help_text)
        st.metric(_("Loss"), f"{result.loss:.4f}")
        st.metric(_("Wrong"), f"{count - int(result.confusion.trace()):,}")
        error = evaluation.calibration(result).error
        st.metric(_("Calibration error"), f"{error:.1%}", help=_("ECE, 15 bins."))
        help_text = _("The one with the least cross-entropy on these pictures.")
        st.metric(_("Best temperature"), f"{temperature:.2f}", help=help_text)
    left, right = st.columns(2)
    with left:
        st.markdown("**" + _("Confusion matrix") + "**")
        _confusion(result, [escaped(name) for name in names])
    with right:
        calibration = evaluation.calibration(result, state.value.temperature)
        figures.show(figures.calibration_figure(calibration), "probe.calibration")
        _advise(state, result, calibration.error, temperature)
    for title, key, answers in (
        (_("The surest mistakes"), "wrong", evaluation.mistakes(result, _SHOWN)),
        (_("The least certain"), "unsure", evaluation.least_certain(result, _SHOWN)),
    ):
        st.markdown(f"**{title}**")
        caption, rows = _("{label}, taken for {verdict} ({sure:.1%})"), []
        for one in answers:
            label, verdict = names[one.label], names[one.prediction]
            told = caption.format(label=label, verdict=verdict, sure=one.confidence)
            rows.append((data.val.images[one.index], told))
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


def _advise(state: State, result: Evaluation, here: float, temperature: float) -> None:
    """The curve is drawn at the temperature that is set above; what the best one would make of it."""
    best = evaluation.calibration(result, temperature).error
    sentence = _(
        "Drawn at temperature {temperature:g}, with a calibration error of {here:.1%}; "
        "at {best_t:.2f} it is {best:.1%}."
    )
    st.caption(sentence.format(temperature=state.value.temperature, here=here, best_t=temperature, best=best))
    wanted = max(0.1, min(10.0, round(temperature, 1)))
    label = _("Set the temperature to {temperature:g}").format(temperature=wanted)
    if wanted != state.value.temperature and st.button(label, key="probe.use_temperature"):
        state.change(temperature=wanted)
        st.rerun()
