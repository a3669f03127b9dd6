"""``python -m convlab train --design net --data FOLDER --epochs 100``: a run like those of the Train page."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from convlab.commands import ending, inputs, output, settings
from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs
from convlab.networks.about import About
from convlab.training import cost, memory, owners, recipes, runs, slots, story, worker
from convlab.training.network import build
from convlab.training.runs import Run
from convlab.training.session import Session
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON, State, Status

_ELSEWHERE = ("design", "options", "data")  # settings that have their own way of being said
_DATA = Settings.model_fields["data"].default
_QUIET_S = 10.0  # between lines of progress where stderr is no terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options: one for every setting, without a default, which the recipe has."""
    parser.add_argument("--design", help=f"{', '.join(designs.DESIGNS)} (default: net)")
    inputs.add_options(parser, "of the design, such as kernel_size=1x3, n_blocks=100")
    parser.add_argument("--data", help=f"a zip, a folder, {', '.join(SOURCES)}, or a key (default: {_DATA})")
    settings.add(parser, _ELSEWHERE)
    parser.add_argument("--weights", type=Path, metavar="FILE", help=f"to start from: {inputs.WEIGHTS}")
    parser.add_argument("--name", help="free text, 80 characters at most")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or cut")
    output.add(parser)


def run(given: argparse.Namespace) -> int:
    """Train to the end, or until Ctrl-C, which saves. Raises UserError for bad input."""
    chosen = _resumed(given) if given.resume else _created(given)
    owner = owners.here(owners.TERMINAL)
    with ending.noticed() as ended, contextlib.closing(_Progress()) as progress, _slot():
        leave: Callable[[], State | None] = lambda: "stopped" if ended() else None  # noqa: E731
        worker.train(chosen, leave=leave, watch=progress, owner=owner)
    status = chosen.status()
    _explain(chosen, status)
    if progress.session is not None:
        result = _result(chosen, status, progress.session)
        output.show(result, given.json, lambda: _readable(result))
    return 2 if status.state in ("failed", "diverged") else 0


def _resumed(given: argparse.Namespace) -> Run:
    others = (given.design, given.option, given.data, given.recipe, given.weights, given.name)
    if settings.said(given, _ELSEWHERE) or any(others):
        raise UserError(N_("--resume goes on with the run's own settings: leave the others out."))
    found = runs.get(given.resume)
    state = found.status().state
    if state not in GOES_ON:
        raise UserError(N_("This run is {state}: it cannot be resumed."), state=state)
    found.carry_on()
    told = found.story()
    going = f"Going on with {found.name!r} from epoch {story.place(told.leg.epoch)} at lr {told.leg.lr:.4g}"
    before = "; ".join(map(str, story.events(told))) or "nothing happened so far"
    print(f"{going}: {before}.", file=sys.stderr)
    return found


def _created(given: argparse.Namespace) -> Run:
    design, chosen = given.design or "net", inputs.options(given.option)
    start = None
    if given.weights:
        start = checkpoints.load(inputs.read(given.weights))
        match = inputs.network(start, About(given.design, chosen))
        design = match.design
        chosen = {name: value for name, value in match.options.items() if name != "num_classes"}
    said = settings.said(given, _ELSEWHERE) | ({"options": chosen} if chosen else {})
    wanted = _base(given.recipe, design if given.design or start else None).changed(**said)
    wanted = wanted.changed(data=inputs.prepared(given.data or _DATA))
    header = shelf.entries()[wanted.data]
    cost.check_length(wanted, header.train_count)
    memory.check(wanted, len(header.classes), header.train_count + header.val_count)
    if start is not None:
        _check_fit(wanted, start)
    file = given.weights.name if given.weights else ""
    weights, told = (start.state_dict, start.about.classes) if start else (None, None)
    return runs.create(wanted, given.name, start=weights, file=file, classes=told or ())


