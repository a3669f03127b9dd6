"""Weights from a file that nobody trusts: which design do they fit? Only then are they read.

``.safetensors``, or what ``torch.save`` writes: a state_dict, or a training checkpoint with one inside.
Names, shapes and types are compared with the designs on the "meta" device first, where a tensor takes no
memory; of a file that fits none, no value is ever read.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from convlab.errors import N_, UserError
from convlab.networks import about
from convlab.networks.about import About
from convlab.networks.designs import DESIGNS, design, seeded
from convlab.storage import tensor_files, torch_files

MAX_BYTES = 128 * 2**20  # the largest design with SGD's momentum; every other with the two of Adam
_DEPTH, _MOST = 4, 8  # dicts within dicts, and state_dicts, that are looked at
_MOST_PREFIXES = 8  # that are tried for a network beside something else
_MOST_LETTERS = 200  # of a prefix, or of a key on the way to the weights: a script shows them
_T = TypeVar("_T")
_READING = threading.Lock()  # one file at a time: each may take twice its size
_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_NOTHING = N_("The file holds no state_dict: save torch.save(model.state_dict(), path).")
_COUNTER = "n_averaged"  # what torch.optim.swa_utils.AveragedModel keeps beside its "module."


@dataclass(frozen=True)
class Match:
    """A design that weights fit: its key in ``DESIGNS`` and the options of its ``build``."""

    design: str
    options: dict[str, Any]


@dataclass(frozen=True)
class WeightsFile:
    """Where a script finds a state_dict: the file's name, the keys on the way to it, the prefix of its names.

    DataParallel, torch.compile and Lightning put one before every name, such as "module.".
    """

    name: str
    keys: tuple[str, ...] = ()
    prefix: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """Weights that were read.

    Attributes:
        matches: the designs that they fit, at least one: ``NetDepth`` and ``NetRes`` have the same weights.
            The one that the file itself names comes first.
        state_dict: without prefix, on the CPU, every value finite; half and double precision as float32.
        module: the first match with these weights, in eval mode.
        identity: SHA-256 of the file.
        about: what the file says of itself.
        file: where in it the weights are; of its name only the ending is known.
    """

    matches: tuple[Match, ...]
    state_dict: dict[str, Tensor]
    module: nn.Module
    identity: str
    about: About
    file: WeightsFile


@dataclass(frozen=True)
class _Found:
    """A state_dict in a file, and what its file says of it."""

    file: WeightsFile
    tensors: dict[str, Tensor]
    words: dict[str, Any]


def load(data: bytes) -> Checkpoint:
    """Read a checkpoint of one of the chapter's designs; its format is told by its content.

    Raises UserError for more than 128 MiB, no checkpoint, more in it than tensors and plain values, weights
    of no design (the message names the first that does not fit), several networks, or a weight that is not
    finite.
    """
    _check_size(data, MAX_BYTES)
    return _alone(lambda: _read(data))


def _alone(read: Callable[[], _T]) -> _T:
    with _READING:
        return read()


def _check_size(data: bytes, limit: int) -> None:
    if len(data) > limit:
        message = N_("The checkpoint has {size} MB and may have {limit}: choose a smaller file.")
        raise UserError(message, size=-(-len(data) // 2**20), limit=limit // 2**20)


def weights(
    data: bytes,
    wanted: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]],
    limit: int = MAX_BYTES,
    rename: Callable[[str], str] = str,
) -> tuple[dict[str, Tensor], WeightsFile]:
    """The state_dict of a file for a network that is none of our designs, and where in the file it is.

    ``wanted`` says by a state_dict on "meta" what the network's own would be; ``rename`` mends names of old.
    Raises UserError as ``load``, and names the first tensor that does not fit.
    """
    _check_size(data, limit)
    return _alone(lambda: _fitted(data, wanted, rename))


def _fitted(
    data: bytes,
    wanted: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]],
    rename: Callable[[str], str],
) -> tuple[dict[str, Tensor], WeightsFile]:
    refused: UserError | None = None
    for found in _state_dicts(data):
        try:
            bare = _renamed(found, wanted, rename)
        except UserError as error:
            refused = refused or error
            continue
        weights = {rename(name): value for name, value in _finite(data, bare).items()}
        missing = wanted(weights).keys() - weights.keys()
        return weights | {name: torch.tensor(0) for name in missing}, bare.file
    raise refused or UserError(_NOTHING)


def _renamed(
    found: _Found,
    wanted: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]],
    rename: Callable[[str], str],
) -> _Found:
    """A state_dict that fits, without the prefix that all names have in common. Raises UserError."""
    prefix = _common_prefix(found.tensors)
    for bare in (found, _without(found, prefix)) if prefix else (found,):
        given = {rename(name): tensor for name, tensor in bare.tensors.items()}
        told = wanted(given)
        needed = {name for name in told if not name.endswith("num_batches_tracked")}  # of old there was none
        if needed & given.keys() or not prefix:
            break
    lacking = N_("These weights do not fit this network: it also needs {name}.")
    other = N_("These weights do not fit this network: {name} is {wanted} there, not {given}.")
    more = N_("These weights do not fit this network: it has no {name}.")
    for name, tensor in told.items():
        if name not in given and name in needed:
            raise UserError(lacking, name=name)
        if name in given and _kind(given[name]) != _kind(tensor):
            should_be, is_so = map(tensor_files.described, (tensor, given[name]))
            raise UserError(other, name=name, wanted=should_be, given=is_so)
    for name in given:
        if name not in told:
            raise UserError(more, name=repr(name)[:60])
    return bare


def _finite(data: bytes, found: _Found) -> dict[str, Tensor]:
    """The weights that were found, in single precision. Raises UserError where one is not finite."""
    weights = {name: t.float() if t.dtype in _FLOATS else t for name, t in _values(data, found).items()}
    lost = N_("{name} holds NaN or infinite values: train again with a smaller lr.")
    for name, tensor in weights.items():
        if not bool(tensor.isfinite().all()):
            raise UserError(lost, name=name)
    return weights


def _read(data: bytes) -> Checkpoint:
    found = _fitting(data)
    weights = _finite(data, found)
    matches, told = recognise(weights), about.read(found.words)
    if told.weights not in (None, about.fingerprint(weights)):  # somebody changed them since
        told = About()
    if told.design is not None and told.options is not None:  # shapes do not tell tanh from ReLU
        if _mismatch(told.design, weights, _blueprint(told.design, **told.options)) is None:
            named = Match(told.design, dict(told.options))
            matches = (named, *(match for match in matches if match.design != named.design))
        else:
            told = replace(told, design=None, options=None)
    identity = hashlib.sha256(data).hexdigest()
    return Checkpoint(matches, weights, fill(matches[0], weights), identity, told, found.file)


def fill(match: Match, state_dict: Mapping[str, Tensor]) -> nn.Module:
    """The matched design with these weights, in eval mode."""
    module = seeded(lambda: design(match.design).build(**match.options), 0)
    module.load_state_dict(state_dict)
    return module.eval()


def recognise(state_dict: Mapping[str, Tensor]) -> tuple[Match, ...]:
    """All designs that weights fit, in the order of ``DESIGNS``; on "meta" blocks always count as separate.

    Raises UserError where there is none; it names the first tensor that does not fit the nearest design.
    """
    matches, complaints = [], []
    for key in DESIGNS:
        options = design(key).told(state_dict)
        wanted = _blueprint(key, **options)
        complaint = _mismatch(key, state_dict, wanted)
        if complaint is None:
            matches.append(Match(key, options))
        else:
            complaints.append((len(state_dict.keys() & wanted.keys()), complaint))
    if not matches:
        raise max(complaints, key=lambda pair: pair[0])[1]
    return tuple(matches)


@lru_cache(maxsize=64)
def _blueprint(key: str, **options: Any) -> dict[str, Tensor]:
    """A design's state_dict on the meta device."""
    with torch.device("meta"), _Unfilled():
        return dict(design(key).build(**options).state_dict())


