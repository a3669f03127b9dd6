"""What another version, another user or a broken disk may leave in a run's folder: one edit each, by name."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Edit = Callable[[Path], object]  # of an honest run's folder

JSON_FILES = ("meta.json", "settings.json", "status.json", "environment.json", "parents.json")
FILES = (*JSON_FILES, "metrics.jsonl", "weights.safetensors", "epochs/00001.safetensors")
VALUES: tuple[Any, ...] = (None, True, -1, 0, 1.5, 10**400, "x", "", [], {}, [[]], "�" * 9)
RAW = {  # in the place of a value, as JSON writes it
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e999": "1e999",
    "5000 digits": "9" * 5000,
    "nested": "[" * 100_000 + "]" * 100_000,
    "half a surrogate": '"\\ud800"',
    "a null character": '"a\\u0000b"',
}
MARKUP = "![x](http://a.invalid) <img src=x onerror=alert(1)> $x^2$ :cat: **b** `c`"


def _each(*edits: Edit) -> Edit:
    """One after the other."""

    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def _write(name: str, data: bytes) -> Edit:
    return lambda folder: (folder / name).write_bytes(data)


def _gone(name: str, other: Callable[[Path], object] = lambda path: None) -> Edit:
    """Away with a file, and something else in its place."""

    def edit(folder: Path) -> None:
        path = folder / name
        if path.exists():
            path.unlink()
        other(path)

    return edit


def _mode(name: str, mode: int) -> Edit:
    return lambda folder: (folder / name).chmod(mode)


def _cut(name: str, share: float) -> Edit:
    def edit(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return edit


def put(name: str, place: tuple[Any, ...], value: Any) -> Edit:
    """Another value at a place of a JSON file; ``...``: the place goes."""

    def edit(folder: Path) -> None:
        told = json.loads((folder / name).read_bytes())
        inner = told
        for step in place[:-1]:
            inner = inner[step]
        if value is ...:
            del inner[place[-1]]
        else:
            inner[place[-1]] = value
        (folder / name).write_text(json.dumps(told))

    return edit


def put_raw(name: str, place: tuple[Any, ...], text: str) -> Edit:
    """As ``put``, of text that Python's own JSON would not write."""

    def edit(folder: Path) -> None:
        put(name, place, "@@@")(folder)
        whole = (folder / name).read_text().replace('"@@@"', text)
        (folder / name).write_text(whole)

    return edit


def lines(*new: Any, first: bool = False) -> Edit:
    """More lines of metrics; text as it is."""

    def edit(folder: Path) -> None:
        path = folder / "metrics.jsonl"
        added = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in new)
        path.write_text(added + path.read_text() if first else path.read_text() + added)

    return edit


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield (*before, name)
        yield from places(inner, (*before, name))


PLACES: dict[str, list[tuple[Any, ...]]] = {
    "meta.json": [
        ("name",), ("created",), ("parent",), ("parent", "run"), ("parent", "epoch"), ("classes",), ("tags",),
        ("tags", 0), ("notes",),
    ],
    "settings.json": [("design",), ("optimizer",), ("epochs",), ("options",), ("data",), ("lr",), ("seed",)],
    "status.json": [
        ("state",), ("epochs",), ("epoch",), ("batch",), ("batches_per_epoch",), ("seconds",), ("message",),
        ("images_per_s",), ("last",), ("last", "val_loss"), ("last", "gradient_norms"), ("outcome",),
        ("outcome", "said"), ("outcome", "kind"), ("queue",), ("place",), ("seconds_left",),
    ],
    "environment.json": [
        ("classes",), ("mean",), ("std",), ("data",), ("data", "title"), ("data", "digest"), ("device",),
        ("torch",), ("parameters",), ("classes", 0), ("mean", 0),
    ],
    "parents.json": [
        ("legs",), ("lost",), ("file",), ("classes",), ("legs", 0, "settings"), ("legs", 0, "run"),
        ("legs", 0, "name"), ("legs", 0, "environment"), ("legs", 0, "per_epoch"), ("legs", 0, "outline"),
        ("legs", 0, "outline", "epochs"), ("legs", 0, "outline", "lrs"), ("legs", 0, "outline", "halts"),
    ],
}  # fmt: skip

_BOMB = {"template": "{x:>2000000000}", "values": {"x": 1}}


def _epochs_elsewhere(folder: Path) -> None:
    other = folder.parent.parent / "elsewhere"
    (folder / "epochs").rename(other)
    (folder / "epochs").symlink_to(other)


