"""Where a run opens besides Train: the links, and what it is called in a list of networks."""

from convlab.training.runs import Run
from convlab.ui.runs import labels
from convlab.ui.words import _, enumerated, moment


def opens(run: Run) -> dict[str, dict[str, str]]:
    """Page -> the link's part that opens a run there; networks only once there are weights."""
    found = {"train": {"run": run.id}}
    if run.epochs_stored():
        found["probe"] = {"model": f"run:{run.id}"}
        found["feature_maps"] = {"network": run.settings.design, "weights": "run", "run": run.id}
    return found


def title(run: Run) -> str:
    """All to find it by: design, data, validation accuracy, date and name; plain text of unknown origin.

    Raises UserError where the run cannot be read.
    """
    last = run.status().last
    told = [labels.value("design", run.settings.design), labels.data_title(run.settings.data)]
    told += [] if last is None else [f"{last.val_accuracy:.1%}"]
    return _("{what} ({name})").format(what=enumerated([*told, moment(run.created)]), name=run.name)