class _Unfilled(TorchFunctionMode):
    """Build a network without random numbers: on "meta", those of a normal distribution take seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (Tensor.normal_, Tensor.uniform_):
            return args[0]
        return func(*args, **(kwargs or {}))


def _mismatch(key: str, given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> UserError | None:
    """What first keeps weights from fitting a design, in the design's order."""
    for name, tensor in wanted.items():
        if name not in given:
            message = N_("These weights fit no design; the nearest, {design}, also needs {name}.")
            return UserError(message, design=key, name=name)
        if _kind(given[name]) != _kind(tensor):
            message = N_(
                "These weights fit no design; in the nearest, {design}, {name} is {wanted}, not {given}."
            )
            should_be, is_so = map(tensor_files.described, (tensor, given[name]))
            return UserError(message, design=key, name=name, wanted=should_be, given=is_so)
    message = N_("These weights fit no design; the nearest, {design}, has no {name}.")
    extra = (name for name in given if name not in wanted)
    return next((UserError(message, design=key, name=repr(name)[:60]) for name in extra), None)


def _kind(tensor: Tensor) -> tuple[torch.dtype, torch.Size]:
    """What has to agree: ``load_state_dict`` itself turns half and double precision into float32."""
    return (torch.float32 if tensor.dtype in _FLOATS else tensor.dtype), tensor.shape


