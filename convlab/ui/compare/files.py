"""A comparison to take along: one HTML file, its numbers as a table, and as TensorBoard reads them."""

from collections.abc import Callable

import streamlit as st

from convlab.comparison import exports, presets, report
from convlab.ui.code_panel import download
from convlab.ui.compare.look import Look
from convlab.ui.words import _, language


def show(look: Look) -> None:
    """A button for each kind of file, of the runs that are done; and how to do it again from a terminal."""
    if not look.measured.pairs and not any(one.runs for one in look.measured.designs.values()):
        st.info(_("Once a run is done, the files are offered here."), icon=":material/info:")
        return
    command = presets.typed(look.plan, look.sweep.id)
    about = report.of_sweep(look.sweep, command)
    found, name, spoken = look.measured, f"convlab-{look.sweep.id}", language()
    files: list[tuple[str, str, Callable[[], str | bytes]]] = [
        (
            ".html",
            _("Report: figures, numbers, settings (HTML)"),
            lambda: report.page(about, found, _, spoken),
        ),
        (".csv", _("Every epoch of every run (CSV)"), lambda: exports.curves_csv(found)),
        ("-events.zip", _("Events for TensorBoard (zip)"), lambda: exports.events_zip(found)),
    ]
    with st.container(horizontal=True):
        for end, label, make in files:
            download(label, make, f"{name}{end}", f"compare.file{end}", icon=":material/download:")
    st.markdown(_("The same from a terminal:"))
    st.code(command, language="sh")