SHAPES: dict[str, Edit] = {
    "a state that nobody knows": put("status.json", ("state",), "exploded"),
    "a state with markup": put("status.json", ("state",), MARKUP),
    "a name with markup": put("meta.json", ("name",), MARKUP),
    "notes with markup": put("meta.json", ("notes",), MARKUP),
    "notes of a million characters": put("meta.json", ("notes",), "n" * 10**6),
    "a thousand tags": put("meta.json", ("tags",), ["tag"] * 1000),
    "a name of a million characters": put("meta.json", ("name",), "n" * 10**6),
    "the year 9999": put("meta.json", ("created",), 253_402_300_799.0),
    "the year 1800": put("meta.json", ("created",), -5_364_662_400.0),
    "the year 33658": put("meta.json", ("created",), 1e12),
    "no time at all": put("meta.json", ("created",), "yesterday"),
    "a setting of another version": put("settings.json", ("warp",), 9),
    "an unknown design": put("settings.json", ("design",), "transformer"),
    "an unknown optimiser": put("settings.json", ("optimizer",), "lion"),
    "options of another design": put("settings.json", ("options",), {"n_blocks": 100}),
    "other channels than the weights": put("settings.json", ("options",), {"kernel_size": 5}),
    "settings of another shape": put("settings.json", ("design",), "net_width"),
    "a million epochs": put("settings.json", ("epochs",), 10**6),
    "an unknown data set": put("settings.json", ("data",), "gone-12345678"),
    "a path for a data set": put("settings.json", ("data",), "../../etc"),
    "negative epochs": put("status.json", ("epoch",), -3),
    "huge epochs": put("status.json", ("epoch",), 10**18),
    "huge batches": put("status.json", ("batches_per_epoch",), 10**18),
    "negative batches": put("status.json", ("batches_per_epoch",), -5),
    "negative seconds": put("status.json", ("seconds",), -1e300),
    "a sentence that fills two gigabytes": put("status.json", ("message",), _BOMB),
    "a sentence without its values": put("status.json", ("message",), {"template": "{x}", "values": {}}),
    "a sentence that looks around": put(
        "status.json", ("message",), {"template": "{x.__class__.__mro__}", "values": {"x": 1}}
    ),
    "a sentence with a lone brace": put("status.json", ("message",), {"template": "{", "values": {}}),
    "a sentence with markup": put("status.json", ("message",), {"template": MARKUP, "values": {}}),
    "an outcome that fills two gigabytes": put("status.json", ("outcome",), {"kind": "lost", "said": _BOMB}),
    "an unknown outcome": put("status.json", ("outcome",), {"kind": "wins", "said": None}),
    "a queue that is a path": _each(
        put("status.json", ("state",), "queued"), put("status.json", ("queue",), "../../x")
    ),
    "a message of another version": put("status.json", ("message",), "words"),
    "a status of another version": put("status.json", ("warp",), 9),
    "a record of another version": put("status.json", ("last", "warp"), 9),
    "a record that lacks a field": put("status.json", ("last", "val_loss"), ...),
    "21 classes": put("environment.json", ("classes",), [f"c{n}" for n in range(21)]),
    "a million classes": put("environment.json", ("classes",), ["c"] * 10**6),
    "one class": put("environment.json", ("classes",), ["a"]),
    "three classes": put("environment.json", ("classes",), ["a", "b", "c"]),
    "a class with markup": put("environment.json", ("classes", 0), MARKUP),
    "a class of a million letters": put("environment.json", ("classes", 0), "c" * 10**6),
    "classes that are numbers": put("environment.json", ("classes",), [1, 2]),
    "a deviation of nothing": put("environment.json", ("std",), [0, 0, 0]),
    "two deviations": put("environment.json", ("std",), [1, 1]),
    "an environment without data": put("environment.json", ("data",), ...),
    "an environment without classes": put("environment.json", ("classes",), ...),
    "a title with markup": put("environment.json", ("data", "title"), MARKUP),
    "a device with markup": put("environment.json", ("device",), MARKUP),
    "a parent that is itself": lambda folder: _each(
        _gone("parents.json"), put("meta.json", ("parent",), {"run": folder.name, "epoch": 1})
    )(folder),
    "a parent that is a path": put("meta.json", ("parent",), {"run": "../../etc", "epoch": 1}),
    "a parent with more": put("meta.json", ("parent",), {"run": "0" * 16, "epoch": 1, "warp": 2}),
    "a parent without its settings": put("parents.json", ("legs", 0, "settings"), ...),
    "no parents in the story": put("parents.json", ("legs",), []),
    "10,000 parents": lambda folder: _many_parents(folder, 10_000),
    "a halt that nobody knows": lines({"epoch": 1, "batch": 1, "state": "exploded", "command": 0}),
    "a halt with markup": lines({"epoch": 1, "batch": 1, "state": MARKUP, "command": 0}),
    "a halt without a place": lines({"state": "paused"}),
    "a halt at a place of text": lines({"epoch": "1", "batch": "1", "state": "paused"}),
    "a rate of nothing": lines({"epoch": 1, "batch": 1, "lr": 0.0, "command": 0}),
    "a rate that is text": lines({"epoch": 1, "batch": 1, "lr": "fast", "command": 0}),
    "a rate that is not a number": lines('{"epoch": 1, "batch": 1, "lr": NaN, "command": 0}'),
    "a rate without a place": lines({"lr": 0.1}),
    "a rate at a huge place": lines({"epoch": 10**18, "batch": 10**18, "lr": 0.1}),
    "losses that are text": lines({"epoch": 1, "batch": 1, "losses": ["a", "b"]}),
    "losses that are a number": lines({"epoch": 1, "batch": 1, "losses": 7}),
    "losses that are a dictionary": lines({"epoch": 1, "batch": 1, "losses": {"a": 1}}),
    "losses in lists": lines({"epoch": 1, "batch": 1, "losses": [[1, 2], [3]]}),
    "losses that are no numbers": lines('{"epoch": 1, "batch": 1, "losses": [NaN, Infinity, 1e999]}'),
    "huge losses": lines('{"epoch": 1, "batch": 1, "losses": [1' + "0" * 400 + "]}"),
    "losses without a place": lines({"losses": [0.5]}),
    "losses at a huge place": lines({"epoch": 10**30, "batch": 1, "losses": [0.5]}),
    "losses at a negative place": lines({"epoch": -5, "batch": -7, "losses": [0.5] * 9}),
    "an epoch that is a number": lines({"ended": 3}),
    "an epoch that lacks its loss": lines({"ended": {"epoch": 9}}),
    "an epoch that is text": lines({"ended": {"epoch": "x", "train_loss": "y"}}),
    "an epoch with other gradients": lines('{"ended": {"epoch": 3, "train_loss": 1, "train_accuracy": 1, '
        '"val_loss": 1, "val_accuracy": 1, "lr": 1, "seconds": 1, "images_per_s": 1, "gradient_norms": 4}}'),
    "epochs backwards": lines('{"ended": {"epoch": -3, "train_loss": 1, "train_accuracy": 7, "val_loss": 1,'
        ' "val_accuracy": -1, "lr": 1, "seconds": -1, "images_per_s": 1, "gradient_norms": {}}}'),
    "a count of resumptions that is text": lambda folder: (folder / "metrics.jsonl").write_text(
        '{"resumed": "often"}\n' + (folder / "metrics.jsonl").read_text().split("\n", 1)[1]
    ),
    "a huge count of resumptions": lambda folder: (folder / "metrics.jsonl").write_text(
        '{"resumed": 1' + "0" * 30 + "}\n" + (folder / "metrics.jsonl").read_text().split("\n", 1)[1]
    ),
    "a first line that is a list": lines("[1, 2]", first=True),
    "lines of brackets": lines("[" * 10**6, "{" * 10**6, '{"a":' * 10**6),
    "a line of a million closed brackets": lines("[" * 10**6 + "]" * 10**6),
    "200,000 lines": lambda folder: lines(*['{"epoch": 1, "batch": 1, "losses": [0.5]}'] * 200_000)(folder),
    "a line of 100 MB": lambda folder: lines(
        '{"epoch": 1, "batch": 1, "losses": [' + "0.5, " * 20_000_000 + "0.5]}"
    )(folder),
    "a line of 100 MB of zeros": lambda folder: lines("\0" * 100_000_000)(folder),
    "a sparse file of 8 GB": lambda folder: os.truncate(folder / "metrics.jsonl", 8 * 2**30),
    "a sparse status of 8 GB": lambda folder: os.truncate(folder / "status.json", 8 * 2**30),
    "sparse weights of 8 GB": lambda folder: os.truncate(folder / "epochs/00001.safetensors", 8 * 2**30),
    "a checkpoint that is a text": _write("checkpoint.safetensors", b"hello"),
    "weights of zero bytes": _write("epochs/00002.safetensors", b""),
    "weights of another shape": lambda folder: _weights(folder / "epochs/00002.safetensors", False),
    "weights that are no numbers": lambda folder: _weights(folder / "epochs/00002.safetensors", True),
    "an epoch of five nines": lambda folder: (folder / "epochs/00001.safetensors").rename(
        folder / "epochs/99999.safetensors"
    ),
    "digits of another script": lambda folder: (folder / "epochs/00001.safetensors").rename(
        folder / "epochs/٠٠٠٠١.safetensors"
    ),
    "no epochs": lambda folder: shutil.rmtree(folder / "epochs"),
    "a file for the epochs": _each(lambda folder: shutil.rmtree(folder / "epochs"), _write("epochs", b"x")),
    "epochs that lie elsewhere": _epochs_elsewhere,
    "a pipe among the epochs": lambda folder: os.mkfifo(folder / "epochs/00003.safetensors"),
    "a pipe for orders": lambda folder: os.mkfifo(folder / "control.jsonl"),
    "a pipe for a checkpoint": lambda folder: os.mkfifo(folder / "checkpoint.safetensors"),
    "a pipe that nobody asked for": lambda folder: os.mkfifo(folder / "pipe"),
    "orders elsewhere": _gone("control.jsonl", lambda path: path.symlink_to(path.parents[3] / "outside")),
    "measures elsewhere": _gone("metrics.jsonl", lambda path: path.symlink_to(path.parents[3] / "outside")),
    "a folder for a lock": _gone("lock", Path.mkdir),
    "a lock elsewhere": _each(
        _gone("lock", lambda path: path.symlink_to("/dev/zero")), put("status.json", ("state",), "running")
    ),
    "running, and a folder for a lock": _each(
        _gone("lock", Path.mkdir), put("status.json", ("state",), "running")
    ),
}  # fmt: skip


