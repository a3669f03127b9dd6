"""A pickle of ``torch.save`` that nobody trusts, read without unpickling it: no function of it is called.

What it would build comes out as plain containers, and tensors of names, shapes and types alone. Whatever else
it holds, or whatever would cost more than its bytes, is refused before anything is made of it: a key that is
a tuple nested by reference takes 2**n steps to hash; a counter of a counter, copied a thousand times, takes
gigabytes.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import unpack_from
from typing import Any, NamedTuple

import torch

from convlab.errors import N_, UserError

MAX_BYTES = 2**20  # names and shapes of the largest design take 110,000, with momentum
MAX_STEPS = 150_000  # 60,000 for a hundred blocks with Adam, 58,000 for torchvision's largest networks
_MAX_AXES = 64  # of a tensor, as PyTorch has it
_MAX_TUPLES = 1000  # that are keys: what they hash to can be chosen so that all collide
_PROTOCOLS = (2, 3)

_STORAGES = {  # of torch.FloatStorage and its sisters
    **{"Float": torch.float32, "Double": torch.float64, "Half": torch.float16, "BFloat16": torch.bfloat16},
    **{"ComplexFloat": torch.complex64, "ComplexDouble": torch.complex128, "Bool": torch.bool},
    **{
        "Long": torch.int64,
        "Int": torch.int32,
        "Short": torch.int16,
        "Char": torch.int8,
        "Byte": torch.uint8,
    },
}


class Storage(NamedTuple):
    """Numbers behind tensors: their type, and how many there are."""

    dtype: torch.dtype
    length: int

    @property
    def nbytes(self) -> int:
        """Bytes that they take."""
        return self.dtype.itemsize * self.length


class _Name(str):
    """A function, class or type that a pickle refers to: its module and name."""


_TYPES: dict[str, torch.dtype] = {
    **{f"torch {kind}Storage": dtype for kind, dtype in _STORAGES.items()},
    "torch.storage UntypedStorage": torch.uint8,
}
_DTYPES = {f"torch {name}": found for name, found in vars(torch).items() if isinstance(found, torch.dtype)}


@dataclass
class Outline:
    """What one pickle would build, and where it ends.

    Attributes:
        content: dicts, lists, tuples, plain values, and tensors on the "meta" device.
        storages: what its tensors need, by key.
        end: the position behind it.
        steps: how many it took, and those before it.
    """

    content: Any
    storages: dict[str, Storage]
    end: int
    steps: int


def outline(data: bytes, begin: int = 0, steps: int = 0) -> Outline:
    """Read the pickle that begins there, within ``MAX_BYTES`` of data and ``MAX_STEPS`` in all.

    Raises UserError for a name other than tensors and plain values need, a strange protocol or too much;
    another Exception for what is damaged or would cost more than its bytes.
    """
    return _Reader(data[:MAX_BYTES], begin, steps).read()


def too_much() -> UserError:
    """The sentence for more than a checkpoint holds."""
    return UserError(N_("There is too much beside the weights in this file: save model.state_dict() alone."))


@dataclass
class _Reader:
    """The machine that a pickle is a program for, without what could call or take long."""

    data: bytes
    at: int
    steps: int
    stack: list[Any] = field(default_factory=list)
    marks: list[list[Any]] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    tuples: int = 0

    def read(self) -> Outline:
        """Run to the STOP."""
        while True:
            self.pay(1)
            code = self.data[self.at]
            self.at += 1
            if code == _STOP:
                return Outline(self.stack.pop(), self.storages, self.at, self.steps)
            if (act := _ACTS.get(code)) is None:
                raise ValueError(f"opcode {code}")
            act(self)

    def pay(self, steps: int) -> None:
        """Take so many steps."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise too_much()

    def take(self, form: str, length: int) -> Any:
        """The number that follows."""
        (found,) = unpack_from(form, self.data, self.at)
        self.at += length
        return found

    def taken(self, length: int) -> bytes:
        """So many bytes that follow."""
        _demand(self.at + length <= len(self.data))
        self.at += length
        return self.data[self.at - length : self.at]

    def long(self) -> int:
        """A whole number of up to 255 bytes."""
        return int.from_bytes(self.taken(self.take("<B", 1)), "little", signed=True)

    def line(self) -> str:
        """The text up to the end of the line."""
        end = self.data.index(b"\n", self.at)
        text, self.at = self.data[self.at : end].decode(), end + 1
        return text

    def marked(self) -> list[Any]:
        """What is on the stack above the last mark."""
        found, self.stack = self.stack, self.marks.pop()
        return found

    def mark(self) -> None:
        """Begin a stack of its own."""
        self.marks.append(self.stack)
        self.stack = []

    def protocol(self) -> None:
        """Refuse what ``torch.save`` writes only where somebody told it to."""
        if (given := self.take("B", 1)) not in _PROTOCOLS:
            told = N_("The file is pickled with protocol {given}: leave pickle_protocol out of torch.save.")
            raise UserError(told, given=given)

    def name(self) -> None:
        """Refuse whatever is not on the list."""
        name = f"{self.line()} {self.line()}"
        if name not in _CALLS and name not in _TYPES and name not in _DTYPES:
            message = N_(
                "The file holds {name}, not only tensors, and is not opened: save model.state_dict() alone."
            )
            raise UserError(message, name=repr(name)[:60])
        self.stack.append(_Name(name))

    def tuple_of(self, count: int) -> None:
        """The last items, as a tuple."""
        _demand(len(self.stack) >= count)
        found = tuple(self.stack[-count:])
        del self.stack[-count:]
        self.stack.append(found)

    def append(self, items: list[Any]) -> None:
        """Add to the list below."""
        into = self.stack[-1]
        _demand(type(into) is list)
        into.extend(items)

    def set(self, items: list[Any]) -> None:
        """Add names and values in turn to the dict below."""
        into = self.stack[-1]
        _demand(isinstance(into, dict) and len(items) % 2 == 0)
        for key, value in zip(items[::2], items[1::2], strict=True):
            into[self.key(key)] = value

    def key(self, key: Any) -> Any:
        """A key that takes no time to hash: text or a number, or a few of them."""
        if type(key) is tuple:
            self.tuples += 1
            _demand(self.tuples <= _MAX_TUPLES and len(key) <= _MAX_AXES)
            _demand(all(map(_is_plain, key)))
        else:
            _demand(_is_plain(key))
        return key

    def build(self) -> None:
        """Give an OrderedDict attributes: a state_dict has "_metadata"."""
        state, into = self.stack.pop(), self.stack[-1]
        _demand(type(into) is OrderedDict and type(state) is dict)
        for name, value in state.items():
            _demand(type(name) is str and not hasattr(OrderedDict, name))
            setattr(into, name, value)

    def call(self) -> None:
        """What a name on the list gives for its arguments."""
        arguments, name = self.stack.pop(), self.stack.pop()
        _demand(type(arguments) is tuple and type(name) is _Name and name in _CALLS)
        self.pay(sum(len(one) for one in arguments if isinstance(one, (list, tuple, dict))))
        self.stack.append(_CALLS[name](self, *arguments))

    def ordered(self, pairs: Any = ()) -> OrderedDict[Any, Any]:
        """An OrderedDict; Python 2 wrote what it holds as a list of pairs."""
        _demand(pairs == () or type(pairs) is list)
        _demand(all(type(pair) in (list, tuple) and len(pair) == 2 for pair in pairs))
        return OrderedDict((self.key(key), value) for key, value in pairs)

    def counter(self, counts: Any = ()) -> dict[Any, Any]:
        """A Counter, as a dict: a scheduler's milestones."""
        _demand(counts == () or type(counts) is dict)
        return dict(counts)

    def size(self, axes: Any = ()) -> tuple[int, ...]:
        """A torch.Size."""
        return _whole(axes)

    def device(self, *about: Any) -> str:
        """A label such as "cuda:0"."""
        _demand(0 < len(about) < 3 and all(map(_is_plain, about)))
        return str(about[0])

    def persistent(self) -> None:
        """The numbers behind a tensor, which stand elsewhere in the file under a key."""
        told = self.stack.pop()
        _demand(type(told) is tuple and len(told) in (5, 6) and told[0] == "storage")
        _kind, name, key, location, count, view = (*told, None)[:6]
        _demand(type(name) is _Name and name in _TYPES and type(key) is type(location) is str)
        found = Storage(_TYPES[name], *_whole((count,)))
        _demand(found.nbytes == self.storages.setdefault(key, found).nbytes)
        if view is not None:  # before PyTorch 1.6: a part of it
            _demand(type(view) is tuple and len(view) == 3 and type(view[0]) is str)
            begin, count = _whole(view[1:])
            _demand(begin + count <= found.length)
            found = Storage(found.dtype, count)
        self.stack.append(found)

    def tensor(
        self, storage: Any, offset: Any, size: Any, stride: Any, grad: Any, hooks: Any, told: Any = None
    ) -> torch.Tensor:
        """A tensor without values, if it lies within its storage."""
        _demand(type(storage) is Storage and type(grad) is bool and isinstance(hooks, dict) and not hooks)
        (offset,), size, stride = _whole((offset,)), _whole(size), _whole(stride)
        _demand(len(size) == len(stride) <= _MAX_AXES)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        _demand(0 in size or last < storage.length)
        for name, value in ({} if told is None else told).items():  # whether complex numbers are conjugated
            _demand(name in ("conj", "neg") and type(value) is bool)
        return torch.empty(size, dtype=storage.dtype, device="meta")

    def typed(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        grad: Any,
        hooks: Any,
        kind: Any,
        told: Any = None,
    ) -> torch.Tensor:
        """A tensor of a type that has no storage of its own."""
        _demand(type(storage) is Storage and type(kind) is _Name and kind in _DTYPES)
        dtype = _DTYPES[kind]
        seen = Storage(dtype, storage.nbytes // dtype.itemsize)
        return self.tensor(seen, offset, size, stride, grad, hooks, told)

    def parameter(self, tensor: Any, grad: Any, hooks: Any) -> torch.Tensor:
        """A Parameter, as its tensor."""
        _demand(type(tensor) is torch.Tensor and type(grad) is bool and isinstance(hooks, dict) and not hooks)
        found: torch.Tensor = tensor
        return found


# All that a training checkpoint has to call, as schedulers, optimisers and Lightning write it. What PyTorch
# itself lets pass is more: bytearray(10**10) is on its list.
_CALLS: dict[str, Callable[..., Any]] = {
    "collections OrderedDict": _Reader.ordered,
    "collections Counter": _Reader.counter,
    "torch Size": _Reader.size,
    "torch device": _Reader.device,
    "torch._utils _rebuild_tensor_v2": _Reader.tensor,
    "torch._utils _rebuild_tensor_v3": _Reader.typed,
    "torch._utils _rebuild_parameter": _Reader.parameter,
}


def _push(make: Callable[[_Reader], Any]) -> Callable[[_Reader], None]:
    def act(reader: _Reader) -> None:
        found = make(reader)  # which may change the stack
        reader.stack.append(found)

    return act


def _keep(form: str, length: int) -> Callable[[_Reader], None]:
    def act(reader: _Reader) -> None:
        reader.memo[reader.take(form, length)] = reader.stack[-1]

    return act


def _set_item(reader: _Reader) -> None:
    value, key = reader.stack.pop(), reader.stack.pop()
    reader.set([key, value])


# Opcode -> what it does; PyTorch's own reader of weights knows no others.
_STOP = ord(".")
_ACTS: dict[int, Callable[[_Reader], None]] = {
    ord(code): act
    for code, act in {
        "\x80": _Reader.protocol,
        "c": _Reader.name,
        "R": _Reader.call,
        "b": _Reader.build,
        "Q": _Reader.persistent,
        "(": _Reader.mark,
        "a": lambda reader: reader.append([reader.stack.pop()]),
        "e": lambda reader: reader.append(reader.marked()),
        "s": _set_item,
        "u": lambda reader: reader.set(reader.marked()),
        "t": _push(lambda reader: tuple(reader.marked())),
        "\x85": lambda reader: reader.tuple_of(1),
        "\x86": lambda reader: reader.tuple_of(2),
        "\x87": lambda reader: reader.tuple_of(3),
        "N": _push(lambda _reader: None),
        "\x88": _push(lambda _reader: True),
        "\x89": _push(lambda _reader: False),
        ")": _push(lambda _reader: ()),
        "]": _push(lambda _reader: []),
        "}": _push(lambda _reader: {}),
        "J": _push(lambda reader: reader.take("<i", 4)),
        "K": _push(lambda reader: reader.take("<B", 1)),
        "M": _push(lambda reader: reader.take("<H", 2)),
        "G": _push(lambda reader: reader.take(">d", 8)),
        "\x8a": _push(
            lambda reader: int.from_bytes(reader.taken(reader.take("<B", 1)), "little", signed=True)
        ),
        "X": _push(lambda reader: reader.taken(reader.take("<I", 4)).decode("utf-8", "surrogatepass")),
        "U": _push(lambda reader: reader.taken(reader.take("<B", 1)).decode()),
        "h": _push(lambda reader: reader.memo[reader.take("<B", 1)]),
        "j": _push(lambda reader: reader.memo[reader.take("<I", 4)]),
        "q": _keep("<B", 1),
        "r": _keep("<I", 4),
    }.items()
}


def _is_plain(value: Any) -> bool:
    """Text or one number of 64 bits: larger ones can be chosen so that all hash alike."""
    return type(value) in (str, float, bool, type(None)) or (type(value) is int and -(2**63) <= value < 2**64)


def _whole(numbers: Any) -> tuple[int, ...]:
    """Whole numbers, none below 0."""
    _demand(type(numbers) is tuple and all(type(one) is int and 0 <= one < 2**60 for one in numbers))
    found: tuple[int, ...] = numbers
    return found


def _demand(fits: bool) -> None:
    """Refuse what no honest file holds."""
    if not fits:
        raise ValueError("not as torch.save writes it")
