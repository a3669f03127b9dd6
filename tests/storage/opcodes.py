"""Pickles put together opcode by opcode, and the files of ``torch.save`` around them."""

import io
import pickle
import struct
import zipfile
from collections.abc import Mapping, Sequence

BEGIN = b"\x80\x02"
MANY = 100_000  # more than any weights have
_LEGACY = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}})


def text(words: str) -> bytes:
    """A string on the stack."""
    found = words.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(found)) + found


def whole(number: int) -> bytes:
    """A number on the stack, of up to 255 bytes."""
    found = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(found)]) + found


def name(module: str, what: str) -> bytes:
    """A function or class on the stack."""
    return f"c{module}\n{what}\n".encode()


def nested(depth: int) -> bytes:
    """A tuple of twice the same tuple, and so on: it takes few bytes, and 2**depth steps to hash."""
    return b")" + b"".join(b"q%ch%c\x86" % (n, n) for n in range(depth))


def storage(key: bytes = text("0"), numbers: int = 1, view: bytes = b"") -> bytes:
    """The numbers behind a tensor; before PyTorch 1.6, with a view of them or None."""
    told = text("storage") + name("torch", "FloatStorage") + key + text("cpu") + whole(numbers) + view
    return b"(" + told + b"tQ"


def tensor(
    size: Sequence[int] = (1,), stride: Sequence[int] = (1,), offset: int = 0, behind: bytes = storage()
) -> bytes:
    """A tensor on the stack."""
    axes = [b"(" + b"".join(map(whole, numbers)) + b"t" for numbers in (size, stride)]
    hooks = name("collections", "OrderedDict") + b")R"
    return (
        name("torch._utils", "_rebuild_tensor_v2")
        + b"("
        + behind
        + whole(offset)
        + b"".join(axes)
        + b"\x89"
        + hooks
        + b"tR"
    )


def dict_of(entries: Mapping[bytes, bytes]) -> bytes:
    """A dict on the stack: keys and values are pickled."""
    return b"}(" + b"".join(key + value for key, value in entries.items()) + b"u"


def zipped(pickled: bytes, storages: Mapping[str, bytes] | None = None, **more: bytes) -> bytes:
    """An archive as ``torch.save`` writes it, around a pickle; ``more`` members by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
        for key, content in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", content)
        for member, content in more.items():
            archive.writestr(f"archive/{member}", content)
    return file.getvalue()


def legacy(pickled: bytes, storages: Mapping[str, bytes] | None = None) -> bytes:
    """A file of ``torch.save`` before PyTorch 1.6, around a pickle; of storages of float32."""
    given = storages or {}
    begins = b"".join(pickle.dumps(part, 2) for part in _LEGACY)
    raw = b"".join(struct.pack("<q", len(content) // 4) + content for content in given.values())
    return begins + pickled + pickle.dumps(list(given), 2) + raw