def _many_parents(folder: Path, count: int) -> None:
    told = json.loads((folder / "parents.json").read_bytes())
    told["legs"] *= count
    (folder / "parents.json").write_text(json.dumps(told))


def _weights(path: Path, spoilt: bool) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    halves = {name: tensor.flatten()[: tensor.numel() // 2] for name, tensor in tensors.items()}
    changed = {name: tensor * torch.nan for name, tensor in tensors.items()} if spoilt else halves
    save_file({name: tensor.contiguous() for name, tensor in changed.items()}, path)


def every_file() -> dict[str, Edit]:
    """Each file missing, empty, cut, of bytes that are no JSON, or something that is no file at all."""
    found: dict[str, Edit] = {}
    for name in FILES:
        found[f"{name} missing"] = _gone(name)
        found[f"{name} empty"] = _write(name, b"")
        for share in (0.3, 0.6, 0.97):
            found[f"{name} cut at {share}"] = _cut(name, share)
        found[f"{name} no UTF-8"] = _write(name, b"\xff\xfe\x00{")
        found[f"{name} zeros"] = _write(name, b"\0" * 500)
        found[f"{name} a folder"] = _gone(name, lambda path: path.mkdir())
        found[f"{name} a pipe"] = _gone(name, os.mkfifo)
        found[f"{name} a link to a device"] = _gone(name, lambda path: path.symlink_to("/dev/zero"))
        found[f"{name} a link to nothing"] = _gone(name, lambda path: path.symlink_to("/nowhere/at/all"))
        found[f"{name} a link to itself"] = _gone(name, lambda path: path.symlink_to(path))
        found[f"{name} that nobody may read"] = _mode(name, 0)
    for name in JSON_FILES:
        for text in ("null", "[]", "7", '"x"', "true", "{}", "[" * 10**6, '{"a":' * 10**6):
            found[f"{name} {text[:6]} {len(text)}"] = _write(name, text.encode())
    return found


def every_place() -> dict[str, Edit]:
    """Each value of each JSON file: gone, of other types, and what only some readers take for numbers."""
    found: dict[str, Edit] = {}
    for name, steps in PLACES.items():
        for place in steps:
            at = f"{name} {'.'.join(map(str, place))}"
            found[f"{at} gone"] = put(name, place, ...)
            for number, value in enumerate(VALUES):
                found[f"{at} value {number}"] = put(name, place, value)
            for what, text in RAW.items():
                found[f"{at} {what}"] = put_raw(name, place, text)
    return found


EDITS: dict[str, Edit] = {**every_file(), **SHAPES}