def _base(recipe: str | None, design: str | None) -> Settings:
    """The recipe, on another design where one was asked for."""
    if recipe is None:
        return Settings.parse({"design": design or "net"})
    if recipe == "book":
        return recipes.book_recipe(design or "net")
    found = recipes.RECIPES[recipe].settings
    return found if design in (None, found.design) else found.changed(design=design, options={})


def _check_fit(settings: Settings, start: checkpoints.Checkpoint) -> None:
    """Refuse weights that do not fit; say where their classes are others, or in another order."""
    classes, told = shelf.get(settings.data).classes, start.about.classes
    try:
        build(settings, len(classes)).load_state_dict(start.state_dict)
    except RuntimeError as error:
        sentence = N_("These weights do not fit {design} with these options for {count} classes.")
        raise UserError(sentence, design=settings.design, count=len(classes)) from error
    if told is not None and told != classes:
        names = f"{', '.join(told)}; the data has {', '.join(classes)}"
        print(f"The last layer of these weights was trained for {names}, in this order.", file=sys.stderr)


@contextlib.contextmanager
def _slot() -> Iterator[None]:
    """Labs wait with their next run meanwhile; who sits at a terminal waits for nobody."""
    slot = slots.take()
    try:
        yield
    finally:
        if slot is not None:
            slot.release()


class _Progress:
    """Batches done and time left on stderr, with the newest epoch's figures; ``session`` is what it saw."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._bar: tqdm[Any] | None = None

    def __call__(self, session: Session) -> None:
        trainer, last, self.session = session.trainer, session.last, session
        if self._bar is None:
            total, before = session.settings.epochs * trainer.batches_per_epoch, session.done - 1
            every_s = 0.1 if sys.stderr.isatty() else _QUIET_S
            self._bar = tqdm(
                total=total, initial=before, unit=" batches", mininterval=every_s, maxinterval=every_s
            )
        if trainer.batch == 0 and last is not None:
            figures = f"loss {last.train_loss:.3f}, validation {last.val_accuracy:.3f}"
            self._bar.set_postfix_str(f"epoch {last.epoch}, {figures}", refresh=False)
        self._bar.update(session.done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _explain(run: Run, status: Status) -> None:
    """On stderr: why it ended early, and how to go on."""
    if status.message:
        print(status.message, file=sys.stderr)
    if status.state == "finished" and status.outcome is not None and status.outcome.said is not None:
        print(status.outcome.said, file=sys.stderr)
    if status.state in GOES_ON:
        again = f"python -m convlab train --resume {run.id}"
        print(f"Saved after {status.epoch} epochs ({status.state}). Go on with: {again}", file=sys.stderr)


def _result(run: Run, status: Status, session: Session) -> dict[str, Any]:
    """The run in figures; training accuracy as the book measures it, on the final weights."""
    records = run.metrics().records
    seconds = sum(record.seconds for record in records)
    images = sum(record.seconds * record.images_per_s for record in records)
    weights, told = run.folder / "weights.safetensors", run.story()
    return {
        "run": run.id,
        "name": run.name,
        "state": status.state,
        "outcome": None if status.outcome is None else status.outcome.kind,
        "design": run.settings.design,
        "parameters": session.trainer.parameters,
        "device": ", ".join(told.leg.devices),
        "epochs": status.epoch,
        "batches_per_epoch": told.leg.per_epoch,
        "lr": told.leg.lr,
        "events": [str(said) for said in story.events(told)],
        "train_loss": [record.train_loss for record in records],
        "train_accuracy": session.trainer.evaluate("train").accuracy if records else None,
        "val_accuracy": records[-1].val_accuracy if records else None,
        "seconds": status.seconds,
        "images_per_s": images / seconds if seconds else None,
        "weights": str(weights) if weights.exists() else None,
    }


def _readable(result: dict[str, Any]) -> str:
    lines, last = [], (result["train_loss"] or [None])[-1]
    shown = {"train_loss": last, "events": "; ".join(result["events"]) or None}
    for name, value in {**result, **shown}.items():
        text = "-" if value is None else f"{value:.4g}" if isinstance(value, float) else value
        lines.append(f"{name:17} {text}")
    return "\n".join(lines)
