"""``python -m convlab train --design net --data FOLDER --epochs 100``: a run like those of the Train page."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from convlab.commands import inputs, output
from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.networks import checkpoints, designs
from convlab.training import recipes, runs, worker
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
    inputs.add_options(parser)
    parser.add_argument("--data", help=f"a zip, a folder, {', '.join(SOURCES)}, or a key (default: {_DATA})")
    parser.add_argument("--recipe", choices=list(recipes.RECIPES), help="settings to begin with")
    for name, field in Settings.model_fields.items():
        if name not in _ELSEWHERE:
            _add_setting(parser, name, field.annotation, field.default)
    parser.add_argument("--weights", type=Path, metavar="FILE", help=".pt or .safetensors to start from")
    parser.add_argument("--name", help="free text, 80 characters at most")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or cut")
    output.add(parser)


def _add_setting(parser: argparse.ArgumentParser, name: str, kind: Any, default: Any) -> None:
    flag, about = f"--{name.replace('_', '-')}", f"default: {default}"
    if isinstance(default, bool):
        parser.add_argument(flag, action="store_const", const=True, help="off by default")
    elif isinstance(default, str):
        parser.add_argument(flag, help=about)
    else:
        parser.add_argument(flag, type=int if kind is int else float, metavar="N", help=about)


def run(given: argparse.Namespace) -> int:
    """Train to the end, or until Ctrl-C, which saves. Raises UserError for bad input."""
    chosen = _resumed(given) if given.resume else _created(given)
    with _interruptible() as leave, contextlib.closing(_Progress()) as progress:
        worker.train(chosen, leave=leave, watch=progress)
    status = chosen.status()
    _explain(chosen, status)
    if progress.session is not None:
        result = _result(chosen, status, progress.session)
        output.show(result, given.json, lambda: _readable(result))
    return 2 if status.state in ("failed", "diverged") else 0


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    """What was said on the command line."""
    names = [name for name in Settings.model_fields if name not in _ELSEWHERE]
    return {name: value for name in names if (value := getattr(given, name)) is not None}


def _resumed(given: argparse.Namespace) -> Run:
    others = (given.design, given.option, given.data, given.recipe, given.weights, given.name)
    if _settings(given) or any(others):
        raise UserError(N_("--resume goes on with the run's own settings: leave the others out."))
    found = runs.get(given.resume)
    state = found.status().state
    if state not in GOES_ON:
        raise UserError(N_("This run is {state}: it cannot be resumed."), state=state)
    found.carry_on()
    return found


def _created(given: argparse.Namespace) -> Run:
    design, chosen = given.design or "net", inputs.options(given.option)
    start = None
    if given.weights:
        start = checkpoints.load(inputs.read(given.weights))
        fitting = [match for match in start.matches if given.design in (None, match.design)]
        if not fitting:
            sentence = N_("These weights belong to {found}, not to {design}: leave --design out.")
            raise UserError(sentence, found=start.matches[0].design, design=given.design)
        design = fitting[0].design
        chosen = {k: v for k, v in fitting[0].options.items() if k != "num_classes"} | chosen
    said = _settings(given) | ({"options": chosen} if chosen else {})
    settings = _base(given.recipe, design).changed(**said)
    settings = settings.changed(data=inputs.prepared(given.data or _DATA))
    weights = start.state_dict if start else None
    if weights is not None:
        _check_fit(settings, weights)
    return runs.create(settings, given.name, start=weights)


def _base(recipe: str | None, design: str) -> Settings:
    """The recipe, on another design where that was asked for."""
    if recipe is None:
        return Settings.parse({"design": design})
    return recipes.book_recipe(design) if recipe == "book" else recipes.RECIPES[recipe].settings


def _check_fit(settings: Settings, weights: dict[str, Any]) -> None:
    classes = len(shelf.get(settings.data).classes)
    try:
        build(settings, classes).load_state_dict(weights)
    except RuntimeError as error:
        sentence = N_("These weights do not fit {design} with these options for {count} classes.")
        raise UserError(sentence, design=settings.design, count=classes) from error


@contextlib.contextmanager
def _interruptible() -> Iterator[Callable[[], State | None]]:
    """The first Ctrl-C or SIGTERM saves and stops; the second ends at once."""
    caught: list[int] = []
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _frame: object) -> None:
        caught.append(number)
        for one, handler in before.items():
            signal.signal(one, handler)

    for one in before:
        signal.signal(one, note)
    try:
        yield lambda: "stopped" if caught else None
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


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
    if status.state in GOES_ON:
        again = f"python -m convlab train --resume {run.id}"
        print(f"Saved after {status.epoch} epochs ({status.state}). Go on with: {again}", file=sys.stderr)


def _result(run: Run, status: Status, session: Session) -> dict[str, Any]:
    """The run in figures; training accuracy as the book measures it, on the final weights."""
    records = run.metrics().records
    seconds = sum(record.seconds for record in records)
    images = sum(record.seconds * record.images_per_s for record in records)
    weights = run.folder / "weights.safetensors"
    return {
        "run": run.id,
        "state": status.state,
        "design": run.settings.design,
        "parameters": session.trainer.parameters,
        "epochs": status.epoch,
        "train_loss": [record.train_loss for record in records],
        "train_accuracy": session.trainer.evaluate("train").accuracy if records else None,
        "val_accuracy": records[-1].val_accuracy if records else None,
        "seconds": status.seconds,
        "images_per_s": images / seconds if seconds else None,
        "weights": str(weights) if weights.exists() else None,
    }


def _readable(result: dict[str, Any]) -> str:
    lines = []
    for name, value in {**result, "train_loss": (result["train_loss"] or [None])[-1]}.items():
        text = "-" if value is None else f"{value:.4g}" if isinstance(value, float) else value
        lines.append(f"{name:15} {text}")
    return "\n".join(lines)