def _fitting(data: bytes) -> _Found:
    """The one state_dict that fits a design, on "meta", without prefix; UserError for none or several."""
    fitting: list[_Found] = []
    refused: UserError | None = None
    for found in _state_dicts(data):
        try:
            fitting.append(_bare(found))
        except UserError as error:
            refused = refused or error
    if len(fitting) > 1:
        names = [".".join(found.file.keys) for found in fitting[:2]]
        message = N_("The file holds several networks, {first} and {second} among them: save one alone.")
        raise UserError(message, first=repr(names[0])[:60], second=repr(names[1])[:60])
    if not fitting:
        raise refused or UserError(_NOTHING)
    return fitting[0]


def _bare(found: _Found) -> _Found:
    """A state_dict that fits once its names' common prefix is off. Raises UserError, as ``recognise``."""
    try:
        recognise(found.tensors)
        return found
    except UserError as error:
        prefix = _common_prefix(found.tensors)
        bare = _without(found, prefix)
        if len(prefix) > _MOST_LETTERS:
            raise
        if not prefix or not any(bare.tensors.keys() & _blueprint(key).keys() for key in DESIGNS):
            raise _beside(found.tensors) or error from error
    recognise(bare.tensors)
    return bare


def _common_prefix(tensors: Mapping[str, Tensor]) -> str:
    """What all names begin with, up to a full stop."""
    parts = zip(*(name.split(".")[:-1] for name in tensors if name != _COUNTER), strict=False)
    common = takewhile(lambda column: len(set(column)) == 1, parts)
    return "".join(f"{column[0]}." for column in common)


def _without(found: _Found, prefix: str) -> _Found:
    bare = {name.removeprefix(prefix): one for name, one in found.tensors.items() if name != _COUNTER}
    return replace(found, file=replace(found.file, prefix=prefix), tensors=bare)


def _beside(tensors: Mapping[str, Tensor]) -> UserError | None:
    """What to say where a whole network stands under a prefix and something else beside it."""
    for ending in dict.fromkeys(next(iter(_blueprint(key))) for key in DESIGNS):
        prefixes = (name.removesuffix(ending) for name in tensors if name.endswith(f".{ending}"))
        for prefix in islice(prefixes, _MOST_PREFIXES):
            within = [name for name in tensors if name.startswith(prefix)]
            try:
                recognise({name[len(prefix) :]: tensors[name] for name in within})
            except UserError:
                continue
            other = next(name for name in tensors if not name.startswith(prefix))
            message = N_("Beside the network under {prefix} the file holds {name}: save the network alone.")
            return UserError(message, prefix=repr(prefix)[:60], name=repr(other)[:60])
    return None


def _values(data: bytes, found: _Found) -> dict[str, Tensor]:
    """The weights of a state_dict that fits, on the CPU. Raises UserError where the file holds others."""
    content = torch_files.load(data, "cpu") if torch_files.is_one(data) else tensor_files.load(data)
    for key in found.file.keys:
        content = content[key]
    return {name: content[f"{found.file.prefix}{name}"].detach() for name in found.tensors}


def _state_dicts(data: bytes) -> list[_Found]:
    """The largest state_dicts of a file, on "meta". UserError where it is damaged."""
    if not torch_files.is_one(data):
        try:
            header = tensor_files.header(data)
        except UserError as error:
            raise torch_files.unreadable() from error
        return [_Found(WeightsFile("weights.safetensors"), header.tensors, header.about)]
    content = torch_files.load(data, "meta")
    found = sorted(_walk(content, (), set()), key=lambda one: len(one.tensors), reverse=True)[:_MOST]
    if not found and isinstance(content, dict):
        for name, tensor in content.items():
            if any(map(_is_tensor, content.values())) and not (isinstance(name, str) and _is_tensor(tensor)):
                message = N_("{name} in this file is no tensor: save torch.save(model.state_dict(), path).")
                raise UserError(message, name=repr(name)[:60])
    return found


def _walk(content: object, keys: tuple[str, ...], seen: set[int]) -> Iterator[_Found]:
    """Every dict that holds tensors alone, each once, with the keys that lead to it."""
    if not isinstance(content, dict) or id(content) in seen:
        return
    seen.add(id(content))
    if content and all(isinstance(name, str) and _is_tensor(value) for name, value in content.items()):
        yield _Found(WeightsFile("weights.pt", keys), dict(content), torch_files.about(content))
    elif len(keys) < _DEPTH:
        for name, value in content.items():
            if isinstance(name, str) and len(name) <= _MOST_LETTERS:
                yield from _walk(value, (*keys, name), seen)


def _is_tensor(value: object) -> bool:
    return type(value) is Tensor
